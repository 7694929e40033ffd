"""What is read of the queue: filters, sorts, pages and counts, each said in another way as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.money import Money
from rowcol.domain.queue import Queued, QueueKind, urgency
from rowcol.domain.tray import Severity
from rowcol.service.project import BILLS
from rowcol.service.queue import (
    QueueFilter,
    QueueOrder,
    Sorting,
    Work,
    by_client,
    counts_of,
    page_of,
)
from tests.support.domain.builders import FRIDAY

DAYS = [FRIDAY + timedelta(days=offset) for offset in (-30, -1, 0, 1, 30)]
amounts = st.sampled_from([None, 0, 1, 99, 100, 125_000])
any_queued = st.builds(
    Queued,
    kind=st.sampled_from(QueueKind),
    code=st.just("code"),
    severity=st.sampled_from(Severity),
    due_on=st.sampled_from([None, *DAYS]),
    rail_date=st.sampled_from([None, None, *DAYS]),
    since=st.sampled_from([None, *DAYS]),
    amount=amounts.map(lambda minor: Money(minor, "USD") if minor is not None else None),
    waiting_in_ramp=st.booleans(),
)
any_work = st.lists(
    st.tuples(st.sampled_from(["birch", "cedar", "oak-1"]), any_queued), max_size=30
).map(
    lambda found: [
        Work(client, BILLS, f"b{place:02d}", place, queued, queued.due_on)
        for place, (client, queued) in enumerate(found)
    ]
)
any_filter = st.builds(
    QueueFilter,
    kinds=st.frozensets(st.sampled_from(QueueKind), max_size=3),
    waiting_in_ramp=st.sampled_from([None, True, False]),
    amount_from=st.sampled_from([None, None, 0, 1, 100]),
    amount_to=st.sampled_from([None, None, 0, 99, 125_000]),
    due_before=st.sampled_from([None, None, *DAYS]),
)
LAST = FRIDAY + timedelta(days=3_650)


def order_key(order: QueueOrder, work: Work) -> tuple[Any, ...]:
    """How an order sorts, said without texts."""
    queued, place = work.queue, (work.client, work.key)
    match order:
        case QueueOrder.URGENCY:
            days = [day for day in (queued.due_on, queued.rail_date) if day is not None]
            day = min(days, default=queued.since or LAST)
            rank = [Severity.HIGH, Severity.MEDIUM, Severity.LOW].index(queued.severity)
            return (rank, day, list(QueueKind).index(queued.kind), *place)
        case QueueOrder.DUE:
            return (queued.due_on or LAST, *place)
        case QueueOrder.AMOUNT:
            return (queued.amount.minor if queued.amount is not None else -1, *place)
        case QueueOrder.CLIENT:
            return (work.client, *order_key(QueueOrder.URGENCY, work))
        case QueueOrder.AGE:
            return (queued.since or LAST, *place)


def is_wanted(wanted: QueueFilter, work: Work) -> bool:
    """The filter once more, said in another way."""
    queued = work.queue
    minor = queued.amount.minor if queued.amount is not None else None
    checks = [
        not wanted.kinds or queued.kind in wanted.kinds,
        wanted.waiting_in_ramp in (None, queued.waiting_in_ramp),
        wanted.due_before is None or (queued.due_on or LAST) < wanted.due_before,
        wanted.amount_from is None or (minor is not None and minor >= wanted.amount_from),
        wanted.amount_to is None or (minor is not None and minor <= wanted.amount_to),
    ]
    return all(checks)


@settings(max_examples=200, deadline=None)
@given(
    any_work, any_filter, st.sampled_from(QueueOrder), st.booleans(), st.sampled_from([1, 3, 50])
)
def test_pages_cover_what_matches_once_and_in_order(
    work: list[Work], wanted: QueueFilter, order: QueueOrder, descending: bool, limit: int
) -> None:
    matching = [one for one in work if is_wanted(wanted, one)]
    expected = sorted(matching, key=lambda one: order_key(order, one), reverse=descending)
    found: list[Work] = []
    after: str | None = None
    while True:
        page = page_of(work, wanted, Sorting(order, descending, after, limit))
        assert page.matching == len(matching)
        found += page.items
        after = page.next_after
        if after is None:
            break
        assert len(page.items) == limit
    assert found == expected


@given(any_work)
def test_counts_add_up(work: list[Work]) -> None:
    whole, each = counts_of(work), by_client(work, ["birch", "cedar", "oak-1", "quiet"])
    assert whole.total == len(work) == sum(one.total for one in each.values())
    assert sum(getattr(whole, kind.value) for kind in QueueKind) == whole.total
    assert whole.waiting_in_ramp == sum(one.queue.waiting_in_ramp for one in work)
    assert whole.overdue == sum(one.overdue_since is not None for one in work)
    assert each["quiet"].total == 0


@given(any_queued, any_queued)
def test_what_is_more_urgent_sorts_first(one: Queued, other: Queued) -> None:
    pair = [Work("birch", BILLS, "b1", 1, queued, None) for queued in (one, other)]
    first, second = (order_key(QueueOrder.URGENCY, work)[:3] for work in pair)
    assert (first < second) == (urgency(one) < urgency(other))
