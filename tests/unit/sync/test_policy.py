"""When a feed is read: fresh enough, by whom needed, what is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rowcol.domain.sync_run import FeedKind, NeededBy
from rowcol.service.rail_budget_ports import Left
from rowcol.service.sync.policy import Verdict, judge

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
FEEDS = (FeedKind.BILLS, FeedKind.LEDGER, FeedKind.BANK_LINES)


def verdict(
    feed: FeedKind, why: NeededBy, minutes: float | None, left: Left = Left.PLENTY
) -> Verdict:
    read_at = None if minutes is None else NOW - timedelta(minutes=minutes)
    return judge(feed, why, read_at, NOW, left)


@pytest.mark.parametrize("feed", FEEDS)
def test_the_schedule_reads_once_each_half_hour(feed: FeedKind) -> None:
    assert verdict(feed, NeededBy.SCHEDULE, 14) is Verdict.FRESH
    assert verdict(feed, NeededBy.SCHEDULE, 20) is Verdict.READ
    assert verdict(feed, NeededBy.SCHEDULE, None) is Verdict.READ


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("why", [NeededBy.FULL, NeededBy.WEBHOOK])
def test_the_nightly_run_and_a_notice_always_read(feed: FeedKind, why: NeededBy) -> None:
    assert verdict(feed, why, 0.1) is Verdict.READ


def test_many_payments_that_look_at_the_bank_at_once_are_one_look() -> None:
    assert verdict(FeedKind.BANK_LINES, NeededBy.PAYMENT, 14) is Verdict.FRESH
    assert verdict(FeedKind.BANK_LINES, NeededBy.PAYMENT, 15) is Verdict.READ


@pytest.mark.parametrize("feed", FeedKind)
@pytest.mark.parametrize("why", list(NeededBy))
def test_nothing_left_is_nothing_read(feed: FeedKind, why: NeededBy) -> None:
    assert verdict(feed, why, None, Left.NOTHING) is Verdict.NO_BUDGET


@pytest.mark.parametrize(
    ("left", "minutes", "wanted"),
    [
        (Left.LITTLE, 3.9 * 60, Verdict.NO_BUDGET),
        (Left.LITTLE, 4 * 60, Verdict.READ),
        (Left.LAST, 4 * 60, Verdict.NO_BUDGET),
        (Left.LAST, 23 * 60, Verdict.READ),
    ],
)
def test_the_ledger_is_read_less_often_when_reads_run_out(
    left: Left, minutes: float, wanted: Verdict
) -> None:
    assert verdict(FeedKind.LEDGER, NeededBy.SCHEDULE, minutes, left) is wanted


@pytest.mark.parametrize("left", [Left.LITTLE, Left.LAST])
def test_what_a_payment_or_a_notice_needs_is_read_as_long_as_there_is_anything(left: Left) -> None:
    for why in (NeededBy.WEBHOOK, NeededBy.PAYMENT, NeededBy.FULL):
        assert verdict(FeedKind.LEDGER, why, 80, left) is Verdict.READ
