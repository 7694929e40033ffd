"""Small pointers from a rail's id to our bill, and what a feed has delivered so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rowcol.domain.facts import BankLine


@dataclass(frozen=True, slots=True)
class Link:
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

    @property
    def list_key(self) -> str | None:
        """Links are looked up, never listed."""
        return None

    @property
    def due_at(self) -> datetime | None:
        """Never due."""
        return None


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A bank line as last reported, or a tombstone when the bank took it back."""

    id: str
    version: int
    line: BankLine
    removed: bool = False

    kind = "bankline"

    @property
    def list_key(self) -> str | None:
        """By posting date; removed lines are not listed."""
        return None if self.removed else f"{self.line.posted_on.isoformat()}#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """Never due."""
        return None


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a feed stands: `bank-<item>` by Plaid's cursor, `ledger`, `rail` by the last read.

    `invoices`: when all open ones were last read together.
    """

    id: str
    version: int
    cursor: str | None = None
    read_through: datetime | None = None

    kind = "feed"

    @property
    def list_key(self) -> str | None:
        """By id."""
        return self.id

    @property
    def due_at(self) -> datetime | None:
        """Feeds are driven by schedules and notices."""
        return None
