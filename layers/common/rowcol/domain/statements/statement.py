"""A bank statement as a file told it: accounts, lines in whole minor units, balances.

Source: contract bank-statements.md sections 1 to 4. Text stays as the file has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class StatementFormat(StrEnum):
    """Formats that are read, found by content and never by the file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    OFX = "ofx"
    CAMT053 = "camt053"
    MT940 = "mt940"
    BAI2 = "bai2"


@dataclass(frozen=True, slots=True)
class Balance:
    """Booked balance in signed minor units of the statement's currency; the day if it was told."""

    minor: int
    on: date | None = None


@dataclass(frozen=True, slots=True)
class StatementAccount:
    """What a file says of its account; `ending` are the last four digits, empty if unknown."""

    ending: str = ""
    routing: str | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One booked entry.

    `line` is where it stands in the file (the row for workbooks, from 1). `amount_minor` is signed,
    negative is money out. `reference` is the bank's own for this entry, `occurrence` counts entries
    that read the same within one file, from 1, oldest first.
    """

    line: int
    posted_on: date
    amount_minor: int
    description: str
    reference: str | None = None
    check_number: str | None = None
    balance_minor: int | None = None
    value_on: date | None = None
    kind: str | None = None
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's lines, oldest first, and the balances that stand in the file."""

    account: StatementAccount
    currency: str
    lines: tuple[StatementLine, ...]
    opening: Balance | None = None
    closing: Balance | None = None
    from_on: date | None = None
    to_on: date | None = None

    @property
    def credits_minor(self) -> int:
        """Sum of what came in, minor units."""
        return sum(line.amount_minor for line in self.lines if line.amount_minor > 0)

    @property
    def debits_minor(self) -> int:
        """Sum of what went out, as a positive number of minor units."""
        return -sum(line.amount_minor for line in self.lines if line.amount_minor < 0)
