"""Runs over all clients, through the real machine: pages, failures, deaths, and what is kept."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.simulation.boundary import Boundary
from local.simulation.inbox import BoundaryInbox
from local.walker.definition import load
from local.walker.errors import StateFailed
from local.walker.execution import Execution
from local.walker.runs import Platform, Status
from rowcol.domain.client import Client
from rowcol.domain.scope import Member, Role, Scope
from rowcol.domain.sync_run import SyncOutcome
from rowcol.edge import reconciliation as routes
from rowcol.edge import schedules
from rowcol.service import reconcile, sweep_turn
from rowcol.service.environment import Environment
from rowcol.service.onboard import register_firm, register_member
from rowcol.service.reconcile import Part
from rowcol.service.reconciliation import (
    CLIENTS_PER_EXECUTION,
    Depth,
    Turn,
    due_turn,
)
from rowcol.service.store import Commit, StoreUnavailable
from rowcol.service.sweep_turn import WAITS_MAX, take_turn
from tests.support.api import Web
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import client as client_of

MACHINE = load(
    Path(__file__).parents[3] / "statemachines" / "reconciliation.asl.json",
    {"ReconciliationFunctionArn": "Reconciliation"},
)
STATE_BYTES_MAX = 256 * 1024
# Noon in New York: the night's full sweep is long due.
START = datetime(2026, 11, 20, 17, 1, tzinfo=UTC)
Swept = Callable[..., tuple[Part, ...]]


class Floor:
    """Many clients, the machine, and a sweep of which tests say what it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, clients: int) -> None:
        self.desk = Desk(START)
        books = self.desk.store.books
        names = [f"client-{number:04d}" for number in range(clients)]
        for place, name in enumerate(names):
            scope = Scope("maple" if place % 2 else "maple-2", name)
            kept = client_of(id=name, version=0)
            books(scope).commit(Commit(scope, books(scope).head("USD"), (kept,), ()))
        self.environment = self.desk.environment
        self.swept: Counter[tuple[str, bool]] = Counter()
        self.at_work = self.at_work_max = self.bytes_max = 0
        self.misbehave: Callable[[str], None] = lambda _client: None
        monkeypatch.setattr(sweep_turn, "reconcile_client", self._sweep)

    def _sweep(
        self, environment: Environment, scope: Scope, *, full: bool, **_: object
    ) -> tuple[Part, ...]:
        self.misbehave(scope.client)
        self.swept[scope.client, full] += 1
        self.desk.clock.pause(0.1)
        return (Part("ramp", 1), Part("qbo", 0))

    def tick(self, depth: str = "due", steps_max: int = 200_000) -> Execution:
        """One execution, until it ends."""

        def function(payload: dict[str, Any]) -> dict[str, object]:
            inbox = BoundaryInbox(Boundary())
            return schedules.reconciliation_step(
                self.environment, inbox, lambda row: pytest.fail(str(row)), payload
            )

        def measured(payload: dict[str, Any]) -> dict[str, object]:
            answer = function(payload)
            self.bytes_max = max(self.bytes_max, len(json.dumps(answer)))
            return answer

        chance = random.Random(7)  # noqa: S311  # seeded
        platform = Platform({"Reconciliation": measured}, self.desk.clock.now, chance, 0.0)
        execution = Execution(MACHINE, "tick", {"depth": depth}, platform)
        execution.run(steps_max)
        self.bytes_max = max(self.bytes_max, len(json.dumps(execution.output or {})))
        return execution

    def later(self, **passed: float) -> None:
        """Time goes by."""
        self.desk.clock.pause(timedelta(**passed).total_seconds())


def test_everybody_is_swept_once_in_a_run_page_by_page_and_the_state_stays_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor(monkeypatch, 503)
    assert floor.tick().status is Status.SUCCEEDED
    assert len(floor.swept) == 504  # with the one of the desk
    assert set(floor.swept.values()) == {1}
    assert floor.bytes_max < STATE_BYTES_MAX // 4
    floor.tick()  # ten minutes later: nobody is due
    assert set(floor.swept.values()) == {1}


def test_an_execution_ends_before_its_history_is_full_and_the_next_tick_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedules, "CLIENTS_PER_EXECUTION", 200)
    floor = Floor(monkeypatch, 449)
    for expected in (200, 400, 450, 450):
        assert floor.tick().status is Status.SUCCEEDED
        assert len(floor.swept) == expected
    assert set(floor.swept.values()) == {1}
    assert CLIENTS_PER_EXECUTION * (11 + 9 * WAITS_MAX) < 25_000


def test_a_failing_client_stops_no_other_is_told_and_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor(monkeypatch, 9)

    def odd(client: str) -> None:
        if client == "client-0004":
            raise StoreUnavailable("records")
        if client == "client-0006":
            raise StateFailed("Lambda.Unknown", "the process died")

    floor.misbehave = odd
    assert floor.tick().status is Status.SUCCEEDED
    assert len(floor.swept) == 8
    rows = floor.desk.store.books(Scope("maple-2")).syncs().runs
    told = [row for row in rows if row.subject == "client-0004"]
    assert told
    assert {row.detail for row in told} == {"client:StoreUnavailable"}
    assert {row.outcome for row in told} == {SyncOutcome.FAILED}
    floor.misbehave = lambda _client: None
    floor.later(minutes=10)
    floor.tick()
    assert set(floor.swept.values()) == {1}
    assert len(floor.swept) == 10


def test_a_defect_in_one_part_stops_no_other_is_told_and_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One bill of Ramp's that cannot be digested must not keep QuickBooks and the bank unread."""
    desk, read = Desk(START), list[str]()
    for name in ("sync_ledger", "sync_bank", "match_cash"):

        def part(*_: object, name: str = name) -> int:
            read.append(name)
            return 1

        monkeypatch.setattr(reconcile, name, part)

    def odd(*_: object) -> int:
        raise LookupError("a bill of another shape")

    monkeypatch.setattr(reconcile, "sweep_rail", odd)
    turn = Turn(SCOPE, Depth.LIGHT, "light-1")
    with pytest.raises(LookupError):
        take_turn(desk.environment, turn)
    assert read == ["sync_ledger", "sync_bank", "match_cash"]
    (row,) = (row for row in desk.books.syncs().runs if row.feed == "reconciliation")
    assert row.outcome is SyncOutcome.FAILED
    assert row.detail is not None
    assert "ramp:LookupError" in row.detail
    # It counts as not done: the next tick takes the client again.
    monkeypatch.setattr(reconcile, "sweep_rail", lambda *_: 0)
    assert take_turn(desk.environment, turn) is not None
    assert take_turn(desk.environment, turn) is None


def test_a_run_that_died_half_way_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = Floor(monkeypatch, 19)
    with pytest.raises(RuntimeError):
        floor.tick(steps_max=12)  # and nobody ever drives this execution again
    done = len(floor.swept)
    assert 0 < done < 20
    floor.later(minutes=10)
    floor.tick()
    assert len(floor.swept) == 20
    assert set(floor.swept.values()) == {1}


def test_full_at_night_light_every_half_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = Floor(monkeypatch, 0)
    turns: list[str] = []
    at = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)  # half past two in New York
    floor.later(seconds=(at - floor.desk.clock.now()).total_seconds())
    for _ in range(12):
        before = floor.swept.copy()
        floor.tick()
        new = floor.swept - before
        turns.append("".join("F" if full else "l" for _, full in new) or "-")
        floor.later(minutes=10)
    assert "".join(turns) == "F--F--l--l--"
    # A night whose sweep was missed is made up for.
    floor.later(days=1)
    floor.tick()
    assert floor.swept["bluebird", True] == 3


def test_a_sweep_by_name_takes_everybody_and_the_same_name_nobody_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor(monkeypatch, 5)
    floor.tick()
    floor.later(minutes=1)
    floor.tick("full")
    assert set(floor.swept.values()) == {2}


def test_due_is_reckoned_from_what_was_done() -> None:
    turn = due_turn(SCOPE, None, START)
    assert turn is not None
    assert (turn.depth, turn.run) == (Depth.FULL, "full-20261120T0800")


def test_runs_are_read_over_the_api_and_one_client_is_swept_by_an_admin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor(monkeypatch, 4)
    desk, started = floor.desk, list[tuple[Scope, str, str]]()
    register_firm(desk.store, SCOPE.firm, "Maple Street")
    register_member(desk.store, SCOPE.firm, Member("ada", 0, {"*": (Role.FIRM_ADMIN,)}))
    register_member(desk.store, SCOPE.firm, Member("vic", 0, {"bluebird": (Role.VIEWER,)}))
    environment: Any = desk.environment

    def sweeping(scope: Scope, depth: str, run: str) -> None:
        started.append((scope, depth, run))

    web = Web(replace(environment, sweeping=sweeping), routes.OPERATIONS, SCOPE.firm)
    floor.tick()
    shown = web.call("GET", "/reconciliation/runs", person="ada").body["items"]
    assert [(one["run"], one["clients"], one["news"]) for one in shown] == [
        ("full-20261120T0800", 3, 3)
    ]
    own = web.call("GET", "/reconciliation/turns", person="vic").body["items"]
    assert [one["subject"] for one in own] == ["bluebird"]
    path = {"client": "bluebird"}
    where, key = "/clients/{client}/reconciliation", "sweep-bluebird-1"
    asked = web.call("POST", where, {"depth": "full"}, person="ada", path=path, key=key)
    again = web.call("POST", where, {"depth": "full"}, person="ada", path=path, key=key)
    assert (asked.status, asked.body) == (202, again.body)
    assert set(started) == {(SCOPE, "full", asked.body["run"])}
    assert web.call("POST", where, {}, person="vic", path=path).status == 403
    assert web.call("POST", where, {}, person="ada", path={"client": "nobody"}).status == 404
    event = {"step": "sweep", "firm": "maple", "client": "bluebird", "depth": "full"}
    given = {**event, "run": asked.body["run"], "asked": True}
    inbox = BoundaryInbox(Boundary())
    for _ in range(2):  # Lambda may deliver an event twice
        schedules.reconciliation_step(
            floor.environment, inbox, lambda row: pytest.fail(str(row)), given
        )
    told = web.call(
        "GET", "/reconciliation/turns", person="ada", query={"run": asked.body["run"]}
    ).body["items"]
    assert [(one["subject"], one["why"]) for one in told] == [("bluebird", "person")]
    assert desk.books.get(Client, "bluebird") is not None
