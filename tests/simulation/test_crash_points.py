"""A payment's whole flow, with a process that dies at each boundary call of it.

Calls with an effect are two: one before it and one after. With the process die the engine, what
was in flight, and every webhook from then on: the minute sweep and the reconciliation are all that
is left. The ending must be the one of the run without a crash.
"""

from collections import Counter

import pytest

from local.simulation.broken import InvariantBroken
from local.simulation.defects import no_defects
from local.simulation.pay_now import Ending, PayNow


@pytest.fixture(scope="module")
def uncrashed() -> tuple[Ending, list[str]]:
    with no_defects():
        flow = PayNow()
        flow.boundary.names = []
        ending = flow.run()
    return ending, flow.boundary.names[: flow.calls]


def test_the_flow_ends_proved(uncrashed: tuple[Ending, list[str]]) -> None:
    ending, names = uncrashed
    assert (ending.status, ending.verification) == ("done", "verified")
    assert (ending.command, ending.reserve, ending.releases) == ("accepted", "posted", 1)
    assert ending.open_items == ()
    counted = Counter(names)
    for call in ("commit:before", "commit:after", "ramp:before", "ramp:after", "start:before"):
        assert counted[call], f"the flow has no {call}"


def test_every_call_may_be_the_last_of_its_process(uncrashed: tuple[Ending, list[str]]) -> None:
    wanted, names = uncrashed
    for number, name in enumerate(names, 1):
        with no_defects():
            flow = PayNow()
            try:
                ending = flow.run(crash_at=number)
            except InvariantBroken as broken:
                pytest.fail(f"crash at call {number}, {name}: {broken}")
        assert flow.product.crashes == 1, f"call {number}, {name}"
        assert ending == wanted, f"crash at call {number}, {name}"
