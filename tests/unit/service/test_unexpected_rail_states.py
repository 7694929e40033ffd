"""A reading that has no transition is recorded, moves nothing, and is in the tray: every one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import FINAL
from rowcol.service.payment_commands.cancel import cancel
from tests.support.domain import builders
from tests.support.payment_desk import PaymentDesk
from tests.unit.domain.test_rail_triggers import CELLS, SITUATIONS

# Nobody knows what UNKNOWN means: it has an item of its own, on the bill.
KNOWN = [state for state in RailState if state is not RailState.UNKNOWN]
# A failure that nobody asked for holds the first two; the others waited for Ramp's date to be off.
GO_ON = {"scheduled", "pending", "clearing", "clearing_ours"}
DATED = {RailState.SCHEDULED, RailState.AWAITING_RELEASE, RailState.PROCESSING, RailState.PAID}


def desk_with(name: str) -> PaymentDesk:
    """A payment in a situation, its bill known in some other state that says nothing of it."""
    desk = PaymentDesk()
    desk.shows(RailState.INCOMPLETE)
    made = builders.payment(**{"version": 0, **SITUATIONS[name]})

    def plan(change: Any) -> bool:
        bill = change.get(Bill, "bill-1")
        live = None if made.status in FINAL else made.id
        change.put(replace(made, rail=bill.rail))
        change.put(replace(bill, live_payment_id=live, payment_ids=(made.id,)))
        change.state("payment.created", payment=change.puts["payment", made.id])
        change.state("bill.staged", bill=change.puts["bill", "bill-1"])
        return True

    desk.work(plan)
    return desk


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_reading_is_recorded_and_what_does_not_fit_is_told(name: str) -> None:
    for state in KNOWN:
        desk = desk_with(name)
        before = desk.payment("pay_1")
        desk.shows(state, desk.today() if state in DATED else None)
        after, cell = desk.payment("pay_1"), CELLS[name, state.value]
        if state is not RailState.INCOMPLETE:
            assert after.rail is not None
            assert after.rail.state is state
            assert ("unexpected_rail_state" in desk.items()) is (cell == "!"), state
        if cell in ".!" and name not in GO_ON:
            assert (after.status, after.hold) == (before.status, before.hold), state


def test_a_cancelled_payment_that_ramp_pays_all_the_same_is_told_until_it_fits() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.do(lambda env, change: cancel(env, change, name))
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=1))
    assert "unexpected_rail_state" not in desk.items()  # somebody may set a date in Ramp
    desk.shows(RailState.PROCESSING)
    assert "unexpected_rail_state" in desk.items()
    payment = desk.payment(name)
    assert payment.status.value == "cancelled"
    assert payment.rail is not None
    assert payment.rail.state is RailState.PROCESSING
    desk.shows(RailState.READY)
    assert "unexpected_rail_state" not in desk.items()


def test_a_bill_that_is_decided_anew_is_no_longer_the_old_payments() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.do(lambda env, change: cancel(env, change, name))
    desk.stage()
    desk.shows(RailState.PROCESSING, desk.today())
    assert desk.items() == set()
