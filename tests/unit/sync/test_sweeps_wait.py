"""A hundred clients swept at once by a rail that is faster than its limit: everybody gets through.

The real machine, the real gate, virtual time. Prints how long it took.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from local.memory_cells import MemoryCells
from local.simulation.boundary import Boundary
from local.simulation.clock import CountingIds
from local.simulation.inbox import BoundaryInbox
from local.walker.execution import Execution
from local.walker.runs import Platform, Status
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import NeededBy, SyncOutcome, SyncRun
from rowcol.edge import schedules
from rowcol.rails.http import Call, RailHttp, make_client
from rowcol.rails.ramp import client as ramp_client
from rowcol.service import reconcile
from rowcol.service.environment import Environment
from rowcol.service.ports import RailThrottled, Surroundings
from rowcol.service.reconciliation import Depth, Turn
from rowcol.service.sweep_turn import WAITS_MAX, SoFar, Waiting, take_turn
from rowcol.wiring_budgets import BudgetsOfRails
from tests.support.desk import SCOPE, Desk
from tests.unit.sync.test_reconciliation_runs import MACHINE, START, Floor

CALLS_A_SWEEP, CALLS_MAX, WINDOW = 6, 200, timedelta(seconds=10)
PARTS = ("sync_ledger", "sync_bank", "match_cash")
Sweep = Callable[[Environment, Scope, NeededBy], int]


class FastRamp:
    """Answers at once, to five processes that share its limit; says no beyond 200 in 10 s."""

    def __init__(self, desk: Desk) -> None:
        self.clock, chance = desk.clock, random.Random(5)  # noqa: S311  # seeded
        around = Surroundings(desk.clock, CountingIds(), chance, desk.clock.pause)
        cells = MemoryCells(desk.clock.now)
        client = make_client(httpx.MockTransport(self._answer))
        site = ramp_client.site("https://api.ramp.com")
        self._processes = [
            RailHttp(site, client, around, BudgetsOfRails(cells, around, {}).ramp) for _ in range(5)
        ]
        self._chance = chance
        self._calls: list[datetime] = []
        self.refused = 0
        self.swept: Counter[str] = Counter()

    def sweep(self, _environment: Environment, scope: Scope, _why: NeededBy) -> int:
        """What `sweep_rail` costs a client with one page of everything."""
        process = self._chance.choice(self._processes)
        for _ in range(CALLS_A_SWEEP):
            process.read(Call("GET", "/developer/v1/bills"))
        self.swept[scope.client] += 1
        return 1

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        now = self.clock.now()
        self._calls = [at for at in self._calls if at > now - WINDOW] + [now]
        if len(self._calls) > CALLS_MAX:
            self.refused += 1
            return httpx.Response(429)
        return httpx.Response(200, json={})


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sweep], None]:
    """Every part but Ramp's finds nothing; Ramp's is the one given."""

    def only(sweep: Sweep) -> None:
        for name in (*PARTS, "mark_runway", "drive_overdue", "refresh_reference", "hygiene_round"):
            monkeypatch.setattr(reconcile, name, lambda *_: 0)
        monkeypatch.setattr(reconcile, "refresh_balance", lambda *_: "")
        monkeypatch.setattr(reconcile, "look_at_subscription", lambda *_: None)
        monkeypatch.setattr(reconcile, "sweep_rail", sweep)

    return only


@pytest.mark.parametrize("depth", ["light", "full"])
def test_a_hundred_clients_at_once_get_through_in_one_run(
    monkeypatch: pytest.MonkeyPatch, quiet: Callable[[Sweep], None], depth: str
) -> None:
    floor = Floor(monkeypatch, 99)
    monkeypatch.undo()  # the real sweep, of which only the rails' reads are played
    ramp, waits = FastRamp(floor.desk), list[int]()
    quiet(ramp.sweep)

    def function(payload: dict[str, Any]) -> dict[str, object]:
        inbox = BoundaryInbox(Boundary())
        answer = schedules.reconciliation_step(
            floor.environment, inbox, lambda row: pytest.fail(str(row)), payload
        )
        if seconds := answer.get("seconds"):
            waits.append(int(str(seconds)))
        return answer

    chance = random.Random(7)  # noqa: S311  # seeded
    platform = Platform({"Reconciliation": function}, floor.desk.clock.now, chance)
    execution = Execution(MACHINE, "tick", {"depth": depth}, platform)
    began_at = floor.desk.clock.now()
    while execution.run(200_000) is Status.RUNNING:
        floor.desk.clock.pause(0.5)
    took = floor.desk.clock.now() - began_at
    sys.stdout.write(f"100 clients, {depth}: {took} with {len(waits)} waits, {ramp.refused} 429\n")
    assert execution.status is Status.SUCCEEDED
    assert ramp.refused == 0
    assert (len(ramp.swept), set(ramp.swept.values())) == (100, {1})
    rows = [run for name in ("maple", "maple-2") for run in _turns(floor.desk, name)]
    assert len(rows) == 100
    assert {row.outcome for row in rows} == {SyncOutcome.READ}
    assert took < timedelta(minutes=5)


def test_only_what_was_told_to_wait_is_read_again_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, quiet: Callable[[Sweep], None]
) -> None:
    desk, read = Desk(START), Counter[str]()

    def busy(*_: object) -> int:
        read["ramp"] += 1
        raise RailThrottled("ramp", "the rate budget is used up", 4.2)

    def counted(part: str) -> Callable[..., int]:
        def run(*_: object) -> int:
            read[part] += 1
            return 0

        return run

    quiet(busy)
    for name in PARTS:
        monkeypatch.setattr(reconcile, name, counted(name))
    turn, so_far = Turn(SCOPE, Depth.FULL, "full-1"), SoFar()
    for waits in range(1, WAITS_MAX + 1):
        told = take_turn(desk.environment, turn, so_far=so_far)
        assert isinstance(told, Waiting)
        assert (told.seconds, told.so_far.waits, told.so_far.parts) == (5, waits, ("ramp",))
        assert not [run for run in desk.books.syncs().runs if run.feed == "reconciliation"]
        so_far = told.so_far
        desk.clock.pause(told.seconds)
    ended = take_turn(desk.environment, turn, so_far=so_far)
    assert isinstance(ended, SyncRun)
    assert (ended.outcome, ended.detail) == (SyncOutcome.FAILED, "ramp:RailThrottled")
    assert ended.began_at == START
    assert read == {"ramp": WAITS_MAX + 1, **dict.fromkeys(PARTS, 1)}
    assert take_turn(desk.environment, turn, so_far=so_far) is None


def test_who_does_not_wait_is_told_at_once(quiet: Callable[[Sweep], None]) -> None:
    def busy(*_: object) -> int:
        raise RailThrottled("ramp", "the rate budget is used up", 4.2)

    quiet(busy)
    found = take_turn(Desk(START).environment, Turn(SCOPE, Depth.LIGHT, "light-1"))
    assert isinstance(found, SyncRun)
    assert found.detail == "ramp:RailThrottled"


def _turns(desk: Desk, firm: str) -> list[SyncRun]:
    rows = desk.store.books(Scope(firm)).syncs(limit=200).runs
    return [row for row in rows if row.feed == "reconciliation"]
