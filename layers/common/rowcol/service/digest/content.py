"""A digest as data: what the API answers, and what a mail is written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.money import Money
from rowcol.domain.queue import QueueKind
from rowcol.domain.runway_mark import RunwayChange
from rowcol.domain.tray import Severity
from rowcol.service.queue import Counts
from rowcol.service.sync.times import SyncTimes


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One exception. `path`: where it is in RowCol; `link`: in the rail, where that helps."""

    client: str
    kind: QueueKind
    code: str
    severity: Severity
    title: str
    remedy: str | None
    amount: Money | None
    since: date | None
    path: str
    link: str | None


@dataclass(frozen=True, slots=True)
class MoneyDue:
    """Open bills that wait for somebody here: past due, due today, and within 7 days after."""

    overdue: Money
    today: Money
    week: Money
    bills: int


@dataclass(frozen=True, slots=True)
class CashNow:
    """The accepted balance and its age; `fresh`: guards count on it."""

    balance: Money | None
    age_seconds: int | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class ClientDigest:
    """One client. `troubles`: connections that need somebody, in words; empty: none is known.

    `late`: connected feeds that were not read for a day, so that the rest is older than it looks.
    `unconnected`: feeds that nothing is connected for.
    """

    client: str
    name: str
    currency: str
    counts: Counts
    due: MoneyDue
    cash: CashNow
    runway: RunwayChange | None
    synced_at: SyncTimes
    troubles: tuple[str, ...]
    late: tuple[str, ...]
    unconnected: tuple[str, ...]

    @property
    def exceptions(self) -> int:
        """How many things are not as they should be."""
        return self.counts.held + self.counts.connection + self.counts.tray

    @property
    def waiting(self) -> int:
        """How many things wait for somebody's decision, here or in Ramp."""
        return self.counts.total - self.exceptions

    @property
    def is_quiet(self) -> bool:
        """Nothing is open, nothing is due, all was read, and the runway is no worse."""
        worse = self.runway is not None and self.runway.is_worse
        return self.counts.total == 0 and not worse and not self.late


@dataclass(frozen=True, slots=True)
class Digest:
    """`day`: where the reader is. `items`: the most urgent of so many `exceptions`.

    `firm_exceptions`: how many of them are of the firm itself (client "-"), not in `counts`.
    """

    firm: str
    name: str
    at: datetime
    day: date
    counts: Counts
    exceptions: int
    firm_exceptions: int
    items: tuple[DigestItem, ...]
    clients: tuple[ClientDigest, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is needed."""
        return not self.exceptions and all(client.is_quiet for client in self.clients)
