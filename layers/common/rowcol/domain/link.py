"""Small pointers from a rail's id to our bill, and what a feed has delivered so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.facts import BankLine
from rowcol.domain.statements.identity import LineKeys


@dataclass(frozen=True, slots=True)
class Link(Unlisted, NeverDue):
    """Finds the bill behind a ledger id: `qbo-bill-1184`, `qbo-payment-1822`.

    `bank-<line>` names who has claimed a bank line: a rail's payment, or a record; "" nobody any
    more.
    """

    id: str
    version: int
    bill_id: str

    kind = "link"

    @property
    def is_claimed(self) -> bool:
        """Whether it still names somebody."""
        return bool(self.bill_id)

    @property
    def freed(self) -> Link:
        """The same, naming nobody any more."""
        return replace(self, bill_id="")


class LineSource(StrEnum):
    """Who showed a line first: the bank's feed, or a statement that somebody imported."""

    PLAID = "plaid"
    STATEMENT = "statement"


# Lists lines that are shown by their twin.
HIDDEN = "hidden#"


@dataclass(frozen=True, slots=True)
class StoredLine(NeverDue):
    """A bank line as last reported, or a tombstone when the bank took it back.

    `generation`: the pass of the feed that said so; what an older pass says comes too late. A line
    of a statement has its `keys`, and the `imports` that hold it. `twin`: the other source's line
    of the same movement; of the two the later one is `hidden`, so that nobody counts it again.
    """

    id: str
    version: int
    line: BankLine
    removed: bool = False
    generation: int = 0
    source: LineSource = LineSource.PLAID
    keys: LineKeys | None = None
    imports: tuple[str, ...] = ()
    twin: str | None = None
    hidden: bool = False

    kind = "bankline"

    @property
    def list_key(self) -> str | None:
        """By posting date; removed lines are not listed, hidden ones by themselves."""
        if self.removed:
            return None
        key = f"{self.line.posted_on.isoformat()}#{self.id}"
        return f"{HIDDEN}{key}" if self.hidden else key


@dataclass(frozen=True, slots=True)
class BankRows:
    """Rows of one pass of a bank feed: lines as the bank shows them, and ids it took back."""

    lines: tuple[BankLine, ...] = ()
    removed_line_ids: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.lines) + len(self.removed_line_ids)


@dataclass(frozen=True, slots=True)
class StagedRows(Unlisted, NeverDue):
    """Rows of a pass that is too large for its feed alone; nothing until the feed names them."""

    id: str
    version: int
    rows: BankRows
    generation: int

    kind = "bankrows"


@dataclass(frozen=True, slots=True)
class Feed(NeverDue):
    """Where a feed stands: `bank-<item>` by Plaid's cursor, `ledger`, `rail` by the last read.

    `invoices`: when all open ones were last read together. A bank feed keeps cursor and rows
    together: `rows`, and the `staged` items before them, are those of its last pass (`generation`)
    until each is stored by itself. `leased_until`: somebody reads it. `balance` counts the live
    readings of a `day`.
    """

    id: str
    version: int
    cursor: str | None = None
    read_through: datetime | None = None
    leased_until: datetime | None = None
    generation: int = 0
    rows: BankRows = field(default_factory=BankRows)
    staged: int = 0
    day: date | None = None
    live_readings: int = 0

    kind = "feed"

    @property
    def has_rows(self) -> bool:
        """Whether rows of its last pass are still to be stored by themselves."""
        return self.staged > 0 or self.rows.count > 0

    @property
    def list_key(self) -> str | None:
        """By id."""
        return self.id
