"""Every operation of Ramp's simulator, success and error, fits what the vendor publishes."""

from __future__ import annotations

import sys

import pytest

from tests.contract.simulators.ramp_tour import RampTour
from tests.contract.simulators.subset import Checker, sources

# What is listed for every operation alike, and what cannot happen at some of them.
_ALIKE = {
    "400": "no rule of this operation refuses what is well formed",
    "404": "the operation names no object",
    "422": "the operation takes neither a body nor filters",
}


@pytest.mark.parametrize("source", sources())
def test_every_operation_is_reached_and_fits(source: str) -> None:
    tour = RampTour.begin()
    checker = Checker("ramp", source).watch(tour.bench.ramp)
    tour.successes()
    tour.refusals(list(checker.operations()))
    missing, unseen = checker.missing(), checker.unseen_statuses()
    told = f"\nramp, {source}: {len(checker.reached)} answers; operations not reached: {missing}\n"
    for status, reason in _ALIKE.items():
        lines = [line.rsplit(" ", 1)[0] for line in unseen if line.endswith(status)]
        told += f"  {status} not seen at {len(lines)} ({reason}): {', '.join(lines)}\n"
    sys.stdout.write(told)
    assert missing == []
    assert {line.rsplit(" ", 1)[1] for line in unseen} <= set(_ALIKE)
    changes = (
        "PATCH /developer/v1/bills/{b",
        "DELETE /developer/v1/bills",
        "POST /developer/v1/bills/{b",
    )
    assert not [line for line in unseen if line.startswith(changes) and line.endswith("400")]
