"""Plans for 8, 50, 300 and 1,000 bills: seconds, and how far above the least possible cost.

Three kinds of client: cash only goes down (every client of the product: receipts are not counted),
money also comes in, and a limit a day besides. Processor time; `above` is measured against a bound
that is proved in whole numbers, so the true distance is smaller.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from bench.result import Figure, Section, under
from rowcol.domain.facts import RailState
from rowcol.domain.plan.propose import propose
from rowcol.domain.scope import Actor, ActorKind
from rowcol.service.plan import ClientPlan, PlanWish, plan
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, usd
from tests.support.plan.cases import large
from tests.support.runway_desk import UNDATED, RunwayDesk

SIZES = (8, 50, 300, 1000)
KINDS = ("falling", "rising", "limits")
SECONDS_BAR = 10.0
# Seconds of 1,000 falling bills against those of 300: an exact answer must not explode.
GROWTH_BAR = 8.0
ABOVE_BAR = {"falling": 0.0, "rising": 5.0}


@dataclass(frozen=True, slots=True)
class Run:
    """What one plan took and how good it is; `above_percent` of the proved least cost."""

    bills: int
    seconds: float
    above_percent: float
    optimal: bool


def proposed(kind: str, bills: int, seed: int = 1) -> Run:
    """One plan."""
    question = large(seed, bills, kind)
    began = time.process_time()
    found = propose(question)
    seconds = time.process_time() - began
    least = max(1, found.cost_least.minor)
    above = 100 * (found.cost.minor - found.cost_least.minor) / least
    return Run(bills, seconds, above, found.optimal)


def of_client(bills: int) -> float:
    """Seconds of the whole use case over a store in memory: reading, choosing, words."""
    desk = RunwayDesk()
    for number in range(bills):
        day = FRIDAY + timedelta(days=number % 80 - 10)
        fields = {"amount": usd(f"{5 + number % 90}.00"), "due_on": day, "payment": UNDATED}
        desk.read(RailState.READY, bill_id=f"bill-{number:04d}", **fields)
    desk.pass_days(0)
    actor = Actor(ActorKind.PERSON, "anna", desk.clock.now())
    began = time.process_time()
    found = plan(desk.environment, SCOPE, actor, PlanWish())
    seconds = time.process_time() - began
    if not isinstance(found, ClientPlan):
        raise TypeError(found.code)
    return seconds


def section(samples: int) -> Section:
    """All kinds and sizes; the slowest of `samples` seeds."""
    figures: list[Figure] = []
    for kind in KINDS:
        by_size: dict[int, Run] = {}
        for bills in SIZES:
            runs = [proposed(kind, bills, seed) for seed in range(1, samples + 1)]
            slowest = max(runs, key=lambda run: run.seconds)
            worst = max(run.above_percent for run in runs)
            by_size[bills] = Run(bills, slowest.seconds, worst, all(run.optimal for run in runs))
            proved = "proved best" if by_size[bills].optimal else f"at most {worst:.2f} % above"
            figures.append(Figure(f"{kind}: {bills} bills", f"{slowest.seconds:.2f} s, {proved}"))
        largest = by_size[SIZES[-1]]
        figures.append(under(f"  seconds of {SIZES[-1]}", largest.seconds, SECONDS_BAR, " s"))
        if kind in ABOVE_BAR:
            name = f"  {SIZES[-1]} above the least possible"
            figures.append(under(name, largest.above_percent, ABOVE_BAR[kind], " %"))
        if kind == "falling":
            growth = largest.seconds / max(by_size[300].seconds, 0.01)
            figures.append(under("  seconds, 1,000 / 300", growth, GROWTH_BAR, "x"))
    figures.append(
        under("a client with 1,000 bills, read and told", of_client(1000), SECONDS_BAR, " s")
    )
    return Section("Plan for all open bills", tuple(figures))
