"""Random interleavings of commits on the local engine."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.conformance.counter_plans import CounterStep, counter_steps, play_counters
from tests.conformance.interleavings import Step, play, steps
from tests.conformance.world import BLUEBIRD
from tests.support.storage.tables import create_tables, world_on


@given(plan=steps)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nothing_acknowledged_is_lost_and_nothing_refused_is_written(
    dynamodb: Any, plan: list[Step]
) -> None:
    play(world_on(dynamodb, create_tables(dynamodb)).books(BLUEBIRD), plan)


@given(plan=counter_steps)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counters_are_the_sum_of_what_was_acknowledged(
    dynamodb: Any, plan: list[CounterStep]
) -> None:
    play_counters(world_on(dynamodb, create_tables(dynamodb)).store, plan)
