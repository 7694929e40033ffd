"""Cancelling: asked at once, over when Ramp carries no date; no crash or lost answer ends it."""

from __future__ import annotations

import pytest

from rowcol.domain.bill import DecisionState, WishState
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.relay import CLEARS
from rowcol.service.withdraw import withdraw
from tests.support.payment_desk import PaymentDesk


def cancelled(desk: PaymentDesk, name: str, reason: str | None = None) -> Payment:
    answer = desk.do(lambda env, change: cancel(env, change, name, reason))
    assert isinstance(answer, Payment), answer
    assert answer.cancel_asked is not None
    return desk.payment(name)


def assert_over(desk: PaymentDesk, name: str) -> None:
    payment, bill = desk.payment(name), desk.bill()
    assert payment.status is Status.CANCELLED
    assert payment.cancel_asked is not None
    assert payment.cancel_asked.state is WishState.CONFIRMED
    assert (payment.due, payment.command is None or not payment.command.is_open) == (None, True)
    assert (bill.live_payment_id, bill.open_reserve) == (None, None)
    assert bill.command is None or not bill.command.is_open
    assert bill.decision is not None
    assert bill.decision.state is DecisionState.WITHDRAWN
    assert desk.ramp.bill.payment is not None
    assert desk.ramp.bill.payment.planned_on is None
    assert not desk.items()
    assert desk.usage() == {}


def test_what_the_rail_never_had_is_over_at_once() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    payment = cancelled(desk, name, "  paid by card ")
    assert payment.cancel_asked is not None
    assert (payment.cancel_asked.by, payment.cancel_asked.reason) == ("boris", "paid by card")
    assert_over(desk, name)
    assert desk.ramp.asked == []
    desk.until(24 * 30)
    assert desk.payment(name).status is Status.CANCELLED


def test_a_date_at_ramp_is_taken_off_first_by_stream_or_by_sweep() -> None:
    for sweep in (False, True):
        desk = PaymentDesk()
        name = desk.asked()
        payment = cancelled(desk, name)
        assert (payment.status, payment.wants_cancelling) == (Status.PENDING, True)
        assert desk.types()[-2:] == ["payment.cancel_asked", "bill.clear_asked"]
        assert desk.types()[-1] in CLEARS
        if sweep:
            desk.until(0.1)
        else:
            assert desk.clear() == "cleared"
        assert_over(desk, name)
        assert desk.ramp.asked[-1] == "clear"


@pytest.mark.parametrize("answer", ["lost", "vanished", "down"])
def test_a_clear_whose_answer_is_lost_is_asked_again_by_the_sweep(answer: str) -> None:
    desk = PaymentDesk()
    name = desk.asked()
    cancelled(desk, name)
    desk.ramp.answers = [answer]
    assert desk.clear() == "later"
    assert desk.payment(name).wants_cancelling
    for _ in range(3):
        desk.until(0.1)
    assert_over(desk, name)


def test_a_clear_that_ramp_refuses_is_told_and_asked_again_when_asked_for() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    cancelled(desk, name)
    desk.ramp.answers = ["refuse"]
    assert desk.clear() == "refused"
    assert desk.payment(name).wants_cancelling
    assert desk.items() == {"clear_refused"}
    again = cancelled(desk, name)
    assert again.cancel_asked is not None
    assert again.cancel_asked.tries == 2
    assert desk.clear() == "cleared"
    assert_over(desk, name)


def test_a_person_who_takes_the_date_off_in_ramp_finishes_it() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    cancelled(desk, name)
    desk.ramp.answers = ["refuse"]
    desk.clear()
    desk.shows(RailState.READY)
    assert_over(desk, name)


def test_a_second_cancel_is_already_asked() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    cancelled(desk, name)
    for plan in (
        lambda env, change: cancel(env, change, name),
        lambda env, change: hold(env, change, name, "stop it"),
        lambda env, change: reschedule(env, change, name, desk.today()),
    ):
        answer = desk.do(plan)
        assert isinstance(answer, Refusal)
        assert answer.code is Code.ALREADY_ASKED
        assert answer.numbers["asked_by"] == "boris"


@pytest.mark.parametrize("state", [RailState.PROCESSING, RailState.PAID, RailState.ERROR])
def test_when_ramp_was_faster_the_cancel_is_refused_and_told(state: RailState) -> None:
    desk = PaymentDesk()
    name = desk.asked()
    cancelled(desk, name)
    desk.shows(state, desk.payment(name).pay_on)
    payment = desk.payment(name)
    assert payment.status in (Status.PROCESSING, Status.DONE)
    assert payment.cancel_asked is not None
    assert payment.cancel_asked.state is WishState.REFUSED
    assert "asked_too_late" in desk.items()
    assert "payment.cancel_too_late" in desk.types()
    assert desk.bill().live_payment_id == name
    refused = desk.do(lambda env, change: cancel(env, change, name))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.TOO_LATE


def test_a_command_under_way_is_found_out_before_its_date_is_cleared() -> None:
    """Cancelled between the write-ahead and the answer: no clear may overtake the command."""
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    command = desk.ramp.set_payment_date

    def cancelled_meanwhile(bill_id: str, day: object) -> object:
        cancelled(desk, name)
        assert desk.bill().command is None
        return command(bill_id, day)  # type: ignore[arg-type]  # as it came

    desk.ramp.set_payment_date = cancelled_meanwhile  # type: ignore[method-assign,assignment]
    desk.run(name)
    payment = desk.payment(name)
    assert payment.date_accepted
    assert payment.wants_cancelling
    assert desk.clear() == "cleared"
    assert_over(desk, name)


@pytest.mark.parametrize("happened", [True, False])
def test_an_unknown_outcome_is_asked_for_soon_then_the_cancel_goes_on(happened: bool) -> None:
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    desk.ramp.answers = ["lost" if happened else "vanished"]
    desk.run(name)
    held = desk.payment(name)
    assert held.hold is not None
    assert held.hold.kind == Code.OUTCOME_UNKNOWN
    asked = cancelled(desk, name)
    assert asked.wants_cancelling
    assert asked.due == desk.clock.now()
    for _ in range(30):
        desk.until(0.1)
    desk.until(2)
    assert_over(desk, name)
    # Nothing was sent to pay again, and one clear took the date off where there was one.
    assert [told[:3] for told in desk.ramp.asked] == (["set", "cle"] if happened else ["set"])


def test_a_refused_command_ends_what_waited_for_it() -> None:
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    command = desk.ramp.set_payment_date

    def cancelled_meanwhile(bill_id: str, day: object) -> object:
        cancelled(desk, name)
        return command(bill_id, day)  # type: ignore[arg-type]  # as it came

    desk.ramp.set_payment_date = cancelled_meanwhile  # type: ignore[method-assign,assignment]
    desk.ramp.answers = ["refuse"]
    desk.run(name)
    assert_over(desk, name)


def test_a_cancelled_payment_is_not_released_on_its_day() -> None:
    """Ramp carries a date that somebody set there; it refuses to take it off."""
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.shows(RailState.AWAITING_RELEASE, desk.today())
    assert cancelled(desk, name).wants_cancelling
    assert desk.clear() == "refused"
    desk.until(24 * 14)
    payment = desk.payment(name)
    assert (payment.status, payment.wants_cancelling) == (Status.SCHEDULED, True)
    assert [told for told in desk.ramp.asked if told.startswith("set")] == []
    desk.shows(RailState.READY)
    assert_over(desk, name)


def test_the_bank_has_the_first_word() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    cancelled(desk, name)
    desk.ramp.answers = ["refuse"]
    desk.clear()
    desk.shows(RailState.HELD_BY_PROVIDER)
    assert desk.payment(name).status is Status.BANK_HOLD
    desk.shows(RailState.READY)
    assert_over(desk, name)


def decided(desk: PaymentDesk, name: str) -> str:
    found = desk.payment(name).decision_id
    assert found is not None
    return found


def test_a_withdrawn_decision_is_a_cancel_of_what_the_rail_never_had() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.act(lambda change: withdraw(change, decided(desk, name)))
    assert desk.payment(name).status is Status.CANCELLED
    assert desk.bill().live_payment_id is None
    other = PaymentDesk()
    name = other.asked()
    answer = other.act(lambda change: withdraw(change, decided(other, name)))
    assert isinstance(answer, Refusal)
    assert answer.code is Code.TOO_LATE
    assert answer.remedy == "cancel the payment; it ends once Ramp confirms"


def test_what_ramp_paid_by_itself_keeps_its_money_earmarked_until_it_has_left() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.shows(RailState.PAID, desk.today())
    assert desk.payment(name).status is Status.HOLD
    cancelled(desk, name)
    assert desk.payment(name).status is Status.CANCELLED
    held = desk.bill().open_reserve
    assert held is not None
    assert held.observed


def test_a_reason_that_is_too_long_changes_nothing() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    answer = desk.do(lambda env, change: cancel(env, change, name, "x" * 501))
    assert isinstance(answer, Refusal)
    assert answer.code is Code.INVALID_INPUT
    assert desk.payment(name).cancel_asked is None
