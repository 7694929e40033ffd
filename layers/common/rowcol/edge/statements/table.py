"""Rows of a table to statements, once it is known which column is what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from rowcol.domain.date_order import DateOrder
from rowcol.domain.money import exponent
from rowcol.domain.statements.checks import chain_problems, closing_problem, oldest_first
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.profile import NOT_BOOKED, Sign
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.reading import Problem, ProblemCode
from rowcol.domain.statements.statement import (
    Balance,
    Statement,
    StatementAccount,
    StatementLine,
)
from rowcol.edge.imports.rows import Row
from rowcol.edge.imports.xlsx_rows import day_of_serial
from rowcol.edge.statements.amount_text import minor_of
from rowcol.edge.statements.common import RejectedFile, Told, ending_of
from rowcol.edge.statements.date_text import day_of
from rowcol.edge.statements.header import Found

_SERIAL = re.compile(r"\d{4,6}(\.\d+)?\Z", re.ASCII)
_OPENING = re.compile(r"(beginning|opening) balance", re.IGNORECASE)
_CLOSING = re.compile(r"(ending|closing) balance", re.IGNORECASE)
_IN = frozenset({"credit", "cr", "c", "deposit"})
_OUT = frozenset({"debit", "dr", "d", "withdrawal"})
_FORMULA = "a formula without"


class _BadRow(Exception):
    def __init__(self, code: ProblemCode, message: str, found: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.found = found


@dataclass(slots=True)
class TableReader:
    """One table. `rows` gives the data rows anew at each call; a workbook has serial days."""

    found: Found
    order: DateOrder | None
    hints: Hints
    told: Told
    is_workbook: bool = False
    is_1904: bool = False
    _by_account: dict[str, list[StatementLine]] = field(default_factory=dict)
    _opening: Balance | None = None
    _closing: Balance | None = None
    _skipped: int = 0
    _serials: int = 0
    _negative: dict[Role, bool] = field(default_factory=dict)

    def statements(self, above: list[Row], rows: Callable[[], Iterator[Row]]) -> list[Statement]:
        """Read all rows; what cannot be read is told. Raises RejectedFile."""
        self._summary(above)
        for row in rows():
            self.told.entry()
            try:
                self._take(row)
            except _BadRow as bad:
                self.told.bad(bad.code, str(bad), row.line, bad.found)
        if self._skipped:
            message = f"{self._skipped} entries that are not booked yet are left out"
            self.told.note(ProblemCode.NOT_BOOKED_SKIPPED, message)
        if self._serials:
            message = f"{self._serials} dates are bare numbers of days"
            self.told.warn(Problem(ProblemCode.DATE_FROM_SERIAL, message))
        if not self._by_account:
            self._by_account[""] = []
        if len(self._by_account) > 1:
            self._opening = self._closing = None  # nobody knows of which
        return [self._statement(ending, lines) for ending, lines in self._by_account.items()]

    def _summary(self, above: list[Row]) -> None:
        """Balances that stand above the header (Bank of America)."""
        for row in above:
            label = next((cell for cell in row.cells if cell.strip()), "")
            amounts = [self._minor(cell) for cell in row.cells[1:] if cell.strip()]
            if not amounts or amounts[-1] is None:
                continue
            day = day_of(label.split()[-1], self.order) if label.strip() else None
            if _OPENING.match(label):
                self._opening = Balance(amounts[-1], day)
            elif _CLOSING.match(label):
                self._closing = Balance(amounts[-1], day)

    def _take(self, row: Row) -> None:
        if row.problem is not None:
            is_formula = _FORMULA in row.problem
            code = ProblemCode.FORMULA_WITHOUT_VALUE if is_formula else ProblemCode.BAD_ROW
            raise _BadRow(code, row.problem)
        if any(cell.strip() for cell in row.cells[self.found.width :]):
            raise _BadRow(ProblemCode.BAD_ROW, "it has more fields than the header")
        dated = self._cell(row, Role.DATE)
        if dated.lower().startswith("total"):
            return
        if self._cell(row, Role.STATUS).lower() in NOT_BOOKED:
            self._skipped += 1
            return
        posted_on = self._day(dated)
        if posted_on is None:
            raise _BadRow(ProblemCode.BAD_DATE, "it has no date that can be read", dated)
        description = self._cell(row, Role.DESCRIPTION, stripped=False)
        if self._is_opening(row, description):
            return
        amount = self._amount(row)
        balance = self._balance(row)
        self._currency(row)
        line = StatementLine(
            row.line,
            posted_on,
            amount,
            self._with_memo(row, description),
            self._cell(row, Role.REFERENCE) or None,
            self._cell(row, Role.CHECK).removesuffix(".0") or None,
            balance,
            self._day(self._cell(row, Role.VALUE_DATE)),
            self._cell(row, Role.KIND) or None,
        )
        if self.told.took(line):
            ending = ending_of(self._cell(row, Role.ACCOUNT))
            self._by_account.setdefault(ending, []).append(line)

    def _with_memo(self, row: Row, description: str) -> str:
        memo = self._cell(row, Role.MEMO)
        return description if memo in description else f"{description} {memo}".strip()

    def _cell(self, row: Row, role: Role, *, stripped: bool = True) -> str:
        place = self.found.places.get(role)
        if place is None or place >= len(row.cells):
            return ""
        return row.cells[place].strip() if stripped else row.cells[place]

    def _day(self, text: str) -> date | None:
        if self.is_workbook and _SERIAL.match(text):
            self._serials += 1
            return day_of_serial(text, self.is_1904)
        return day_of(text, self.order)

    def _is_opening(self, row: Row, description: str) -> bool:
        """A row that only says with which balance the file begins."""
        if self._cell(row, Role.AMOUNT) or not _OPENING.match(description):
            return False
        balance = self._balance(row)
        if balance is not None and Role.AMOUNT in self.found.places:
            self._opening = Balance(balance, self._day(self._cell(row, Role.DATE)))
            return True
        return False

    def _minor(self, text: str) -> int | None:
        digits = exponent(self.hints.currency)
        return minor_of(text, digits, self.found.profile.decimal, is_number=self.is_workbook)

    def _amount(self, row: Row) -> int:
        if Role.AMOUNT in self.found.places:
            text = self._cell(row, Role.AMOUNT)
            minor = self._minor(text)
            if minor is None:
                raise _BadRow(ProblemCode.BAD_AMOUNT, "it has no amount that can be read", text)
            return self._with_sign(row, minor)
        told = [self._side(row, Role.DEBIT), self._side(row, Role.CREDIT)]
        out, come = told[0] or 0, told[1] or 0
        if told == [None, None] or (out and come):
            raise _BadRow(ProblemCode.BAD_AMOUNT, "it needs a debit or a credit")
        return abs(come) - abs(out)

    def _side(self, row: Row, role: Role) -> int | None:
        text = self._cell(row, role)
        minor = self._minor(text) if text else None
        if text and minor is None:
            raise _BadRow(ProblemCode.BAD_AMOUNT, f"its {role.value} cannot be read", text)
        # Some banks write all debits, or all credits, below zero. Among others it may be a refund.
        if minor and self._negative.setdefault(role, minor < 0) != (minor < 0):
            message = f"its {role.value} has another sign than those before"
            raise _BadRow(ProblemCode.BAD_AMOUNT, message, text)
        return minor

    def _with_sign(self, row: Row, minor: int) -> int:
        sign = self.found.profile.sign
        if sign is Sign.INVERTED:
            return -minor
        if sign is Sign.SIGNED:
            return minor
        word = self._cell(row, Role.DIRECTION).lower()
        if word not in _IN | _OUT or minor < 0:
            raise _BadRow(ProblemCode.BAD_AMOUNT, "it is neither a credit nor a debit", word)
        return minor if word in _IN else -minor

    def _balance(self, row: Row) -> int | None:
        text = self._cell(row, Role.BALANCE)
        balance = self._minor(text) if text else None
        if text and balance is None:
            raise _BadRow(ProblemCode.BAD_AMOUNT, "its balance cannot be read", text)
        return balance

    def _currency(self, row: Row) -> None:
        currency = self._cell(row, Role.CURRENCY).upper()
        if currency and currency != self.hints.currency:
            message = f"a row is in {currency[:10]}, the account in {self.hints.currency}"
            raise RejectedFile(ProblemCode.CURRENCY_MISMATCH, message, row.line)

    def _statement(self, ending: str, read: list[StatementLine]) -> Statement:
        lines = oldest_first(read)
        opening = self._opening.minor if self._opening else None
        broken = chain_problems(lines, opening)
        self.told.warn(*broken)
        days = [line.posted_on for line in lines]
        statement = Statement(
            StatementAccount(ending),
            self.hints.currency,
            tuple(lines),
            self._opening,
            self._closing,
            min(days, default=None),
            max(days, default=None),
        )
        problem = closing_problem(statement, ProblemCode.CLOSING_BALANCE_MISMATCH)
        if problem is not None:
            self.told.warn(problem)
        return statement if broken else _with_running(statement)


def _with_running(statement: Statement) -> Statement:
    """The balances that an unbroken running balance tells, where the file has no others."""
    lines = statement.lines
    if not lines:
        return statement
    first, last = lines[0], lines[-1]
    opening, closing = statement.opening, statement.closing
    if opening is None and first.balance_minor is not None:
        opening = Balance(first.balance_minor - first.amount_minor, first.posted_on)
    if closing is None and last.balance_minor is not None:
        closing = Balance(last.balance_minor, last.posted_on)
    return replace(statement, opening=opening, closing=closing)
