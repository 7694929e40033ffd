"""BAI2 (cash management balance reporting), with its control totals and record counts.

Contract bank-statements.md section 3: amounts are whole minor units, the type code has the sign,
the group's as-of date is the posting date; a text may hold commas and may lack its closing slash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from rowcol.domain.statements.checks import closing_problem, joined
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import ProblemCode, Reading
from rowcol.domain.statements.statement import (
    Balance,
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
)
from rowcol.edge.statements.common import RejectedFile, Told, ending_of, finish
from rowcol.edge.statements.proving import hold
from rowcol.edge.statements.text import decoded

_AMOUNT = re.compile(r"[+-]?\d{1,15}\Z", re.ASCII)
_RECORD = re.compile(r"(01|02|03|16|49|88|98|99),", re.ASCII)
_OPENING, _CLOSING = "010", "015"
_NO_STATEMENT = {"2": "deletion of an earlier one", "4": "test"}  # status of a group
_RECORD_CHARACTERS_MAX = 8_000
# In a 16: where its funds type stands, and how many references are between that and its text.
_FUNDS, _REFERENCES = 3, 2


@dataclass(slots=True)
class _Record:
    """A record with its continuations; `size` counts both."""

    code: str
    line: int
    body: str
    size: int = 1

    @property
    def fields(self) -> list[str]:
        """What stands between its commas."""
        return self.body.removesuffix("/").split(",")


@dataclass(slots=True)
class _Level:
    """What a trailer is held to."""

    total: int = 0
    records: int = 0
    parts: int = 0


@dataclass(slots=True)
class _Reader:
    hints: Hints
    told: Told
    done: list[Statement] = field(default_factory=list)
    file: _Level = field(default_factory=_Level)
    group: _Level | None = None
    account: _Level | None = None
    as_of: date | None = None
    routing: str = ""
    group_currency: str = ""
    current: Statement | None = None
    lines: list[StatementLine] = field(default_factory=list)
    is_complete: bool = False

    def take(self, record: _Record) -> None:
        """The next record. Raises RejectedFile when it stands where it cannot."""
        for level in (self.file, self.group, self.account):
            if level is not None:
                level.records += record.size
        fields = record.fields
        match record.code:
            case "01":
                pass
            case "02" if self.group is None:
                self._open_group(fields, record)
            case "03" if self.group is not None and self.account is None:
                self._open_account(fields, record)
            case "16" if self.account is not None:
                self._entry(fields, record)
            case "49" if self.account is not None and self.group is not None:
                self._close(self.account, fields, record, None)
                self.group.total += self.account.total
                self.group.parts += 1
                self._close_account()
            case "98" if self.group is not None and self.account is None:
                self._close(self.group, fields, record, self.group.parts)
                self.file.total += self.group.total
                self.file.parts += 1
                self.group = None
            case "99" if self.group is None:
                self._close(self.file, fields, record, self.file.parts)
                self.is_complete = True
            case _:
                message = f"a record {record.code} stands where there can be none"
                raise RejectedFile(ProblemCode.TRUNCATED, message, record.line)

    def _open_group(self, fields: list[str], record: _Record) -> None:
        self.group = _Level(records=record.size)
        if (status := _at(fields, 3)) in _NO_STATEMENT:
            message = f"a group is a {_NO_STATEMENT[status]}, and no statement"
            raise RejectedFile(ProblemCode.NOT_A_STATEMENT, message, record.line)
        self.as_of = _day(_at(fields, 4))
        self.routing = _at(fields, 2)
        self.group_currency = _at(fields, 6)
        if self.as_of is None:
            raise RejectedFile(ProblemCode.BAD_DATE, "a group has no day", record.line)

    def _open_account(self, fields: list[str], record: _Record) -> None:
        self.told.part()
        self.account = _Level(records=record.size)
        self.lines = []
        balances: dict[str, Balance] = {}
        at = 3
        while at < len(fields):
            code, amount = fields[at], _at(fields, at + 1)
            at = _behind_funds(fields, at + 3)
            if not amount:
                continue
            if not _AMOUNT.match(amount):
                raise RejectedFile(ProblemCode.BAD_AMOUNT, "a summary has no amount", record.line)
            self.account.total += int(amount)
            balances[code] = Balance(int(amount), self.as_of)
        currency = _at(fields, 2) or self.group_currency or "USD"
        account = StatementAccount(ending_of(_at(fields, 1)), self.routing or None)
        opening, closing = balances.get(_OPENING), balances.get(_CLOSING)
        self.current = Statement(account, currency, (), opening, closing, self.as_of, self.as_of)

    def _entry(self, fields: list[str], record: _Record) -> None:
        self.told.entry()
        code, amount = _at(fields, 1), _at(fields, 2)
        if not _AMOUNT.match(amount) or self.account is None or self.as_of is None:
            if code != "890":  # not of money
                self.told.bad(ProblemCode.BAD_AMOUNT, "it has no amount", record.line, amount)
            return
        self.account.total += int(amount)
        is_money = len(code) == 3 and code.isdigit() and 100 <= int(code) < 700
        if not is_money or int(amount) < 0:
            message = "its type code tells neither a credit nor a debit"
            self.told.bad(ProblemCode.BAD_ROW, message, record.line, code)
            return
        at = _behind_funds(fields, _FUNDS)
        customer = _at(fields, at + 1)
        line = StatementLine(
            record.line,
            self.as_of,
            int(amount) if int(code) < 400 else -int(amount),
            ",".join(fields[at + 2 :]).strip(),
            _at(fields, at) or None,
            customer if code == "475" and customer.isdigit() else None,
            None,
            None,
            code,
        )
        if self.told.took(line):
            self.lines.append(line)

    def _close(self, level: _Level, fields: list[str], record: _Record, parts: int | None) -> None:
        """Total, parts and records are what the trailer says, as far as it does."""
        told = [_at(fields, place) for place in range(1, 4 if parts is not None else 3)]
        found = [level.total, *([] if parts is None else [parts]), level.records]
        for text, value in zip(told, found, strict=True):
            if text and (not _AMOUNT.match(text) or int(text) != value):
                message = f"record {record.code} says {text[:20]}, and it is {value}"
                hold(self.told, message, record.line)

    def _close_account(self) -> None:
        if self.current is not None:
            made = self.current
            statement = Statement(
                made.account,
                made.currency,
                tuple(self.lines),
                made.opening,
                made.closing,
                made.from_on,
                made.to_on,
            )
            problem = closing_problem(statement, ProblemCode.CLOSING_BALANCE_MISMATCH)
            if problem is not None:
                self.told.warn(problem)
            self.done.append(statement)
        self.account = self.current = None


def read_bai2(content: bytes, hints: Hints, told: Told) -> Reading:
    """A BAI2 file. Raises RejectedFile."""
    reader = _Reader(hints, told)
    for record in _records(decoded(content, told)):
        if reader.is_complete:
            raise RejectedFile(ProblemCode.BAD_ROW, "there is more behind the end", record.line)
        reader.take(record)
    if not reader.is_complete:
        raise RejectedFile(ProblemCode.TRUNCATED, "it ends before its last record (99)")
    statements, problems = joined(reader.done)
    told.warn(*problems)
    return finish(StatementFormat.BAI2, statements, hints, told)


def _records(text: str) -> Iterator[_Record]:
    current: _Record | None = None
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        line = raw.strip()
        if not line:
            continue
        found = _RECORD.match(line)
        if found is None:
            message = "a line is no record"
            raise RejectedFile(ProblemCode.NOT_A_STATEMENT, message, number)
        if found[1] != "88":
            if current is not None:
                yield current
            current = _Record(found[1], number, line)
        elif current is None:
            raise RejectedFile(ProblemCode.TRUNCATED, "it continues nothing", number)
        else:
            _continue(current, line[3:])
            if len(current.body) > _RECORD_CHARACTERS_MAX:
                raise RejectedFile(ProblemCode.FIELD_TOO_LONG, "a record is too long", number)
    if current is not None:
        yield current


def _continue(record: _Record, more: str) -> None:
    """Fields go on behind a comma, a text that has begun behind a blank."""
    fields = record.fields
    is_text = record.code == "16" and len(fields) > _behind_funds(fields, _FUNDS) + _REFERENCES
    body = record.body.removesuffix("/")
    record.body = f"{body}{' ' if is_text else ','}{more}"
    record.size += 1


def _behind_funds(fields: list[str], at: int) -> int:
    """The place behind a funds type and what it brings: S three amounts, V a day, D pairs."""
    match _at(fields, at).upper():
        case "S":
            return at + 4
        case "V":
            return at + 3
        case "D":
            count = _at(fields, at + 1)
            return at + 2 + 2 * (int(count) if count.isdigit() and len(count) < 4 else 0)
        case _:
            return at + 1


def _at(fields: list[str], place: int) -> str:
    return fields[place].strip() if place < len(fields) else ""


def _day(text: str) -> date | None:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None
