from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.reserve import Reserve, ReserveState
from tests.support.domain.builders import FRIDAY, NOW, rail_bill, usd

HELD = Reserve(usd("1250"), True, FRIDAY, NOW)
ENDED = Reserve(usd("1250"), True, FRIDAY, NOW, state=ReserveState.RELEASED)
CLOSED = {RailState.PAID, RailState.ARCHIVED, RailState.REJECTED}


def bill(state: RailState, **changes: Any) -> Bill:
    rail = {name: changes.pop(name) for name in ("approved", "archived") if name in changes}
    return Bill("bill-1", 1, rail_bill(state, **rail), **changes)


@pytest.mark.parametrize("state", RailState)
def test_only_an_approved_unpaid_bill_in_a_known_state_is_open(state: RailState) -> None:
    assert bill(state).is_open == (state not in CLOSED | {RailState.UNKNOWN})
    assert not bill(state, approved=False).is_open
    assert not bill(state, archived=True).is_open


@pytest.mark.parametrize("state", RailState)
def test_a_bill_is_listed_as_done_only_when_nothing_can_happen_to_it(state: RailState) -> None:
    done = state in CLOSED
    assert bill(state).list_key == f"{'done' if done else 'live'}#bill-1"
    assert bill(state, archived=True).list_key == "done#bill-1"
    assert bill(state, archived=True, live_payment_id="pay_1").list_key == "live#bill-1"
    assert bill(state, reserve=ENDED).list_key == f"{'done' if done else 'live'}#bill-1"
    assert bill(state, reserve=HELD).list_key == "held#2026-11-20#bill-1"
