"""Runs of feeds: kept beside the log, the latest first, until their time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rowcol.domain.sync_run import NeededBy, SyncOutcome, SyncRun
from tests.conformance.world import BLUEBIRD, CEDAR, World


def run_of(world: World, name: str, seconds: float = 0.0) -> SyncRun:
    """A run that began so many seconds from now."""
    at = world.clock.now() + timedelta(seconds=seconds)
    return SyncRun(
        f"sync_{name}-{world.token}",
        "plaid",
        "bank_lines",
        NeededBy.WEBHOOK,
        SyncOutcome.READ,
        at,
        at + timedelta(seconds=1),
        3,
        {"added": 3},
        {"plaid:transactions/sync": 1},
        "c-1",
        "c-2",
        subject="item-1",
    )


class SyncRuns:
    """What is noted is listed."""

    def test_runs_come_back_whole_the_latest_first(self, world: World) -> None:
        books, until = world.books(), world.clock.now() + timedelta(days=90)
        runs = [run_of(world, str(number), number) for number in range(5)]
        for run in (runs[2], runs[0], runs[4], runs[1], runs[3]):
            books.note_sync(run, until)
        first = books.syncs(limit=2)
        assert first.runs == (runs[4], runs[3])
        second = books.syncs(first.next_key, 3)
        assert (second.runs, second.next_key) == ((runs[2], runs[1], runs[0]), None)

    def test_the_same_run_again_is_one_run_and_other_books_have_their_own(
        self, world: World
    ) -> None:
        until, run = world.clock.now() + timedelta(days=90), run_of(world, "once")
        for _ in range(2):
            world.books(BLUEBIRD).note_sync(run, until)
        world.books(BLUEBIRD).note_sync(replace(run, id=f"sync_b-{world.token}"), until)
        assert len(world.books(BLUEBIRD).syncs().runs) == 2
        assert world.books(CEDAR).syncs().runs == ()

    def test_a_run_whose_time_is_over_is_not_listed(self, world: World) -> None:
        books = world.books()
        books.note_sync(run_of(world, "old"), world.clock.now() - timedelta(seconds=2))
        books.note_sync(run_of(world, "new", 1), world.clock.now() + timedelta(days=1))
        assert [run.id for run in books.syncs().runs] == [f"sync_new-{world.token}"]

    def test_what_no_cursor_is_gives_no_other_rows(self, world: World) -> None:
        books = world.books()
        books.note_sync(run_of(world, "a"), world.clock.now() + timedelta(days=1))
        assert books.syncs("0").runs == ()
        assert len(books.syncs("\ud800" * 3000).runs) <= 1
