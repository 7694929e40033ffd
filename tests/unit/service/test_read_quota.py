"""The month's reads: counted in blocks by all processes, never too few, each month anew."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.memory_cells import MemoryCells
from rowcol.domain.scope import Scope
from rowcol.service.ports import Surroundings
from rowcol.service.rail_budget_ports import Cell, Left, NoBudgets
from rowcol.service.read_quota import BLOCK_MAX, KeptBudgets, ReadQuota
from rowcol.service.store import StoreUnavailable
from tests.conformance.races import together
from tests.conformance.world import MovableClock
from tests.support.rails.scripted import NumberedIds

SCOPE = Scope("maple", "bluebird")


def quota(cells: Any, clock: MovableClock, limit: int = 1000) -> ReadQuota:
    """A process of its own."""
    chance = random.Random(7)  # noqa: S311 - a seeded run
    return ReadQuota("qbo", limit, cells, Surroundings(clock, NumberedIds(), chance, _no_pause))


def _no_pause(_seconds: float) -> None:
    """Nobody waits here."""


def test_a_count_is_never_too_low_and_a_block_too_high_at_most() -> None:
    clock = MovableClock()
    cells = MemoryCells(clock.now)
    processes = [quota(cells, clock) for _ in range(7)]
    for number in range(500):
        processes[number * number % 7].count()
    clock.move(minutes=2)
    reads = quota(cells, clock).spent().reads
    assert 500 <= reads <= 500 + 7 * (BLOCK_MAX - 1)


def test_writes_are_a_fraction_of_the_reads() -> None:
    clock = MovableClock()
    cells = MemoryCells(clock.now)
    one = quota(cells, clock, 10_000)
    for _ in range(1000):
        one.count()
    assert cells.writes <= 1000 // BLOCK_MAX + 3
    assert cells.lost == 0


def test_threads_count_together() -> None:
    clock = MovableClock()
    cells = MemoryCells(clock.now)
    counts = [quota(cells, clock) for _ in range(4)]

    def work(number: int) -> None:
        for _ in range(50):
            counts[number % 4].count()

    assert together(work, 8) == [None] * 8
    clock.move(minutes=2)
    assert 400 <= quota(cells, clock).spent().reads <= 400 + 8 * BLOCK_MAX


@pytest.mark.parametrize(
    ("reads", "left"),
    [
        (0, Left.PLENTY),
        (695, Left.PLENTY),
        (700, Left.LITTLE),
        (895, Left.LITTLE),
        (900, Left.LAST),
        (995, Left.LAST),
        (1000, Left.NOTHING),
        (5000, Left.NOTHING),
    ],
)
def test_what_is_left_is_told_at_70_and_90_percent(reads: int, left: Left) -> None:
    clock = MovableClock()
    cells = MemoryCells(clock.now)
    name = f"month.qbo.{clock.now():%Y-%m}"
    cells.put(name, str(reads), Cell(), clock.now() + timedelta(days=60))
    budgets = KeptBudgets({"qbo": quota(cells, clock)})
    assert budgets.left("qbo", SCOPE) is left
    assert budgets.left("ramp", SCOPE) is Left.PLENTY
    assert budgets.spent_percent() == {"qbo": reads // 10}


def test_another_processs_reads_are_seen_within_a_minute() -> None:
    clock = MovableClock()
    cells = MemoryCells(clock.now)
    mine, other = quota(cells, clock, 100), quota(cells, clock, 100)
    assert mine.spent().reads == 0
    for _ in range(91):
        other.count()
    assert mine.spent().reads == 0
    assert cells.reads == 1
    clock.move(seconds=61)
    assert mine.spent().left is Left.LAST


def test_a_month_begins_anew_at_midnight_utc_and_nothing_is_carried_over() -> None:
    clock = MovableClock()
    clock.instant = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    cells = MemoryCells(clock.now)
    one = quota(cells, clock, 100)
    for _ in range(95):
        one.count()
    assert one.spent().left is Left.LAST
    clock.move(seconds=1)
    assert one.spent().left is Left.PLENTY
    assert one.spent().month == "2026-12"
    one.count()
    assert 1 <= one.spent().reads <= BLOCK_MAX
    assert int(cells.read("month.qbo.2026-11").text) >= 95


class Silent(MemoryCells):
    """A table that does not answer while `silent`."""

    silent = True

    def put(self, *given: Any, **named: Any) -> tuple[bool, Cell]:
        """Compare and set, or not."""
        if self.silent:
            raise StoreUnavailable("no answer")
        return super().put(*given, **named)


def test_a_read_that_worked_is_given_though_it_cannot_be_counted_now() -> None:
    clock = MovableClock()
    cells = Silent(clock.now)
    one = quota(cells, clock)
    for _ in range(12):
        one.count()
    cells.silent = False
    one.count()
    clock.move(minutes=2)
    assert 13 <= one.spent().reads <= 13 + BLOCK_MAX


def test_no_limit_is_no_quota() -> None:
    with pytest.raises(ValueError, match="no monthly limit"):
        quota(MemoryCells(MovableClock().now), MovableClock(), 0)
    assert NoBudgets().left("qbo", SCOPE) is Left.PLENTY
    assert NoBudgets().spent_percent() == {}
