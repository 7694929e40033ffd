"""What stands behind :86:, as text: plain, or coded by the bank (`?20...`, `/REMI/...`).

Of coded texts the parts that a person would read are kept: who, what for, and the payer's own
reference. Sources: the German banks' structure of field 86 (DK, DTAUS/SEPA), and SWIFT's code words
between slashes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINE_CHARACTERS = 65
_QUESTION_MARKS = re.compile(r"\d{3}\?\d\d", re.ASCII)
_NUMBERED = re.compile(r"\?(\d\d)", re.ASCII)
_PURPOSE = frozenset({*range(20, 30), *range(60, 64)})
_PAYEE = (32, 33)
_POSTING_TEXT = 0
_WORDS = re.compile(
    r"/(NAME|REMI|EREF|TRCD|BENM|ORDP|IBAN|BIC|CNTP|RTRN|MARF|CSID|PREF|ISDT|OCMT|CHGS|ULTB|ULTD)/"
)
_READ_WORDS = ("NAME", "REMI", "EREF")
_UNSTRUCTURED = re.compile(r"/?USTD/{1,2}")


def text_of(parts: Sequence[str]) -> str:
    """The text of a field's lines."""
    whole = "".join(part.rstrip("\r") for part in parts)
    if _QUESTION_MARKS.match(whole):
        read = _by_number(whole)
    elif _WORDS.match(whole):
        read = _by_word(whole)
    else:
        read = ""
    return read or _plain(parts)


def _by_number(whole: str) -> str:
    pieces = _NUMBERED.split(whole)
    told = list(zip(map(int, pieces[1::2]), pieces[2::2], strict=True))
    purpose = "".join(text for number, text in told if number in _PURPOSE)
    payee = "".join(text for number, text in told if number in _PAYEE)
    posting = "".join(text for number, text in told if number == _POSTING_TEXT)
    return " ".join(filter(None, (purpose.strip(), payee.strip()))) or posting.strip()


def _by_word(whole: str) -> str:
    pieces = _WORDS.split(whole)
    found: dict[str, str] = {}
    for word, text in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(word, _UNSTRUCTURED.sub("", text).strip("/ "))
    return " ".join(found[word] for word in _READ_WORDS if found.get(word))


def _plain(parts: Sequence[str]) -> str:
    """Lines of one text: a full one was cut, a shorter one ended."""
    text = ""
    for at, part in enumerate(parts):
        is_next = at > 0 and len(parts[at - 1]) < _LINE_CHARACTERS
        text += f" {part.strip()}" if is_next else part.rstrip()
    return text.strip()
