"""Another date for the same payment: an event on it, asked and confirmed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.bill import WishState
from rowcol.domain.calendar import release_at
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import RailState
from rowcol.domain.holds import DATE_CLEARING
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.reschedule import reschedule
from tests.support.domain.builders import usd
from tests.support.payment_desk import PaymentDesk

MONDAY = date(2026, 12, 7)
TUESDAY = date(2026, 12, 8)


def moved(desk: PaymentDesk, name: str, day: date = MONDAY) -> Payment:
    answer = desk.do(lambda env, change: reschedule(env, change, name, day))
    assert isinstance(answer, Payment), answer
    return desk.payment(name)


def refused(desk: PaymentDesk, name: str, day: date = MONDAY) -> Refusal:
    answer = desk.do(lambda env, change: reschedule(env, change, name, day))
    assert isinstance(answer, Refusal), answer
    return answer


def assert_on(desk: PaymentDesk, name: str, day: date, status: Status) -> None:
    payment, bill = desk.payment(name), desk.bill()
    assert (payment.status, payment.pay_on, payment.expectation.released_on) == (status, day, day)
    assert bill.decision is not None
    assert bill.decision.pay_on == day
    assert bill.open_reserve is not None
    assert bill.open_reserve.needed_on == day


def test_a_scheduled_payment_moves_with_all_that_hangs_on_its_day() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    before = desk.payment(name).pay_on
    payment = moved(desk, name)
    assert_on(desk, name, MONDAY, Status.SCHEDULED)
    assert payment.due == release_at(MONDAY)
    [change] = payment.changes
    assert (change.by, change.asked, change.confirmed) == ("boris", MONDAY, None)
    assert change.state is WishState.CONFIRMED
    assert desk.ramp.asked == []
    assert before != MONDAY
    assert desk.days_in_use() == {MONDAY}


def test_it_is_released_on_its_new_day_and_not_before() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    old = desk.payment(name).pay_on
    moved(desk, name)
    while desk.today() < MONDAY:
        desk.until(12)
        desk.run(name)
    assert desk.today() > old
    while not desk.ramp.asked:
        desk.until(1)
        desk.run(name)
    assert desk.ramp.asked == [f"set {MONDAY}"]
    assert desk.payment(name).status is Status.PENDING


def test_what_was_released_goes_back_by_way_of_a_hold_until_ramps_date_is_off() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    payment = moved(desk, name)
    assert payment.hold is not None
    assert payment.hold.kind == DATE_CLEARING
    assert "held" not in desk.items()
    assert payment.changes[-1].state is WishState.ASKED
    assert desk.clear() == "cleared"
    assert_on(desk, name, MONDAY, Status.SCHEDULED)
    payment = desk.payment(name)
    asked = [one for one in payment.changes if one.asked == MONDAY]
    assert [one.state for one in asked] == [WishState.CONFIRMED]
    # That Ramp took its date off is ours, and shown so.
    assert [one.by for one in payment.changes if one.confirmed is None and not one.asked] == [
        "rowcol"
    ]
    assert (payment.command, desk.items()) == (None, set())
    assert "payment.lifted" in desk.types()


@pytest.mark.parametrize("answer", ["lost", "vanished", "down"])
def test_a_lost_answer_is_found_out_by_the_sweep(answer: str) -> None:
    desk = PaymentDesk()
    name = desk.asked()
    moved(desk, name)
    desk.ramp.answers = [answer]
    assert desk.clear() == "later"
    for _ in range(3):
        desk.until(0.1)
    assert_on(desk, name, MONDAY, Status.SCHEDULED)


@pytest.mark.parametrize("state", [RailState.PROCESSING, RailState.PAID, RailState.ERROR])
def test_when_ramp_was_faster_the_old_date_stands(state: RailState) -> None:
    desk = PaymentDesk()
    name = desk.asked()
    old = desk.payment(name).pay_on
    moved(desk, name)
    desk.shows(state, old)
    status = Status.DONE if state is RailState.PAID else Status.PROCESSING
    assert_on(desk, name, old, status)
    payment = desk.payment(name)
    assert [one.state for one in payment.changes if one.asked == MONDAY] == [WishState.REFUSED]
    assert "asked_too_late" in desk.items()
    assert desk.days_in_use() == {old}
    assert refused(desk, name).code is Code.TOO_LATE


def test_a_bill_that_is_gone_meanwhile_is_held_for_that() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    moved(desk, name)
    desk.shows(RailState.ARCHIVED)
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == "bill_withdrawn"


def test_a_date_that_ramp_set_by_itself_is_taken_off() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=3))
    payment = moved(desk, name)
    assert payment.status is Status.SCHEDULED
    assert payment.changes[-1].state is WishState.ASKED
    assert desk.clear() == "cleared"
    states = [one.state for one in desk.payment(name).changes if one.asked == MONDAY]
    assert states == [WishState.CONFIRMED]
    assert_on(desk, name, MONDAY, Status.SCHEDULED)


def test_ramp_keeps_its_own_date_and_the_release_takes_it_over() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=100))
    moved(desk, name)
    desk.ramp.answers = ["refuse"]
    assert desk.clear() == "refused"
    while not [told for told in desk.ramp.asked if told.startswith("set")]:
        desk.until(12)
        desk.run(name)
    payment = desk.payment(name)
    assert payment.status is Status.PENDING
    assert payment.date_accepted
    assert WishState.ASKED not in {one.state for one in payment.changes}
    desk.until(1)
    # Its own date is never taken off again.
    assert desk.ramp.asked[-1].startswith("set")
    assert desk.ramp.bill.state is RailState.SCHEDULED


def test_the_last_of_several_dates_counts() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    moved(desk, name)
    moved(desk, name, TUESDAY)
    assert desk.clear() == "cleared"
    assert_on(desk, name, TUESDAY, Status.SCHEDULED)
    states = {one.asked: one.state for one in desk.payment(name).changes}
    assert states[MONDAY] is WishState.REFUSED
    assert states[TUESDAY] is WishState.CONFIRMED


def test_a_hold_of_the_day_ends_with_the_day() -> None:
    desk = PaymentDesk(guardrail=GuardrailSettings(floor=usd("9500.00")))
    name = desk.scheduled()
    while desk.payment(name).hold is None:
        desk.until(12)
        desk.run(name)
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind in (Code.RESERVE_UNCOVERED, Code.BALANCE_STALE, Code.GUARDRAIL_INSUFFICIENT)
    assert "held" in desk.items()
    moved(desk, name)
    assert_on(desk, name, MONDAY, Status.SCHEDULED)
    assert "held" not in desk.items()


def test_an_admins_hold_stays_on_another_day() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.do(lambda env, change: hold(env, change, name, "disputed"))
    moved(desk, name)
    assert_on(desk, name, MONDAY, Status.ADMIN_HOLD)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 20), Code.DATE_PAST),
        (date(2025, 1, 6), Code.DATE_PAST),
        (date(2026, 12, 6), Code.DATE_NOT_BANK_DAY),
        (date(2026, 12, 25), Code.DATE_NOT_BANK_DAY),
        (date(2027, 12, 1), Code.DATE_TOO_FAR),
        (date(2026, 11, 30), Code.ALREADY_ASKED),
    ],
)
def test_dates_are_checked_as_in_a_decision(day: date, code: Code) -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    assert refused(desk, name, day).code is code
    assert desk.payment(name).changes == ()


def test_an_account_without_the_lever_cannot_be_asked() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()

    desk.ramp.answers = ["missing"]
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=3))
    moved(desk, name, TUESDAY)
    assert desk.clear() == "refused"
    assert refused(desk, name).code is Code.CAPABILITY_MISSING


def test_nothing_new_is_asked_while_a_command_has_no_answer() -> None:
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    desk.ramp.answers = ["lost"]
    desk.run(name)
    assert refused(desk, name).code is Code.OUTCOME_UNKNOWN
