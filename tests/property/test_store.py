"""Random interleavings of commits in memory; the local engine plays such plans too."""

from __future__ import annotations

from hypothesis import given, settings

from local.memory_store import MemoryStore
from tests.conformance.counter_plans import CounterStep, counter_steps, play_counters
from tests.conformance.interleavings import Step, play, steps
from tests.conformance.world import BLUEBIRD, MovableClock


@given(plan=steps)
@settings(max_examples=300, deadline=None)
def test_nothing_acknowledged_is_lost_and_nothing_refused_is_written(plan: list[Step]) -> None:
    play(MemoryStore(MovableClock().now).books(BLUEBIRD), plan)


@given(plan=counter_steps)
@settings(max_examples=300, deadline=None)
def test_counters_are_the_sum_of_what_was_acknowledged(plan: list[CounterStep]) -> None:
    play_counters(MemoryStore(MovableClock().now), plan)
