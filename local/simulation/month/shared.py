"""What all clients share: their calls pass the product's own gates, together, in virtual time.

A client's world has the gates of its own connection within it. Worlds do not see each other's
calls, so those that all clients share a limit for are sent again afterwards, through the gates of
rails/limits.py over one set of cells, from as many processes as the reconciliation has at work.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.memory_cells import MemoryCells
from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.rails.budget import Budget
from rowcol.service.ports import Surroundings
from rowcol.wiring_budgets import BudgetsOfRails

# How many clients the reconciliation's Map has at work at once (statemachines/, MaxConcurrency).
AT_ONCE = 5
# A client's calls follow each other: the next is not sent before this one could be answered.
ANSWER_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Sent:
    """When calls left, in order, and the longest that one of them was kept."""

    times: tuple[float, ...]
    kept_seconds_max: float


def ramp(budgets: BudgetsOfRails) -> Budget:
    """Ramp's budget: one gate for all."""
    return budgets.ramp


def plaid(budgets: BudgetsOfRails) -> Budget:
    """Plaid's: each item's gate, and that of all."""
    return budgets.plaid


def through_gates(
    asked: Sequence[Sequence[float]],
    budget_of: Callable[[BudgetsOfRails], Budget],
    kind: str,
    start: datetime,
) -> Sent:
    """The calls of all clients as the gates let them through.

    `asked`: for each client, when it wanted to call, in seconds after `start`, in order.
    """
    clock = SimulatedClock(start)
    cells, chance = MemoryCells(clock.now), random.Random("month/gates")  # seeded
    around = Surroundings(clock, CountingIds(), chance, lambda _seconds: None)
    budgets = [budget_of(BudgetsOfRails(cells, around, {})) for _ in range(AT_ONCE)]
    agenda = [(times[0], number, 0) for number, times in enumerate(asked) if times]
    heapq.heapify(agenda)
    sent: list[float] = []
    kept = 0.0
    while agenda:
        at, number, place = heapq.heappop(agenda)
        clock.at = start + timedelta(seconds=at)
        budget, owner = budgets[number % AT_ONCE], f"client-{number}"
        wait_seconds = budget.take(kind, owner)
        if wait_seconds > 0:
            heapq.heappush(agenda, (at + wait_seconds, number, place))
            continue
        budget.ended(kind, owner, 200)
        sent.append(at)
        kept = max(kept, at - asked[number][place])
        if place + 1 < len(asked[number]):
            following = max(asked[number][place + 1], at + ANSWER_SECONDS)
            heapq.heappush(agenda, (following, number, place + 1))
    return Sent(tuple(sent), kept)
