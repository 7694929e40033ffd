"""An answer without what was asked for is trouble, not "nothing": a feed must not pass over it."""

from __future__ import annotations

import pytest

from rowcol.rails.qbo.query import Condition
from rowcol.service.ports import RailError
from tests.contract.rails.conftest import World
from tests.unit.simulators.conftest import START


def test_a_feed_and_a_query_without_their_result_are_not_empty(world: World) -> None:
    ledger = world.ledger()
    assert ledger.changes(START).payments == ()
    world.bench.qbo.faults.add({"kind": "silent_noop"})  # 200, and nothing that was asked for
    with pytest.raises(RailError):
        ledger.changes(START)
    with pytest.raises(RailError):
        ledger.bills_where([Condition("DocNumber", "=", "N-1")])
    with pytest.raises(RailError):
        ledger.read_bill("1")
