"""Whether two invoice numbers are one number typed twice: punctuation, leading zeros, case, O/0.

Two questions: a coarse key under which candidates lie together, and a strict comparison of two
texts. A number without a digit ("Rent", "n/a") names no invoice.
"""

from __future__ import annotations

import re
import unicodedata

_LETTER_O_AS_ZERO = re.compile(r"(?<=[0-9])o+|(?<![a-z])o+(?=[0-9])")
_PARTS = re.compile(r"[a-z]+|[0-9]+")
CHARACTERS_MAX = 100


def coarse(number: str | None) -> str:
    """What numbers that may be the same have in common; empty for what is no number.

    Without zeros and the letter o: both come and go when a number is typed.
    """
    plain = _plain(number)
    if not any(char.isdigit() for char in plain):
        return ""
    kept = "".join(char for char in plain if char.isalnum() and char not in "0o")
    return kept or "0"


def same_number(one: str | None, other: str | None) -> bool:
    """Whether both texts are the same invoice's number. Symmetric.

    `INV-0042`, `inv 42` and `INV42` are; `11-1` and `1-11` are not, though their digits are.
    """
    if not coarse(one) or not coarse(other):
        return False
    first, second = _runs(one), _runs(other)
    both_split = len(first) == len(second) and len(first) > 1
    if both_split and first != second:
        return False
    return bool(_forms(one) & _forms(other))


def _plain(number: str | None) -> str:
    folded = unicodedata.normalize("NFKC", (number or "")[:CHARACTERS_MAX]).casefold().strip()
    return _LETTER_O_AS_ZERO.sub(lambda found: "0" * len(found.group()), folded)


def _runs(number: str | None) -> list[str]:
    """Runs of letters and of digits, each number without its leading zeros."""
    return [_trimmed(part) for part in _PARTS.findall(_ascii_digits(_plain(number)))]


def _forms(number: str | None) -> frozenset[str]:
    """The number written together: zeros cut before or after its punctuation is taken away."""
    plain = _ascii_digits(_plain(number))
    together = "".join(char for char in plain if char.isalnum())
    joined = "".join(_trimmed(part) for part in _pieces(together))
    apart = "".join(_trimmed(part) for part in _pieces(plain))
    return frozenset({joined, apart})


def _pieces(text: str) -> list[str]:
    """Letters and digits in their order; what is neither separates and is left out."""
    return [part for part in re.split(r"([0-9]+)|[^\w]|_", text) if part]


def _trimmed(part: str) -> str:
    return (part.lstrip("0") or "0") if part.isdigit() else part


def _ascii_digits(text: str) -> str:
    """Digits of other scripts as 0-9."""
    return "".join(
        str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char
        for char in text
    )
