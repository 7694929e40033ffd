"""Budgets as calls meet them: gates of each rail, seats given back, refusals told to everybody."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from local.memory_cells import MemoryCells
from rowcol.rails.http import Call, CommandUncertain, Patience, RailHttp, Site, make_client
from rowcol.rails.plaid.client import PlaidApp, PlaidClient, owner_of
from rowcol.service.ports import RailThrottled, RailUnavailable, Surroundings
from rowcol.service.store import StoreUnavailable
from rowcol.wiring_budgets import BudgetsOfRails
from tests.support.rails.scripted import NOW, NumberedIds, Reply, Script, answer

QBO_URL = "https://quickbooks.api.intuit.com"
SITE = Site("test", "https://rail.example", Patience(read_attempts_max=3), "x-trace")
READ = Call("GET", "/v3/company/123/bill/1")
OK = {"ok": True}


@dataclass
class Clock:
    """Time that pauses move."""

    instant: datetime = NOW
    paused: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.instant

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.instant += timedelta(seconds=seconds)


@dataclass
class Desk:
    """Processes over one store of shared values."""

    clock: Clock = field(default_factory=Clock)
    waited: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=lambda: {"QBO_BASE_URL": QBO_URL})
    cells: MemoryCells = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        self.cells = MemoryCells(self.clock.now)

    def surroundings(self) -> Surroundings:
        self.made += 1
        chance = random.Random(self.made)  # noqa: S311 - a seeded run
        return Surroundings(self.clock, NumberedIds(), chance, self.clock.pause)

    def process(self) -> BudgetsOfRails:
        around = self.surroundings()
        told = lambda name, _wait: self.waited.append(name)  # noqa: E731 - short
        return BudgetsOfRails(self.cells, around, self.environment, told)

    def http(self, script: Script, budget: Any) -> RailHttp:
        return RailHttp(SITE, make_client(script.transport()), self.surroundings(), budget)


def taken(budget: Any, kind: str, owner: str = "", most: int = 1000) -> int:
    """How many calls a budget gives in this instant."""
    for number in range(most):
        if budget.take(kind, owner) > 0:
            return number
        budget.ended(kind, owner, 200)
    return most


def test_all_processes_share_what_ramp_takes() -> None:
    desk = Desk()
    counts = [taken(desk.process().ramp, "bills") for _ in range(5)]
    assert sum(counts) == 150
    assert set(desk.waited) == {"ramp"}
    desk.clock.pause(30)
    assert taken(desk.process().ramp, "bills") == 150


def test_a_company_takes_ten_a_second_and_does_not_meet_another() -> None:
    desk = Desk()
    assert taken(desk.process().qbo("1"), "query") + taken(desk.process().qbo("1"), "query") == 10
    assert taken(desk.process().qbo("2"), "query") == 10


def test_at_most_ten_calls_of_a_company_are_in_flight() -> None:
    desk, flying = Desk(), []
    for _ in range(30):
        budget = desk.process().qbo("1")
        for _attempt in range(5):
            if budget.take("query", "") == 0:
                flying.append(budget)
                break
            desk.clock.pause(0.3)
    assert len(flying) == 10
    late = desk.process().qbo("1")
    assert late.take("query", "") > 0
    flying[-1].ended("query", "", 200)
    desk.clock.pause(1.5)
    assert late.take("query", "") == 0


def test_dead_processes_free_their_seats() -> None:
    desk = Desk()
    for _ in range(30):
        desk.process().qbo("1").take("query", "")
        desk.clock.pause(0.3)
    desk.clock.pause(95)
    assert desk.process().qbo("1").take("query", "") == 0


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), httpx.ConnectError("no")])
def test_a_call_without_an_answer_gives_its_seat_back(trouble: Exception) -> None:
    desk = Desk()
    holders = [desk.process().qbo("1") for _ in range(9)]
    for holder in holders:
        while holder.take("query", "") > 0:
            desk.clock.pause(0.3)
    http = desk.http(Script([trouble], endless=True), desk.process().qbo("1"))
    for _ in range(4):
        with pytest.raises((CommandUncertain, RailUnavailable)):
            http.command(READ)
        desk.clock.pause(1.5)


@pytest.mark.parametrize(
    ("kind", "item", "client"),
    [
        ("accounts/get", 15, 15_000),
        ("accounts/balance/get", 5, 1_200),
        ("transactions/sync", 50, 2_500),
        ("item/get", 15, 5_000),
        ("item/remove", 30, 2_000),
    ],
)
def test_plaids_limits_are_per_item_and_per_client(kind: str, item: int, client: int) -> None:
    desk = Desk()
    both = desk.process().plaid, desk.process().plaid
    assert sum(taken(budget, kind, "item-1") for budget in both) == item
    total = item
    for number in range(2, client // item + 50):
        got = taken(both[number % 2], kind, f"item-{number}")
        total += got
        if got == 0:
            break
    # A block that another process holds is lost to this one for a minute.
    assert client - 80 <= total <= client


def test_calls_without_a_limit_are_not_counted_at_plaid() -> None:
    desk = Desk()
    assert taken(desk.process().plaid, "link/token/create", "none") == 1000
    assert desk.cells.writes == 0


def test_an_item_is_counted_by_a_name_that_is_not_its_token() -> None:
    script = Script([answer(400, {})], endless=True)
    desk = Desk()
    plaid = PlaidClient(desk.http(script, desk.process().plaid), PlaidApp("id", "secret"))
    with pytest.raises(Exception, match="odd"):
        plaid.item_get("access-production-1")
    kept = repr(vars(desk.cells))
    assert owner_of("access-production-1") in kept
    assert "access-production" not in kept


def test_a_429_stops_every_process_and_halves_the_pace() -> None:
    desk = Desk()
    first, second = desk.process().ramp, desk.process().ramp
    script = Script([answer(429, {}, {"Retry-After": "7"})])
    with pytest.raises(RailThrottled) as slow:
        desk.http(script, first).command(READ)
    assert 7 <= slow.value.retry_after_seconds <= 8
    assert second.take("bills", "") > 6
    desk.clock.pause(11)
    assert 75 <= taken(second, "bills") + taken(first, "bills") <= 85
    desk.clock.pause(200)
    assert taken(second, "bills") == 150


def test_only_reads_that_worked_are_counted_by_the_month() -> None:
    desk = Desk()
    process = desk.process()
    replies: list[Reply] = [
        answer(200, OK),  # counted
        answer(400, OK),
        answer(429, OK, {"Retry-After": "1"}),
        answer(200, OK),  # counted
        answer(503, OK),
        answer(200, OK),  # counted
    ]
    http = desk.http(Script(replies), process.qbo("1"))
    http.command(READ)
    http.command(READ)
    http.read(READ)
    http.read(READ)
    for _ in range(5):
        desk.http(Script([answer(200, OK)]), process.qbo("1")).command(
            Call("POST", "/v3/company/123/attachable")
        )
        desk.clock.pause(1)
    name = f"month.qbo.{NOW:%Y-%m}"
    assert int(desk.cells.read(name).text) == 3


def test_the_sandbox_is_never_counted() -> None:
    desk = Desk(environment={"QBO_BASE_URL": "https://sandbox-quickbooks.api.intuit.com"})
    desk.http(Script([answer(200, OK)]), desk.process().qbo("1")).command(READ)
    assert desk.cells.read(f"month.qbo.{NOW:%Y-%m}").text == ""


def test_a_store_that_does_not_answer_lets_nobody_through_and_says_when() -> None:
    class Silent(MemoryCells):
        def put(self, *_given: Any, **_named: Any) -> Any:
            raise StoreUnavailable("no answer")

    desk = Desk()
    desk.cells = Silent(desk.clock.now)
    wait = desk.process().ramp.take("bills", "")
    assert 0.2 <= wait <= 1.5
    script = Script([answer(200, OK)], endless=True)
    with pytest.raises(RailThrottled):
        desk.http(script, desk.process().qbo("1")).command(READ)
    assert not script.requests


def test_a_block_is_one_write() -> None:
    desk = Desk()
    budget = desk.process().ramp
    for _ in range(200):
        assert budget.take("bills", "") == 0
        budget.ended("bills", "", 200)
        desk.clock.pause(0.2)
    assert desk.cells.writes <= 30
