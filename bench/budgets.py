"""What the shared limits of the rails cost: calls to the table for each 1,000 calls to a rail."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench import prices
from bench.result import Figure, Section, under
from local.memory_cells import MemoryCells
from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.rails.budget import Budget
from rowcol.service.ports import Surroundings
from rowcol.wiring_budgets import BudgetsOfRails

CALLS = 1000
CALL_SECONDS = 0.3
# One write for each call was what nobody wanted to pay.
WRITES_BAR = 1000.0


@dataclass(frozen=True, slots=True)
class Load:
    """So many processes that call one after the other, each waiting so long in between."""

    name: str
    processes: int
    idle_seconds: float
    of: Callable[[BudgetsOfRails], Budget]
    kind: str
    bar: float | None = None


def _ramp(budgets: BudgetsOfRails) -> Budget:
    return budgets.ramp


def _qbo(budgets: BudgetsOfRails) -> Budget:
    return budgets.qbo("123")


def _plaid(budgets: BudgetsOfRails) -> Budget:
    return budgets.plaid


START = datetime(2026, 11, 20, 15, tzinfo=UTC)
LOADS = (
    Load("Ramp, a sweep by one process", 1, 0.0, _ramp, "bills", 200.0),
    Load("Ramp, 5 sweeps at once", 5, 0.2, _ramp, "bills", 500.0),
    Load("Ramp, 30 processes that want more than there is", 30, 0.0, _ramp, "bills"),
    Load("Ramp, a webhook every 2 s in one process", 1, 2.0, _ramp, "bills/{id}", WRITES_BAR),
    Load("QBO, one company read by one process", 1, 0.0, _qbo, "query", WRITES_BAR),
    Load("QBO, one company read by 4 processes", 4, 1.0, _qbo, "bill/{id}"),
    Load("Plaid, one item's feed", 1, 10.0, _plaid, "transactions/sync"),
)


def measure(load: Load) -> tuple[MemoryCells, int, float]:
    """The table after CALLS calls, how often somebody waited, and the seconds it took."""
    clock = SimulatedClock(START)
    cells, began, waits, made = MemoryCells(clock.now), clock.now(), 0, 0
    chance = random.Random(load.name)
    around = Surroundings(clock, CountingIds(), chance, lambda _seconds: None)
    budgets = [load.of(BudgetsOfRails(cells, around, {})) for _ in range(load.processes)]
    # When whoever may call next, and whose call ends then.
    agenda = [(clock.now() + timedelta(milliseconds=n), n, False) for n in range(load.processes)]
    while made < CALLS:
        at, number, is_end = heapq.heappop(agenda)
        clock.pause(max(0.0, (at - clock.now()).total_seconds()))
        if is_end:
            budgets[number].ended(load.kind, "item", 200)
            idle = load.idle_seconds * chance.uniform(0.5, 1.5)
            heapq.heappush(agenda, (at + timedelta(seconds=idle), number, False))
            continue
        wait_seconds = budgets[number].take(load.kind, "item")
        if wait_seconds > 0:
            waits += 1
            heapq.heappush(agenda, (at + timedelta(seconds=wait_seconds), number, False))
        else:
            made += 1
            heapq.heappush(agenda, (at + timedelta(seconds=CALL_SECONDS), number, True))
    return cells, waits, (clock.now() - began).total_seconds()


def section() -> Section:
    """Every load."""
    figures: list[Figure] = []
    for load in LOADS:
        cells, waits, seconds = measure(load)
        writes = cells.writes + cells.lost
        name = f"{load.name}: writes"
        figures.append(
            under(name, float(writes), load.bar, digits=0)
            if load.bar is not None
            else Figure(name, str(writes))
        )
        dollars = writes * prices.WRITE_UNIT + cells.reads * prices.READ_UNIT
        shown = f"{cells.lost} lost, {cells.reads} looks, {waits} waits, {seconds:.0f} s"
        figures.append(Figure("  of it", f"{shown}, ${dollars:.5f}"))
    remarks = (
        f"Each line is {CALLS:,} calls to a rail of {CALL_SECONDS:g} s each, in virtual time.",
        "QBO: seats given back and the month's count included; Plaid: item and client.",
    )
    return Section("The shared limits of the rails, per 1,000 calls", tuple(figures), remarks)
