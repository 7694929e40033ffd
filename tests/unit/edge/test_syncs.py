"""Runs of feeds over HTTP: of one client, and the last of each of a firm's."""

from __future__ import annotations

from datetime import datetime

import pytest

from rowcol.domain.scope import Member, Role, Scope
from rowcol.domain.sync_run import FeedKind, NeededBy
from rowcol.edge.syncs import READS
from rowcol.service.environment import Environment
from rowcol.service.onboard import register_firm, register_member
from rowcol.service.ports import RailUnavailable
from rowcol.service.sync.log import KEPT, Asked, Notes, recorded
from rowcol.service.sync.times import SyncTimes, sync_times
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE, Desk

BILLS, LEDGER = Asked("ramp", FeedKind.BILLS, NeededBy.SCHEDULE), "qbo"


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    register_firm(made.store, SCOPE.firm, "Maple Street")
    register_member(made.store, SCOPE.firm, Member("vic", 0, {"*": (Role.VIEWER,)}))
    return made


def ran(desk: Desk, asked: Asked = BILLS, seconds: float = 2.0, news: int = 0) -> datetime:
    began_at = desk.clock.now()

    def work(counted: Environment, notes: Notes) -> None:
        notes.count("open", 3)
        notes.news = news
        desk.clock.pause(seconds)

    recorded(desk.environment, SCOPE, asked, work)
    return began_at


def ask(desk: Desk, route: str = "/clients/{client}/syncs", **query: str) -> Answer:
    web = Web(desk.environment, READS, SCOPE.firm)
    path = {"client": SCOPE.client} if "{client}" in route else {}
    return web.call("GET", route, person="vic", path=path, query=query)


def test_runs_are_shown_the_latest_first_page_by_page(desk: Desk) -> None:
    for number in range(5):
        ran(desk, news=number)
    first = ask(desk, limit="2")
    assert [run["news"] for run in first.body["items"]] == [4, 3]
    run = first.body["items"][0]
    assert (run["rail"], run["feed"], run["why"], run["outcome"]) == (
        "ramp", "bills", "schedule", "read",
    )  # fmt: skip
    second = ask(desk, limit="200", cursor=first.body["next_cursor"])
    assert [run["news"] for run in second.body["items"]] == [2, 1, 0]
    assert second.body["next_cursor"] is None


def test_narrowed_to_a_feed(desk: Desk) -> None:
    for _ in range(3):
        ran(desk)
        ran(desk, Asked(LEDGER, FeedKind.LEDGER, NeededBy.FULL))
    found = ask(desk, feed="ledger_changes", limit="2").body["items"]
    assert [run["feed"] for run in found] == ["ledger_changes"] * 2
    assert ask(desk, feed="nonsense").status == 400


def test_what_is_older_than_its_time_is_gone(desk: Desk) -> None:
    ran(desk)
    desk.clock.pause(KEPT.total_seconds() + 1)
    assert ask(desk).body["items"] == []


def test_a_failed_run_is_kept_and_leaves_the_last_good_reading(desk: Desk) -> None:
    read_at = ran(desk)
    desk.clock.pause(60)

    def fails(counted: Environment, notes: Notes) -> None:
        raise RailUnavailable("ramp", "down")

    with pytest.raises(RailUnavailable):
        recorded(desk.environment, SCOPE, BILLS, fails)
    answer = ask(desk).body
    assert (answer["items"][0]["outcome"], answer["items"][0]["detail"]) == (
        "failed", "RailUnavailable",
    )  # fmt: skip
    assert answer["feeds"]["bills"]["outcome"] == "failed"
    assert datetime.fromisoformat(answer["feeds"]["bills"]["synced_at"]) == read_at
    assert sync_times(desk.books) == SyncTimes(bills=read_at)


def test_a_firm_sees_how_the_feeds_of_its_clients_stand(desk: Desk) -> None:
    assert ask(desk, "/syncs").body["clients"] == [{"client": SCOPE.client, "feeds": {}}]
    ran(desk)
    [shown] = ask(desk, "/syncs").body["clients"]
    assert shown["feeds"]["bills"]["why"] == "schedule"


def test_another_client_has_runs_of_its_own(desk: Desk) -> None:
    ran(desk)
    other = desk.store.books(Scope(SCOPE.firm, "cormorant"))
    assert other.syncs().runs == ()
