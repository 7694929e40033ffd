"""MT940 (SWIFT customer statement), one message or several, with or without its envelope.

Contract bank-statements.md section 3: `RD` is money in, `RC` money out; the entry date has no year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from rowcol.domain.money import exponent
from rowcol.domain.statements.checks import joined
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import ProblemCode, Reading
from rowcol.domain.statements.statement import (
    Balance,
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
)
from rowcol.edge.statements.amount_text import minor_of
from rowcol.edge.statements.common import RejectedFile, Told, ending_of, finish
from rowcol.edge.statements.mt940_text import text_of
from rowcol.edge.statements.proving import hold_closing
from rowcol.edge.statements.text import decoded

_TAG = re.compile(r"(?:\{4:)?:(\d{2}[A-Z]?):(.*)\Z", re.ASCII | re.DOTALL)
_ENTRY = re.compile(
    r"(\d{6})(\d{4})?(R?[CD])([A-Z])?(\d{1,12},\d{0,3})([NFS][A-Z0-9]{3})(.{0,120})\Z", re.ASCII
)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d{1,12},\d{0,3})\s*\Z", re.ASCII)
_FIELD_CHARACTERS_MAX = 4_000
_HALF_YEAR = timedelta(days=183)
_IN = ("C", "RD")


@dataclass(slots=True)
class _Field:
    tag: str
    line: int
    parts: list[str]


@dataclass(slots=True)
class _Message:
    """A message being read."""

    line: int
    account: StatementAccount = field(default_factory=StatementAccount)
    currency: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    entries: list[tuple[_Field, str]] = field(default_factory=list)


def read_mt940(content: bytes, hints: Hints, told: Told) -> Reading:
    """All messages of a file. Raises RejectedFile."""
    statements: list[Statement] = []
    for message in _messages(_fields(decoded(content, told)), hints):
        told.part()
        if message.opening is None or message.closing is None:
            what = "opening" if message.opening is None else "closing"
            code = ProblemCode.TRUNCATED
            raise RejectedFile(code, f"a message has no {what} balance", message.line)
        statement = _statement(message, hints, told)
        if statement.currency == hints.currency:
            hold_closing(statement, told)
        statements.append(statement)
    if not statements:
        raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "there is no message in it")
    whole, problems = joined(statements)
    told.warn(*problems)
    return finish(StatementFormat.MT940, whole, hints, told)


def _fields(text: str) -> Iterator[_Field]:
    current: _Field | None = None
    size = 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        found = _TAG.search(line) if line.startswith(("{", ":")) else None
        if found is not None:
            if current is not None:
                yield current
            current, size = _Field(found[1], number, [found[2]]), 0
        elif line.startswith("-") and line.strip() in ("-", "-}"):
            if current is not None:
                yield current
            current = None
        elif current is not None and line:
            size += len(line)
            if size > _FIELD_CHARACTERS_MAX:
                raise RejectedFile(ProblemCode.FIELD_TOO_LONG, "a field is too long", number)
            current.parts.append(line)
    if current is not None:
        yield current


def _messages(fields: Iterator[_Field], hints: Hints) -> Iterator[_Message]:
    message: _Message | None = None
    before = ""
    for each in fields:
        if each.tag == "20":
            if message is not None:
                yield message
            message = _Message(each.line)
        elif message is not None:
            _put(message, each, before, hints)
        before = each.tag
    if message is not None:
        yield message


def _put(message: _Message, each: _Field, before: str, hints: Hints) -> None:
    match each.tag:
        case "25":
            bank, slash, account = each.parts[0].strip().partition("/")
            named = account if slash else bank
            message.account = StatementAccount(ending_of(named), bank if slash else None)
        case "60F" | "60M":
            message.opening = _balance(message, each, hints)
        case "62F" | "62M":
            message.closing = _balance(message, each, hints)
        case "61":
            message.entries.append((each, ""))
        case "86" if before == "61" and message.entries:
            message.entries[-1] = (message.entries[-1][0], text_of(each.parts))
        case _:
            pass


def _balance(message: _Message, each: _Field, hints: Hints) -> Balance:
    found = _BALANCE.match(each.parts[0])
    minor = minor_of(found[4], exponent(hints.currency), ",") if found else None
    day = _day(found[2]) if found else None
    if found is None or minor is None or day is None:
        raise RejectedFile(ProblemCode.BAD_AMOUNT, f":{each.tag}: is no balance", each.line)
    if message.currency not in ("", found[3]):
        code = ProblemCode.CURRENCY_MISMATCH
        raise RejectedFile(code, "balances are in two currencies", each.line)
    message.currency = found[3]
    return Balance(-minor if found[1] == "D" else minor, day)


def _statement(message: _Message, hints: Hints, told: Told) -> Statement:
    for _ in message.entries:
        told.entry()
    lines = [
        line
        for each, text in message.entries
        if (line := _line(each, text, hints, told)) is not None and told.took(line)
    ]
    return Statement(
        message.account,
        message.currency,
        tuple(sorted(lines, key=lambda line: line.posted_on)),
        message.opening,
        message.closing,
        None,  # the opening balance's day is that of the closing before, and told by that one
        message.closing.on if message.closing else None,
    )


def _line(each: _Field, text: str, hints: Hints, told: Told) -> StatementLine | None:
    found = _ENTRY.match(each.parts[0])
    if found is None:
        told.bad(ProblemCode.BAD_ROW, ":61: cannot be read", each.line, each.parts[0])
        return None
    value_on = _day(found[1])
    posted_on = _posted(found[2], value_on)
    minor = minor_of(found[5], exponent(hints.currency), ",")
    if posted_on is None or minor is None:
        code = ProblemCode.BAD_DATE if posted_on is None else ProblemCode.BAD_AMOUNT
        told.bad(code, ":61: has no day or amount", each.line, each.parts[0])
        return None
    own, _, banks = found[7].partition("//")
    is_check = found[6] == "NCHK" and own.strip().isdigit()
    return StatementLine(
        each.line,
        posted_on,
        minor if found[3] in _IN else -minor,
        text or " ".join(each.parts[1:]),
        banks.strip() or None,
        own.strip() if is_check else None,
        None,
        value_on,
        found[6],
    )


def _day(text: str) -> date | None:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _posted(month_and_day: str | None, value_on: date | None) -> date | None:
    """The entry date in the year that is nearest to the value date (31 December, 1 January)."""
    if value_on is None or month_and_day is None:
        return value_on
    for year in (value_on.year, value_on.year - 1, value_on.year + 1):
        try:
            day = date(year, int(month_and_day[:2]), int(month_and_day[2:]))
        except ValueError:
            continue
        if abs(day - value_on) <= _HALF_YEAR:
            return day
    return None
