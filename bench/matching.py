"""Cash matching of a labelled bank: 2,000 lines and 1,000 open items of each seed.

The bank is made by tests/support/cash_world, which shares nothing with what matches.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from bench.result import Figure, Section, under
from tests.support.cash_world.made import made
from tests.support.cash_world.measure import Measured, Tier, measured

# No rule of the matcher was made from these.
SEEDS = tuple(range(3026, 3036))
PRECISION_MIN, RECALL_MIN = 99.5, 90.0
SECONDS_MAX = 5.0


def section(times: int) -> Section:
    """Precision, recall and seconds of CPU over several seeds; the worst seed counts."""
    found: list[Measured] = []
    seconds: list[float] = []
    for seed in SEEDS[: 3 if times == 1 else None]:
        world = made(seed)
        began = time.process_time()
        found.append(measured(seed, world))
        seconds.append(time.process_time() - began)
    return Section(
        "Cash matching (2,000 bank lines, 1,000 open items a seed)",
        (
            _at_least("precision of confirmed and matched together, worst seed",
                      [100 * one.precision for one in found], PRECISION_MIN),
            _at_least("recall of the same over all lines with a counterpart, worst seed",
                      [100 * one.recall for one in found], RECALL_MIN),
            Figure("confirmed themselves, all seeds", _summed(one.confirmed for one in found)),
            Figure("matched, wait for a person's word", _summed(one.matched for one in found)),
            Figure("only suggested", _summed(one.suggested for one in found)),
            _told("of lines with a counterpart, confirmed without a person",
                  [100 * one.recall_alone for one in found]),
            _told("of those of one item with its exact amount",
                  [100 * one.recall_single for one in found]),
            under("CPU seconds a seed, at most", max(seconds), SECONDS_MAX, " s"),
        ),
        tuple(one.text for one in found),
    )  # fmt: skip


def _at_least(name: str, values: list[float], bar: float) -> Figure:
    return Figure(name, f"{min(values):.2f} %", f"at least {bar:g} %", min(values) >= bar)


def _told(name: str, values: list[float]) -> Figure:
    return Figure(name, f"{min(values):.1f} to {max(values):.1f} %")


def _summed(tiers: Iterable[Tier]) -> str:
    return str(sum(tiers, Tier(0, 0)))
