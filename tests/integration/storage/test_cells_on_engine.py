"""Shared values and a shared limit on the engine's DynamoDB, in threads that start at once."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from rowcol.domain.rate_gate import GateRule, Window
from rowcol.rails.shared_gate import SharedGate
from rowcol.service.ports import Surroundings
from rowcol.service.rail_budget_ports import Cells
from rowcol.storage.cells import DynamoCells
from tests.conformance.cells import CellsRaces, CellsSuite
from tests.conformance.races import together
from tests.conformance.world import MovableClock
from tests.support.rails.scripted import NumberedIds
from tests.support.storage.tables import create_tables

PROCESSES, SECONDS = 8, 4.0
RULE = GateRule((Window(1000, 20),), block_max=4, skew=20, seats=3, call_max=2000)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


class TestEngine(CellsSuite, CellsRaces):
    @pytest.fixture
    def cells(self, dynamodb: Any, clock: MovableClock) -> Cells:
        return DynamoCells(create_tables(dynamodb).idempotency, lambda: dynamodb, clock.now)


class RealClock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def test_processes_that_share_a_limit_stay_below_it_together(dynamodb: Any) -> None:
    clock, table = RealClock(), create_tables(dynamodb).idempotency
    began: list[float] = []
    flying: list[tuple[float, int]] = []

    def process(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - printed by the test's name
        around = Surroundings(clock, NumberedIds(), chance, time.sleep)
        cells = DynamoCells(table, lambda: dynamodb, clock.now)
        gate = SharedGate("trial", RULE, cells, around)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            wait = gate.take()
            if wait:
                time.sleep(min(wait / 1000, 0.2))
                continue
            began.append(time.monotonic())
            flying.append((time.monotonic(), 1))
            time.sleep(chance.uniform(0.0, 0.05))
            flying.append((time.monotonic(), -1))
            gate.ended()

    assert together(process, PROCESSES) == [None] * PROCESSES
    times = sorted(began)
    most = max(sum(1 for at in times if first <= at < first + 1.0) for first in times)
    assert most <= RULE.windows[0].calls_max, most
    assert len(times) > RULE.windows[0].calls_max * SECONDS / 4, len(times)
    now, crowd = 0, 0
    for _, change in sorted(flying):
        now += change
        crowd = max(crowd, now)
    assert crowd <= RULE.seats, crowd
