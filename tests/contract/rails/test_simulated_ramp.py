"""The client against the simulator of Ramp: what one believes of a contract, the other must too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.money import Money
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    OutcomeUnknown,
    RailThrottled,
)
from tests.contract.rails.conftest import World
from tests.unit.simulators.conftest import START

FRIDAY = date(2026, 11, 6)
SATURDAY, MONDAY = date(2026, 11, 7), date(2026, 11, 9)


def test_a_bill_from_ready_to_paid(world: World) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(2)
    ready = ramp.read_bill(bill_id)
    assert ready is not None
    assert (ready.state, ready.amount, ready.approved) == (
        RailState.READY,
        Money(20000, "USD"),
        True,
    )
    taken = ramp.set_payment_date(bill_id, FRIDAY)
    assert isinstance(taken, CommandAccepted)
    assert taken.bill.state is RailState.SCHEDULED
    world.bench.to(START + timedelta(days=10))
    paid = ramp.read_bill(bill_id)
    assert paid is not None
    assert paid.state is RailState.PAID
    assert paid.paid_at is not None
    assert paid.payment is not None
    assert paid.payment.effective_on == FRIDAY
    assert paid.payment.vendor_trace_id
    assert paid.payment.debit_trace_id
    assert bill_id in [bill.bill_id for bill in ramp.paid_bills(START)]
    assert bill_id not in [bill.bill_id for bill in ramp.open_bills()]
    refused = ramp.set_payment_date(bill_id, MONDAY)
    assert isinstance(refused, CommandRefused)


def test_a_moved_date_and_a_cleared_one(world: World) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    moved = ramp.set_payment_date(bill_id, SATURDAY)
    assert isinstance(moved, CommandAccepted)
    assert moved.bill.payment is not None
    assert moved.bill.payment.planned_on == MONDAY
    cleared = ramp.clear_payment_date(bill_id)
    assert isinstance(cleared, CommandAccepted)
    assert cleared.bill.state is RailState.READY
    assert cleared.bill.payment is not None
    assert cleared.bill.payment.planned_on is None
    assert isinstance(ramp.clear_payment_date(bill_id), CommandAccepted)


def test_hold_and_lift(world: World) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    held = ramp.hold(bill_id, "liquidity")
    assert isinstance(held, CommandAccepted)
    assert held.bill.state is RailState.ON_HOLD
    lifted = ramp.lift(bill_id)
    assert isinstance(lifted, CommandAccepted)
    assert lifted.bill.state is RailState.READY


def test_an_older_account_has_no_levers(world: World) -> None:
    world.bench.ramp.configure({"profile": "OA25/M0526"})
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    result = ramp.set_payment_date(bill_id, FRIDAY)
    assert isinstance(result, CapabilityMissing)
    assert result.capability == "payment_date"
    assert isinstance(ramp.hold(bill_id), CapabilityMissing)
    assert isinstance(ramp.lift(bill_id), CapabilityMissing)
    assert isinstance(ramp.hold("00000000-0000-4000-8000-000000000000"), CommandRefused)


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        ("timeout_with_effect", True),
        ("timeout_without_effect", False),
        ("disconnect_with_effect", True),
        ("disconnect_without_effect", False),
    ],
)
def test_an_unknown_outcome_is_told_by_reading_again(
    world: World, fault: str, applied: bool
) -> None:
    ramp, bill_id = world.ramp(), world.who.bill_id(1)
    world.bench.ramp.faults.add({"kind": fault, "times": 1, "match": {"method": "PATCH"}})
    assert isinstance(ramp.set_payment_date(bill_id, FRIDAY), OutcomeUnknown)
    found = ramp.read_bill(bill_id)
    assert found is not None
    assert (found.state is RailState.SCHEDULED) == applied


def test_expired_tokens_are_renewed_on_the_way(world: World) -> None:
    ramp = world.ramp()
    world.bench.to(START + timedelta(hours=2))
    assert ramp.read_bill(world.who.bill_id(1)) is not None
    assert isinstance(ramp.set_payment_date(world.who.bill_id(1), MONDAY), CommandAccepted)


def test_reads_survive_trouble_and_tell_a_throttle(world: World) -> None:
    ramp, faults = world.ramp(), world.bench.ramp.faults
    faults.add({"kind": "server_error", "times": 2})
    assert ramp.read_bill(world.who.bill_id(1)) is not None
    faults.add({"kind": "throttle", "times": 2})
    assert ramp.read_bill(world.who.bill_id(1)) is not None
    faults.add({"kind": "throttle"})
    with pytest.raises(RailThrottled):
        ramp.clear_payment_date(world.who.bill_id(1))


def test_unknown_bills_and_whole_lists(world: World) -> None:
    ramp = world.ramp()
    assert ramp.read_bill("00000000-0000-4000-8000-000000000000") is None
    everything = list(ramp.open_bills())
    assert {bill.bill_id for bill in everything} == {world.who.bill_id(n) for n in (1, 2, 3)}
    payment = everything[0].payment
    assert payment is not None
    assert [bill.bill_id for bill in ramp.bills_of_payment(payment.payment_id)] == [
        everything[0].bill_id
    ]
    assert list(ramp.archived_bills(START - timedelta(days=30))) == []


def test_subscriptions_of_both_generations(world: World) -> None:
    rail = world.subscriptions()
    made = rail.create("https://hooks.example/ramp")
    assert (made.missing, made.status) == ((), "pending_verification")
    assert rail.verify(made.subscription_id, "a guess") is False
    assert made.subscription_id in [row.subscription_id for row in rail.all()]
    rail.delete(made.subscription_id)
    rail.delete(made.subscription_id)
    world.bench.ramp.configure({"profile": "OA25"})
    assert "payments.updated" in rail.create("https://hooks.example/ramp").missing
