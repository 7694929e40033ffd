"""What reading one of Stripe's files came to: words on objects, a question, or a rejection.

Problems are those of statements (`domain/statements/reading.py`); a rejected file imports nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rowcol.domain.money import Money
from rowcol.domain.receivables.told import Told
from rowcol.domain.statements.reading import Problem, ProblemCode, Rejected


class Layout(StrEnum):
    """Files that are read (stripe contract, section 1), told apart by their columns."""

    PAYOUT_RECONCILIATION = "payout_reconciliation"
    BALANCE_CHANGE = "balance_change"
    PAYOUTS = "payouts"
    BALANCE_HISTORY = "balance_history"
    DASHBOARD_PAYMENTS = "dashboard_payments"
    DASHBOARD_PAYOUTS = "dashboard_payouts"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file: its line, its own id at Stripe, and its word on one object or several."""

    line: int
    key: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """All rows of one currency: gross less fee is net."""

    gross: Money
    fee: Money
    net: Money
    count: int


@dataclass(frozen=True, slots=True)
class StripeReading:
    """Good rows, and beside them those that could not be read.

    `first_on`, `last_on`: days of the rows, in UTC. `totals`: by currency. `bad_rows` at most
    1,000; `bad_row_count` counts all.
    """

    layout: Layout
    rows: tuple[FileRow, ...]
    totals: tuple[CurrencyTotal, ...]
    first_on: date | None
    last_on: date | None
    bad_rows: tuple[Problem, ...] = ()
    bad_row_count: int = 0
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class DecimalQuestion:
    """Amounts have a decimal comma: is that so? Answered with `decimal`, nothing is guessed."""

    code: ProblemCode
    message: str
    line: int | None
    example: str


StripeOutcome = StripeReading | DecimalQuestion | Rejected
