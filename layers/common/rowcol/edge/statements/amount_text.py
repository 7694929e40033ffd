"""Amounts as banks write them, to whole minor units (contract bank-statements.md section 1 rule 4).

No exponents, NaN or Infinity, commas only where thousands are, one sign at most. Never a float.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

_PLAIN = re.compile(r"(-?)(\d{1,12})\.(\d\d)\Z", re.ASCII)
_GRAMMAR = {
    ".": re.compile(r"(?=[\d.])(\d{1,3}(?:,\d{3}){1,3}|\d{0,12})(?:\.(\d{0,3}))?\Z", re.ASCII),
    ",": re.compile(r"(?=[\d,])(\d{1,3}(?:[. ]\d{3}){1,3}|\d{0,12})(?:,(\d{0,3}))?\Z", re.ASCII),
}
# A workbook's numbers are binary floats: -0.30000000000000004 is -0.30.
_FLOAT = re.compile(r"\d{1,15}(\.\d+)?([eE][+-]?\d{1,2})?\Z", re.ASCII)
_NOISE = Decimal("0.000001")
_CHARACTERS_MAX = 48
_COMMA_DECIMAL = re.compile(r"[-+(]?\s*(\d{1,3}([.  ]\d{3})+|\d{1,12}),\d{1,2}\s*[-)]?\Z", re.ASCII)


def minor_of(text: str, digits: int, decimal: str = ".", *, is_number: bool = False) -> int | None:
    """Signed minor units with `digits` decimals; None when it is not exactly an amount.

    `is_number`: a workbook's cell, whose noise below a millionth is taken off.
    """
    plain = _PLAIN.match(text)
    if plain and digits == 2 and decimal == ".":
        value = int(plain[2]) * 100 + int(plain[3])
        return -value if plain[1] else value
    signed = _signed(text) if len(text) <= _CHARACTERS_MAX else None
    if signed is None:
        return None
    negative, bare = signed
    if is_number and _FLOAT.match(bare):
        value_or_none = _without_noise(bare, digits)
    else:
        value_or_none = _exact(bare, digits, decimal)
    if value_or_none is None:
        return None
    return -value_or_none if negative else value_or_none


def looks_comma_decimal(text: str) -> bool:
    """Whether it is an amount with a decimal comma, and none with a point."""
    return bool(_COMMA_DECIMAL.match(text.strip()))


def _signed(text: str) -> tuple[bool, str] | None:
    """Whether it is negative, and the digits; None for more than one sign."""
    bare = text.replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ").strip()
    bare = bare.removeprefix("$").strip()
    signs: list[bool] = []
    if bare.startswith("(") and bare.endswith(")"):
        signs.append(True)
        bare = bare[1:-1].strip()
    if bare[-2:].upper() in ("CR", "DR"):
        signs.append(bare[-2:].upper() == "DR")
        bare = bare[:-2].strip()
    if bare.endswith(("-", "+")):
        signs.append(bare[-1] == "-")
        bare = bare[:-1].strip()
    if bare.startswith(("-", "+")):
        signs.append(bare[0] == "-")
        bare = bare[1:].strip()
    bare = bare.removeprefix("$").strip()
    return (signs == [True], bare) if len(signs) < 2 else None


def _exact(bare: str, digits: int, decimal: str) -> int | None:
    found = _GRAMMAR[decimal].match(bare)
    if found is None:
        return None
    whole = re.sub(r"[,. ]", "", found[1])
    rest = found[2] or ""
    if not (whole or rest) or len(whole) > 12:
        return None
    if len(rest) > max(digits, 2) or rest[digits:].strip("0"):
        return None
    return int(f"{whole or 0}{rest[:digits].ljust(digits, '0')}")


def _without_noise(bare: str, digits: int) -> int | None:
    value = Decimal(bare)
    if value >= 10**12:
        return None
    near = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    return int(near.scaleb(digits)) if abs(near - value) <= _NOISE else None
