"""One policy for all rails: read now, or is what is known young enough, or are calls too dear?

A pure function of three things: how old what is known is, by whom it is needed, and what is left of
the rail's budget. Times are data; why each is what it is: decision 0035.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from rowcol.domain.sync_run import FeedKind, NeededBy
from rowcol.service.rail_budget_ports import Left


class Verdict(StrEnum):
    """What a run does."""

    READ = "read"
    FRESH = "fresh"
    NO_BUDGET = "no_budget"


NOW = timedelta(0)
# The sweep comes every half hour, a little early or late (decision 0044).
HALF_HOURLY = timedelta(minutes=15)
DAILY = timedelta(hours=23)

# How old what is known may be, by feed and by who needs it; NOW: it is always read.
YOUNG_ENOUGH: Mapping[FeedKind, Mapping[NeededBy, timedelta]] = {
    FeedKind.BILLS: {NeededBy.SCHEDULE: HALF_HOURLY, NeededBy.PERSON: timedelta(minutes=1)},
    FeedKind.LEDGER: {
        NeededBy.SCHEDULE: HALF_HOURLY,
        NeededBy.PERSON: timedelta(minutes=5),
        # The schedule tells of every change: only when it fails a payment asks by itself.
        NeededBy.PAYMENT: timedelta(minutes=75),
    },
    # The bank is looked at one to four times a day, and Plaid says when something is new.
    FeedKind.BANK_LINES: {
        NeededBy.SCHEDULE: HALF_HOURLY,
        NeededBy.PERSON: timedelta(minutes=5),
        NeededBy.PAYMENT: timedelta(minutes=15),
    },
}
# Rails whose calls are counted by the month: what is read less often before what needs them more.
SPARING: Mapping[FeedKind, Mapping[Left, timedelta]] = {
    FeedKind.LEDGER: {Left.LITTLE: timedelta(hours=4), Left.LAST: DAILY},
}
# Needs that are met as long as the rail answers at all.
ESSENTIAL = frozenset({NeededBy.FULL, NeededBy.WEBHOOK, NeededBy.GUARDRAIL, NeededBy.PAYMENT})


def judge(
    feed: FeedKind, why: NeededBy, read_at: datetime | None, now: datetime, left: Left
) -> Verdict:
    """Whether to read a feed that was last read at `read_at` (None: never)."""
    if left is Left.NOTHING:
        return Verdict.NO_BUDGET
    if read_at is None:
        return Verdict.READ
    age = now - read_at
    if age < YOUNG_ENOUGH.get(feed, {}).get(why, NOW):
        return Verdict.FRESH
    if left is Left.PLENTY or why in ESSENTIAL:
        return Verdict.READ
    spared = SPARING.get(feed, {}).get(left)
    if spared is not None:
        return Verdict.READ if age >= spared else Verdict.NO_BUDGET
    return Verdict.NO_BUDGET if left is Left.LAST else Verdict.READ
