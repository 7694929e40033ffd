"""A network is decided too: what Ramp is set to afterwards is not taken without somebody's yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reschedule import reschedule
from tests.support.domain.builders import usd
from tests.support.payment_desk import PaymentDesk

# CRYPTO is a name that this version has never heard of.
OTHER = ("CHECK", "DOMESTIC_WIRE", "CRYPTO")


def desk_of(threshold: str | None = "1000") -> PaymentDesk:
    """Anna stages bills of 1,250.00 that go by ACH, Boris decides them."""
    desk = PaymentDesk(dual_control_from=usd(threshold) if threshold else None)
    desk.join("anna")
    return desk


def set_to(desk: PaymentDesk, method: str, state: RailState = RailState.READY) -> None:
    """Somebody sets the bill to another method in Ramp."""
    assert desk.ramp.bill.payment is not None
    desk.ramp.bill = replace(
        desk.ramp.bill, state=state, payment=replace(desk.ramp.bill.payment, method=method)
    )
    desk.refresh()


def kind_of(payment: Payment) -> str | None:
    return payment.hold.kind if payment.hold is not None else None


def lifted(desk: PaymentDesk, name: str, person: str) -> Code | None:
    answer = desk.do(lambda env, change: lift(env, change, name, Lift(By.PERSON)), person)
    return answer.code if isinstance(answer, Refusal) else None


@pytest.mark.parametrize("method", OTHER)
def test_it_stops_on_its_day(method: str) -> None:
    desk = desk_of()
    name = desk.scheduled()
    set_to(desk, method)
    desk.on_its_day(name)
    payment = desk.payment(name)
    assert (kind_of(payment), payment.command) == (Code.ROUTE_INVALID, None)
    assert desk.ramp.asked == []


@pytest.mark.parametrize("method", OTHER)
@pytest.mark.parametrize("days", [7, -7])
def test_another_date_does_not_take_it_unseen(method: str, days: int) -> None:
    desk = desk_of()
    name = desk.scheduled()
    set_to(desk, method)
    day = desk.payment(name).pay_on + timedelta(days=days)
    moved = desk.do(lambda env, change: reschedule(env, change, name, day))
    assert isinstance(moved, Payment)
    desk.on_its_day(name)
    assert kind_of(desk.payment(name)) == Code.ROUTE_INVALID
    assert desk.ramp.asked == []


def test_another_date_does_not_end_the_hold_for_it() -> None:
    desk = desk_of()
    name = desk.scheduled()
    set_to(desk, "CHECK")
    desk.on_its_day(name)
    day = desk.payment(name).pay_on + timedelta(days=7)
    moved = desk.do(lambda env, change: reschedule(env, change, name, day), "anna")
    assert isinstance(moved, Payment)
    assert kind_of(moved) == Code.ROUTE_INVALID


def test_a_hold_for_something_else_that_ends_does_not_take_it_unseen() -> None:
    desk = desk_of()
    name = desk.scheduled()
    stopped = desk.do(lambda env, change: hold(env, change, name, "wait"), "rita")
    assert isinstance(stopped, Payment)
    set_to(desk, "CHECK")

    wish = Lift(By.ADMIN)
    answer = desk.do(lambda env, change: lift(env, change, name, wish), "boris")
    assert isinstance(answer, Payment)
    assert answer.hold is None
    desk.on_its_day(name)
    assert kind_of(desk.payment(name)) == Code.ROUTE_INVALID


@pytest.mark.parametrize("method", OTHER)
def test_what_ramp_has_the_date_of_loses_it(method: str) -> None:
    desk = desk_of()
    name = desk.asked()
    assert desk.payment(name).date_accepted
    set_to(desk, method, RailState.SCHEDULED)
    assert kind_of(desk.payment(name)) == Code.ROUTE_INVALID
    desk.clear()
    assert desk.ramp.asked[-1] == "clear"
    assert desk.ramp.bill.payment is not None
    assert desk.ramp.bill.payment.planned_on is None


def test_a_date_that_ramp_carries_is_taken_off() -> None:
    desk = desk_of()
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=3))
    desk.stage()
    name = desk.decide()
    set_to(desk, "CHECK", RailState.SCHEDULED)
    desk.run(name)
    assert kind_of(desk.payment(name)) == Code.ROUTE_INVALID
    desk.clear()
    assert desk.ramp.asked == ["clear"]


def test_who_staged_it_does_not_agree_to_it_alone() -> None:
    desk = desk_of()
    name = desk.scheduled()
    set_to(desk, "CHECK")
    desk.on_its_day(name)
    assert lifted(desk, name, "anna") is Code.SAME_PERSON
    assert lifted(desk, name, "boris") is None
    desk.run(name)
    payment = desk.payment(name)
    assert payment.status is Status.PENDING
    assert payment.route is not None
    assert payment.route.network == "CHECK"
    assert payment.date_accepted


def test_below_the_threshold_one_person_does() -> None:
    desk = desk_of(None)
    name = desk.scheduled()
    set_to(desk, "CHECK")
    desk.on_its_day(name)
    assert lifted(desk, name, "anna") is None


def test_the_decided_way_again_goes_on() -> None:
    desk = desk_of()
    name = desk.scheduled()
    set_to(desk, "CHECK")
    day = desk.payment(name).pay_on + timedelta(days=7)
    desk.do(lambda env, change: reschedule(env, change, name, day))
    set_to(desk, "ACH")
    desk.on_its_day(name)
    payment = desk.payment(name)
    assert (kind_of(payment), payment.date_accepted) == (None, True)
