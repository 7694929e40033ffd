"""Every fault switch on at 20 %: no loss, no double command, at most three times the calls.

More seeds: `python -m local.simulation.faulty 1 2 3`, or ROWCOL_FAULT_SEEDS.
"""

from __future__ import annotations

import os
import sys

import pytest

from local.simulation.faulty import Outcome, each, faultless, together
from local.simulation.switches import switches
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore

SEEDS = range(1, 1 + int(os.environ.get("ROWCOL_FAULT_SEEDS") or 1))
TIMES_MAX = 3.0


def shown(name: str, base: Outcome, outcome: Outcome) -> str:
    """What a run cost beside the faultless one."""
    times = outcome.total / base.total
    return (
        f"\nseed {base.seed}: faultless {base.total} calls in {base.days} days; {name}: "
        f"{outcome.total} calls in {outcome.days} days, {times:.2f} times; {dict(outcome.ends)}\n"
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_doubled_and_calls_stay_bounded(seed: int) -> None:
    base = faultless(seed)
    assert dict(base.ends) == {"done verified": 12}
    for name, outcome in (("together", together(seed)), ("each", each(seed, base.days))):
        sys.stdout.write(shown(name, base, outcome))
        # What the runs themselves check: every bill's payment at its end, every webhook taken,
        # at most one date of ours at a time, every bill paid once, all logs and views agreeing.
        assert sum(outcome.ends.values()) >= 12
        assert outcome.total <= TIMES_MAX * base.total
        assert sum(outcome.hits.values()) > 200


def test_every_switch_of_every_rail_is_on() -> None:
    on = switches(0.2)
    for core in (RampCore, PlaidCore, QboCore):
        kinds = {kind for rail, kind in on if rail == core.rail}
        assert core.fault_kinds <= kinds
        assert {"throttle", "revoke_token", "drop_webhook", "timeout_with_effect"} <= kinds
    shared = switches(0.2, 0.2)
    assert 0.01 < shared[("ramp", "throttle")] < 0.03
    assert shared[("ramp", "payment_error")] == 0.2
