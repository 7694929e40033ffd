"""Cells of Stripe's files as amounts, instants and ids. Each raises BadCell for what is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from rowcol.domain.money import Money, MoneyError, exponent
from rowcol.domain.statements.reading import ProblemCode
from rowcol.edge.statements.amount_text import minor_of

ID_CHARACTERS_MAX = 255
_ID = re.compile(r"[A-Za-z0-9_\-]{1,255}\Z")
_CURRENCY = re.compile(r"[A-Za-z]{3}\Z")
_AT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d))?)?\Z", re.ASCII)
_YEARS = range(2010, 2100)  # Stripe's first payment was in 2010


class BadCell(Exception):
    """A cell is not what its column says; the row is told as bad with this code."""

    def __init__(self, code: ProblemCode, message: str, found: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.found = found


def stripe_id(text: str, column: str, prefixes: tuple[str, ...] = ()) -> str:
    """An id of Stripe's, of one of these kinds where it matters."""
    if not _ID.match(text) or (prefixes and not text.startswith(prefixes)):
        raise BadCell(ProblemCode.BAD_ROW, f"{column} is no id of Stripe's", text)
    return text


def maybe_id(text: str, prefixes: tuple[str, ...] = ()) -> str:
    """An id, or nothing where there is none."""
    return text if _ID.match(text) and (not prefixes or text.startswith(prefixes)) else ""


def currency(text: str) -> str:
    """ISO 4217 in upper case; Stripe writes lower case."""
    if not _CURRENCY.match(text):
        raise BadCell(ProblemCode.BAD_ROW, "it has no currency", text)
    return text.upper()


def money(text: str, code: str, decimal: str, column: str) -> Money:
    """A decimal text in major units, exactly; Stripe never separates thousands."""
    other = "." if decimal == "," else ","
    minor = minor_of(text, exponent(code), decimal) if text and other not in text else None
    if minor is None:
        raise BadCell(ProblemCode.BAD_AMOUNT, f"{column} is no amount of {code}", text)
    try:
        return Money(minor, code)
    except MoneyError as error:
        raise BadCell(ProblemCode.BAD_AMOUNT, f"{column}: {error}", text) from None


def at(text: str, column: str) -> datetime:
    """An instant in UTC, to the second, the minute or the day."""
    value = _at(text)
    if value is None:
        raise BadCell(ProblemCode.BAD_DATE, f"{column} is no time that can be read", text)
    return value


@lru_cache(maxsize=4096)
def _at(text: str) -> datetime | None:
    found = _AT.match(text)
    if found is None:
        return None
    clock = f"{found[2] or '00:00'}:{found[3] or '00'}"
    try:
        value = datetime.fromisoformat(f"{found[1]}T{clock}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return value if value.year in _YEARS else None


def day_text(text: str) -> str:
    """The day of an instant or date, ISO 8601; nothing where there is none."""
    return at(text, "a date").date().isoformat() if text else ""
