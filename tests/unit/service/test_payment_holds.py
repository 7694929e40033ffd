"""Holds by people and who lifts which: always checked again, never a flip of the status."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.bill import DecisionState
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import RailState
from rowcol.domain.holds import DATE_CLEARING, HOLDS, Lifter
from rowcol.domain.lifecycle import By, Status
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reject import Reject, reject
from tests.support.domain.builders import usd
from tests.support.payment_desk import PaymentDesk

CALL = Given(EvidenceKind.CALL_BACK, "call at 10:40", "Ms. Reyes")
NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 17")


def stopped(desk: PaymentDesk, name: str, reason: str = "disputed") -> Payment:
    answer = desk.do(lambda env, change: hold(env, change, name, reason), "rita")
    assert isinstance(answer, Payment), answer
    return desk.payment(name)


def lifted(
    desk: PaymentDesk,
    name: str,
    by: By = By.ADMIN,
    evidence: Given | None = None,
    person: str = "rita",
) -> Payment | Refusal:
    answer = desk.do(lambda env, change: lift(env, change, name, Lift(by, evidence)), person)
    return answer if isinstance(answer, Refusal) else desk.payment(name)


def code(answer: Payment | Refusal) -> Code:
    assert isinstance(answer, Refusal), answer
    return answer.code


# ---- an admin's hold


def test_an_admin_stops_what_waits_and_it_is_not_released() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    payment = stopped(desk, name, "  disputed ")
    assert payment.hold is not None
    assert (payment.status, payment.hold.kind) == (Status.ADMIN_HOLD, "admin_hold")
    assert (payment.hold.detail, payment.hold.by) == ("disputed", "rita")
    assert desk.items() == {"held"}
    assert desk.bill().open_reserve is not None
    desk.until(24 * 20)
    assert desk.payment(name).status is Status.ADMIN_HOLD
    assert desk.ramp.asked == []


def test_an_admins_hold_takes_ramps_date_off() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    stopped(desk, name)
    assert desk.clear() == "cleared"
    assert desk.ramp.bill.state is RailState.READY
    assert desk.payment(name).status is Status.ADMIN_HOLD


def test_a_date_set_in_ramp_later_is_taken_off_too() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    stopped(desk, name)
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=3))
    assert desk.clear() == "cleared"
    assert desk.items() == {"held"}


def test_what_ramp_keeps_is_in_the_tray() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    stopped(desk, name)
    desk.ramp.answers = ["refuse"]
    assert desk.clear() == "refused"
    desk.shows(RailState.AWAITING_RELEASE)
    # It is asked again as Ramp shows something new, and told as long as it keeps its date.
    assert desk.clear() == "refused"
    assert desk.items() == {"held", "clear_refused"}
    desk.shows(RailState.READY)
    assert desk.items() == {"held"}


def test_lifting_sends_it_through_all_checks_again() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    stopped(desk, name)
    desk.clear()
    attempt = desk.payment(name).custody.attempt
    payment = lifted(desk, name)
    assert isinstance(payment, Payment)
    assert (payment.status, payment.command) == (Status.PENDING, None)
    assert (payment.custody.step, payment.custody.attempt) == (Step.REFRESH_BALANCE, attempt + 1)
    assert desk.items() == set()
    desk.run(name)
    assert [told[:3] for told in desk.ramp.asked] == ["set", "cle", "set"]
    assert desk.payment(name).date_accepted


def test_lifting_before_its_day_schedules_it() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    due = desk.payment(name).due
    stopped(desk, name)
    payment = lifted(desk, name)
    assert isinstance(payment, Payment)
    assert (payment.status, payment.due) == (Status.SCHEDULED, due)


def test_a_date_that_ramp_still_carries_is_off_before_it_goes_on() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    stopped(desk, name)
    desk.ramp.answers = ["refuse"]
    desk.clear()
    payment = lifted(desk, name)
    assert isinstance(payment, Payment)
    assert payment.hold is not None
    assert payment.hold.kind == DATE_CLEARING
    assert desk.clear() == "cleared"
    assert desk.payment(name).status is Status.PENDING
    desk.run(name)
    assert [told[:3] for told in desk.ramp.asked] == ["set", "cle", "cle", "set"]


def test_nothing_is_lifted_while_ramp_is_being_asked() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    stopped(desk, name)
    assert code(lifted(desk, name)) is Code.OUTCOME_UNKNOWN


def test_what_ramp_paid_all_the_same_is_followed_once_it_is_lifted() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    stopped(desk, name)
    desk.ramp.answers = ["refuse"]
    desk.clear()
    desk.shows(RailState.PROCESSING)
    assert desk.payment(name).status is Status.ADMIN_HOLD
    assert "unexpected_rail_state" in desk.items()
    payment = lifted(desk, name)
    assert isinstance(payment, Payment)
    assert (payment.status, payment.custody.step) == (Status.PROCESSING, Step.AWAIT_RAIL)
    desk.shows(RailState.PAID)
    assert desk.payment(name).status is Status.DONE


def test_a_reason_is_needed() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    for reason in ("", "   ", "x" * 501):
        answer = desk.do(lambda env, change, words=reason: hold(env, change, name, words))  # type: ignore[misc]  # bound now
        assert code(answer) is Code.INVALID_INPUT


def test_an_admin_refuses_for_good_once_ramp_carries_no_date() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    stopped(desk, name)
    refused = desk.do(lambda env, change: reject(env, change, name, Reject("not ours")))
    assert code(refused) is Code.OUTCOME_UNKNOWN
    desk.clear()
    desk.do(lambda env, change: reject(env, change, name, Reject("not ours")))
    bill = desk.bill()
    assert desk.payment(name).status is Status.REJECTED
    assert (bill.live_payment_id, bill.open_reserve) == (None, None)
    assert bill.decision is not None
    assert bill.decision.state is DecisionState.REFUSED
    assert (desk.items(), desk.usage()) == (set(), {})
    desk.stage()
    assert desk.bill().decision != bill.decision


# ---- holds of the system


def test_cash_that_came_is_looked_at_now_when_an_approver_asks() -> None:
    desk = PaymentDesk(guardrail=GuardrailSettings(floor=usd("9500.00")))
    desk.plaid.cash = "9600"
    name = desk.scheduled()
    desk.on_its_day(name)
    payment = desk.payment(name)
    assert payment.hold is not None
    assert HOLDS[payment.hold.kind].lifter is Lifter.SYSTEM
    lifted_now = lifted(desk, name, By.PERSON, person="boris")
    assert isinstance(lifted_now, Payment)
    desk.run(name)
    again = desk.payment(name)
    assert again.hold is not None  # still no cash: the check said no, not the person


def test_a_changed_amount_is_lifted_only_when_the_old_one_is_back() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.shows(RailState.READY, amount=usd("1300.00"))
    assert code(lifted(desk, name, By.PERSON)) is Code.BILL_CHANGED
    desk.shows(RailState.READY, amount=usd("1250.00"))
    payment = lifted(desk, name, By.PERSON)
    assert isinstance(payment, Payment)
    assert payment.status is Status.SCHEDULED


def other_account(desk: PaymentDesk) -> None:
    assert desk.ramp.bill.payment is not None
    changed = replace(desk.ramp.bill.payment, vendor_account_id="vendor-account-2")
    desk.ramp.bill = replace(desk.ramp.bill, payment=changed)
    desk.refresh()


def test_other_bank_details_need_a_second_person_who_called_the_vendor() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    other_account(desk)
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == Code.BANK_DETAILS_CHANGED
    for involved in ("anna", "boris"):
        assert code(lifted(desk, name, By.ADMIN, CALL, involved)) is Code.SAME_PERSON
    assert code(lifted(desk, name)) is Code.EVIDENCE_REQUIRED
    assert code(lifted(desk, name, evidence=NOTICE)) is Code.EVIDENCE_REQUIRED
    assert code(lifted(desk, name, evidence=replace(CALL, reference=" "))) is Code.EVIDENCE_REQUIRED
    payment = lifted(desk, name, By.PERSON, CALL)
    assert isinstance(payment, Payment)
    assert payment.status is Status.SCHEDULED
    [evidence] = payment.evidence
    assert (evidence.kind, evidence.by, evidence.note) == ("call_back", "rita", "Ms. Reyes")
    assert desk.bill().vendor_account_id_approved == "vendor-account-2"
    desk.refresh()
    assert desk.payment(name).status is Status.SCHEDULED


def test_a_failure_that_nobody_asked_for_is_lifted_by_an_admin_with_evidence() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.shows(RailState.ERROR, desk.today())
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == "rail_failed"
    assert code(lifted(desk, name, By.PERSON, NOTICE)) is Code.FORBIDDEN
    assert code(lifted(desk, name)) is Code.EVIDENCE_REQUIRED
    payment = lifted(desk, name, evidence=NOTICE)
    assert isinstance(payment, Payment)
    assert payment.status is Status.SCHEDULED


def test_an_admins_hold_is_no_approvers_to_lift() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    stopped(desk, name)
    assert code(lifted(desk, name, By.PERSON)) is Code.FORBIDDEN


def test_a_missed_cutoff_is_paid_today_when_lifted() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    day = desk.payment(name).pay_on
    while desk.payment(name).hold is None:
        desk.until(23)
        if desk.today() > day:
            desk.run(name)
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == Code.MISSED_CUTOFF
    payment = lifted(desk, name, By.PERSON)
    assert isinstance(payment, Payment)
    assert payment.status is Status.PENDING
    desk.run(name)
    [told] = desk.ramp.asked
    assert told >= f"set {day}"


def test_what_ramp_refused_is_sent_anew_once_it_is_mended() -> None:
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    desk.ramp.answers = ["refuse"]
    desk.run(name)
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == Code.RAIL_REFUSED
    payment = lifted(desk, name, By.PERSON)
    assert isinstance(payment, Payment)
    desk.run(name)
    assert desk.payment(name).date_accepted
    assert len(desk.ramp.asked) == 2


def test_what_was_done_in_ramp_instead_is_followed_when_lifted() -> None:
    """The link of a refused command says: do it in Ramp. Somebody did."""
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    desk.ramp.answers = ["refuse"]
    desk.run(name)
    desk.shows(RailState.SCHEDULED, desk.today())
    assert desk.items() == {"held"}
    desk.shows(RailState.PROCESSING)
    payment = lifted(desk, name, By.PERSON)
    assert isinstance(payment, Payment)
    assert payment.status is Status.PROCESSING


def test_ramps_own_hold_is_lifted_there_first() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    desk.shows(RailState.ON_HOLD)
    assert code(lifted(desk, name, By.PERSON)) is Code.RAIL_REFUSED
    desk.shows(RailState.READY)
    payment = lifted(desk, name, By.PERSON)
    assert isinstance(payment, Payment)
    assert payment.status is Status.PENDING


@pytest.mark.parametrize("kind", ["bill_withdrawn", "date_clearing", "no_bill", "outcome_unknown"])
def test_nobody_lifts_what_waits_for_a_fact_or_is_gone(kind: str) -> None:
    assert HOLDS[kind].lifter in (Lifter.NOBODY, Lifter.FACT, Lifter.RAIL)
    assert HOLDS[kind].remedy


def test_a_bank_hold_that_ends_before_its_day_waits_for_it() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    due = desk.payment(name).due
    desk.shows(RailState.HELD_BY_PROVIDER, desk.today())
    assert desk.payment(name).status is Status.BANK_HOLD
    desk.shows(RailState.READY)
    payment = desk.payment(name)
    assert (payment.status, payment.due) == (Status.PENDING, due)
    desk.until(12)
    desk.run(name)
    assert desk.ramp.asked == []
    desk.on_its_day(name)
    assert desk.ramp.asked == [f"set {payment.pay_on}"]


def test_a_hold_is_not_put_on_what_has_no_answer() -> None:
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    command = desk.ramp.set_payment_date
    found: list[Payment | Refusal] = []

    def meanwhile(bill_id: str, day: object) -> object:
        found.append(desk.do(lambda env, change: hold(env, change, name, "disputed")))
        return command(bill_id, day)  # type: ignore[arg-type]  # as it came

    desk.ramp.set_payment_date = meanwhile  # type: ignore[method-assign,assignment]
    desk.run(name)
    assert [code(one) for one in found] == [Code.OUTCOME_UNKNOWN]
    assert desk.payment(name).date_accepted
