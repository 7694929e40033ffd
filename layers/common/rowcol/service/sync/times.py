"""When what an answer rests on was last read from the rails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.sync_run import STANDING, FeedKind, SyncStanding
from rowcol.service.store import Books, Store


@dataclass(frozen=True, slots=True)
class SyncTimes:
    """Instants of the last complete reading of each feed; None before the first."""

    bills: datetime | None = None
    ledger: datetime | None = None
    bank_lines: datetime | None = None
    balance: datetime | None = None


def sync_times(books: Books) -> SyncTimes:
    """When each feed of a client was last read to its end. One read."""
    return _times(books.get(SyncStanding, STANDING))


def firm_sync_times(store: Store, firm: str, clients: Iterable[str]) -> dict[str, SyncTimes]:
    """The same of several clients: one read per hundred."""
    names = tuple(clients)
    found = store.across(firm, SyncStanding, dict.fromkeys(names, STANDING))
    return {name: _times(found.get(name)) for name in names}


def _times(known: SyncStanding | None) -> SyncTimes:
    if known is None:
        return SyncTimes()
    return SyncTimes(
        known.synced_at(FeedKind.BILLS),
        known.synced_at(FeedKind.LEDGER),
        known.synced_at(FeedKind.BANK_LINES),
        known.synced_at(FeedKind.BALANCE),
    )
