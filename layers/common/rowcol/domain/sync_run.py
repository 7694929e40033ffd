"""One run of a feed: what was read from a rail, why, and what it cost. Kept beside the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted


class FeedKind(StrEnum):
    """What is read from a rail as a whole, and not object by object.

    NOTICED: the objects that webhooks named. RECONCILIATION: all feeds of a client, one after the
    other; its row sums up theirs.
    """

    BILLS = "bills"
    LEDGER = "ledger_changes"
    BANK_LINES = "bank_lines"
    BALANCE = "balance"
    NOTICED = "noticed"
    RECONCILIATION = "reconciliation"


RAIL_OF = {
    FeedKind.BILLS: "ramp",
    FeedKind.LEDGER: "qbo",
    FeedKind.BANK_LINES: "plaid",
    FeedKind.BALANCE: "plaid",
}


class NeededBy(StrEnum):
    """Who needs it. The first two are schedules: hourly, and the nightly complete one."""

    SCHEDULE = "schedule"
    FULL = "full"
    WEBHOOK = "webhook"
    PERSON = "person"
    GUARDRAIL = "guardrail"
    PAYMENT = "payment"


class SyncOutcome(StrEnum):
    """How a run ended. Only READ has brought the feed up to date.

    FRESH: nothing was asked, what is known is young enough. BUSY: another run is at work.
    NOT_READY: the rail has no data yet. NO_BUDGET: calls are kept for what needs them more.
    """

    READ = "read"
    FRESH = "fresh"
    BUSY = "busy"
    NOT_READY = "not_ready"
    NO_BUDGET = "no_budget"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Repairs:
    """How long what a run found had been so at the rail before it was known here.

    `count` of facts, of which the rail told the time itself for `told`; of the others it is known
    only that they are not older than the reading before, so theirs are upper bounds.
    """

    count: int
    told: int
    median_seconds: int
    max_seconds: int


def repairs_of(told: Sequence[int], at_most: Sequence[int]) -> Repairs | None:
    """Sum up ages in seconds: those that a rail told, and upper bounds; None without any."""
    ages = sorted(max(0, age) for age in (*told, *at_most))
    if not ages:
        return None
    return Repairs(len(ages), len(told), ages[len(ages) // 2], ages[-1])


@dataclass(frozen=True, slots=True)
class SyncRun:
    """`read`: objects by kind; `news`: how many of them changed something here.

    `calls`: sent to the rail, by kind, repeats included. `from_cursor`, `to_cursor`: where the feed
    stood before and after; an instant for feeds that are read by time. `detail`: a code. `run`: the
    reconciliation it was part of. `overdue`: payments that wait past their deadline.
    """

    id: str
    rail: str
    feed: str
    why: NeededBy
    outcome: SyncOutcome
    began_at: datetime
    ended_at: datetime
    news: int = 0
    read: dict[str, int] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    from_cursor: str | None = None
    to_cursor: str | None = None
    detail: str | None = None
    subject: str | None = None
    run: str | None = None
    repairs: Repairs | None = None
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class LastRuns:
    """The last run of a feed, and when it was last read to its end. `run`: as in SyncRun."""

    rail: str
    why: NeededBy
    outcome: SyncOutcome
    ended_at: datetime
    detail: str | None = None
    synced_at: datetime | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class SyncStanding(Unlisted, NeverDue):
    """How every feed of one client stands; one small item, so that a firm's are one read."""

    id: str
    version: int
    feeds: dict[str, LastRuns] = field(default_factory=dict)

    kind = "syncs"

    def synced_at(self, feed: FeedKind) -> datetime | None:
        """When a feed was last read to its end."""
        known = self.feeds.get(feed.value)
        return known.synced_at if known is not None else None


STANDING = "standing"
