"""Cash matching of a labelled bank: 2,000 lines and 1,000 open items of each seed.

The bank is made by tests/support/cash_world, which shares nothing with what matches.
"""

from __future__ import annotations

import time

from bench.result import Figure, Section, under
from tests.support.cash_world.made import made
from tests.support.cash_world.measure import Measured, measured

SEEDS = tuple(range(2026, 2036))
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
    precision = [100 * one.precision for one in found]
    recall = [100 * one.recall for one in found]
    confirmed = sum(one.confirmed for one in found)
    return Section(
        "Cash matching (2,000 bank lines, 1,000 open items a seed)",
        (
            _at_least("precision of what confirmed itself, worst seed", precision, PRECISION_MIN),
            _at_least("recall, confirmed or rightly proposed, worst seed", recall, RECALL_MIN),
            _told("of lines with a counterpart, confirmed without a person",
                  [100 * one.recall_alone for one in found]),
            _told("of those of one item with its exact amount",
                  [100 * one.recall_single for one in found]),
            Figure("wrong among all that confirmed itself",
                   f"{sum(one.wrong for one in found)} of {confirmed}"),
            Figure("proposals that are right", _proposals(found)),
            under("CPU seconds a seed, at most", max(seconds), SECONDS_MAX, " s"),
        ),
        tuple(one.text for one in found),
    )  # fmt: skip


def _at_least(name: str, values: list[float], bar: float) -> Figure:
    return Figure(name, f"{min(values):.2f} %", f"at least {bar:g} %", min(values) >= bar)


def _told(name: str, values: list[float]) -> Figure:
    return Figure(name, f"{min(values):.1f} to {max(values):.1f} %")


def _proposals(found: list[Measured]) -> str:
    right, wrong = sum(one.proposed for one in found), sum(one.misled for one in found)
    return f"{right} of {right + wrong}"
