"""A pass of the bank's feed is there with its cursor or not at all, wherever a process dies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.simulation.boundary import Boundary, Crash
from rowcol.domain.facts import BankLine
from rowcol.domain.link import BankRows, Feed, StoredLine
from rowcol.domain.sync_run import NeededBy, SyncOutcome
from rowcol.service.listing import every_id
from rowcol.service.ports import ConnectionBroken, RailUnavailable
from rowcol.service.sync import bank, bank_pass
from rowcol.service.sync.bank import sync_bank
from rowcol.service.sync.bank_pass import LEASE, FeedBusy, feed_id, lease
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import bank_line, usd
from tests.support.scripted_bank import CursorBank

ITEM = "item-1"


class BankDesk(Desk):
    """Bluebird with one bank item whose feed a test scripts."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**({"bank_item_ids": (ITEM,)} | settings))
        self.bank = CursorBank(self.clock)
        rails: Any = self.bank
        self.environment = replace(self.environment, rails=rails)

    def shows(self, *names: str, **changes: Any) -> None:
        """The bank shows these lines from now on."""
        for name in names:
            self.bank.lines[name] = line(name, **changes)

    def sync(self, why: NeededBy = NeededBy.FULL) -> int:
        """One run."""
        return sync_bank(self.environment, SCOPE, why)

    @property
    def stored(self) -> dict[str, BankLine]:
        """What is listed here, by the bank's id."""
        ids = every_id(self.books, StoredLine, "")
        found = self.books.get_many(StoredLine, ids).values()
        return {one.line.line_id: one.line for one in found}

    @property
    def feed(self) -> Feed:
        """Where the feed stands."""
        found = self.books.get(Feed, feed_id(ITEM))
        assert found is not None
        return found


def line(name: str, **changes: Any) -> BankLine:
    return bank_line(line_id=name, amount=usd("12.50"), text=name, **changes)


@pytest.fixture
def desk() -> BankDesk:
    return BankDesk()


@pytest.fixture(params=[200, 2], ids=["one item", "many items"])
def rows_per_item(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(bank_pass, "LINES_PER_ITEM", count)
    monkeypatch.setattr(bank_pass, "IDS_PER_ITEM", count)
    return count


def changes_of_a_day(desk: BankDesk) -> None:
    """Seven new lines, one that changed, one that was withdrawn."""
    desk.shows("kept", "withdrawn", "changed")
    desk.sync()
    del desk.bank.lines["withdrawn"]
    desk.shows("changed", posted_on=line("x").posted_on + timedelta(days=1))
    desk.shows(*(f"new-{number}" for number in range(7)))


def test_every_call_may_be_the_last_of_its_process(rows_per_item: int) -> None:
    number = 0
    while True:
        number += 1
        desk = BankDesk()
        changes_of_a_day(desk)
        boundary = Boundary()
        boundary.crash_at = number
        desk.store.on_call = boundary
        try:
            desk.sync()
        except Crash as crash:
            told = f"{number} {crash}"
        else:
            break
        desk.store.on_call = lambda _call: None
        # Between the two looks the bank withdraws a line that the first look may have seen: if it
        # was not committed, no later answer will ever mention it.
        del desk.bank.lines["new-3"]
        desk.clock.pause(LEASE.total_seconds() + 1)
        desk.sync()
        assert desk.stored == desk.bank.lines, told
        assert not desk.feed.has_rows, told
        assert desk.feed.leased_until is None, told
    assert number > (25 if rows_per_item == 200 else 40)


def test_a_run_that_dies_before_matching_is_matched_by_the_next(
    desk: BankDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    matched: list[object] = []
    monkeypatch.setattr(bank, "match_cash", lambda *given: matched.append(given))
    desk.shows("a", "b")

    def dies_when_the_rows_are_stored(call: str) -> None:
        if call == "note:before":
            raise Crash(call)

    desk.store.on_call = dies_when_the_rows_are_stored
    with pytest.raises(Crash):
        desk.sync()
    assert (len(desk.stored), matched) == (2, [])
    desk.store.on_call = lambda _call: None
    desk.clock.pause(LEASE.total_seconds())
    assert desk.sync() == 0
    assert len(matched) == 1
    desk.sync()
    assert len(matched) == 1


def test_a_pass_is_stored_whatever_its_size(desk: BankDesk, rows_per_item: int) -> None:
    desk.shows(*(f"line-{number:04d}" for number in range(450)))
    assert desk.sync() == 450
    assert desk.stored == desk.bank.lines
    desk.bank.lines = dict(list(desk.bank.lines.items())[:20])
    assert desk.sync() == 430
    assert desk.stored == desk.bank.lines
    assert desk.sync() == 0


def test_pending_becomes_posted(desk: BankDesk) -> None:
    desk.shows("pending", pending=True)
    desk.sync()
    del desk.bank.lines["pending"]
    desk.shows("posted", replaces_line_id="pending")
    assert desk.sync() == 2
    assert list(desk.stored) == ["posted"]


def test_a_line_that_came_and_went_and_one_nobody_knows(desk: BankDesk) -> None:
    desk.shows("a")
    desk.sync()
    known = desk.bank.shown[-1]
    known["never-stored"] = line("never-stored")
    del desk.bank.lines["a"]
    assert desk.sync() == 1
    assert desk.stored == {}
    desk.shows("a")
    assert desk.sync() == 1
    assert list(desk.stored) == ["a"]


def test_one_loop_per_item(desk: BankDesk) -> None:
    desk.shows("a")
    assert lease(desk.books, ITEM, desk.clock.now()) is not None
    assert lease(desk.books, ITEM, desk.clock.now()) is None
    assert desk.sync() == 0
    with pytest.raises(FeedBusy):
        desk.sync(NeededBy.WEBHOOK)
    assert desk.bank.calls == 0
    runs = desk.books.syncs().runs
    assert [run.outcome for run in runs] == [SyncOutcome.FAILED, SyncOutcome.BUSY]
    desk.clock.pause(LEASE.total_seconds())
    assert desk.sync() == 1


def test_who_lost_the_lease_does_not_commit_over_the_other(desk: BankDesk) -> None:
    desk.shows("a")
    slow = lease(desk.books, ITEM, desk.clock.now())
    assert slow is not None
    stale = desk.bank.counting(_Nobody()).changes(ITEM, None)
    desk.clock.pause(LEASE.total_seconds())
    del desk.bank.lines["a"]
    desk.shows("b")
    assert desk.sync() == 1
    with pytest.raises(bank_pass.PassLost):
        bank_pass.commit_pass(desk.books, slow, stale)
    assert list(desk.stored) == ["b"]


def test_an_older_pass_never_overwrites_a_newer_one(desk: BankDesk) -> None:
    desk.shows("a")
    desk.sync()
    old = replace(desk.feed, rows=BankRows((line("a"),)), generation=1)
    desk.shows("a", posted_on=line("a").posted_on + timedelta(days=1))
    desk.sync()
    assert bank_pass.store_rows(desk.books, old) == 0
    assert desk.stored == desk.bank.lines


def test_not_ready_stores_nothing_and_waits(desk: BankDesk) -> None:
    desk.bank.ready = False
    assert desk.sync() == 0
    assert (desk.feed.cursor, desk.feed.read_through) == (None, None)
    assert desk.books.syncs().runs[0].outcome is SyncOutcome.NOT_READY
    desk.bank.ready = True
    desk.shows("a")
    assert desk.sync(NeededBy.WEBHOOK) == 1


@pytest.mark.parametrize(
    "error", [RailUnavailable("plaid", "down"), ConnectionBroken("plaid", "login", "ITEM_LOGIN")]
)
def test_a_failed_run_gives_the_item_back_and_starts_from_the_same_cursor(
    desk: BankDesk, error: Any
) -> None:
    desk.shows("a")
    desk.sync()
    desk.shows("b")
    desk.bank.fails_with = error
    before = desk.feed
    with pytest.raises(type(error)):
        desk.sync()
    assert desk.feed == replace(before, version=desk.feed.version)
    desk.bank.fails_with = None
    assert desk.sync() == 1


class _Nobody:
    def spent(self, rail: str, kind: str) -> None:
        """Not counted."""
