"""Take a decision back before the rail has it."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import (
    Bill,
    DecisionState,
)
from rowcol.domain.lifecycle import By, Trigger
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.hold import try_move
from rowcol.service.payment_facts import close_items_of
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.stage import DECIDED, UNDECIDED, give_back
from rowcol.service.wishes import Outcome


def withdraw(change: Change, decision_id: str) -> Outcome | Refusal:
    """Take a decision back before the rail has it: its payment is cancelled, a delay ends."""
    link = change.get(Link, decision_id)
    bill = change.get(Bill, link.bill_id) if link else None
    if bill is None or bill.decision is None or bill.decision.id != decision_id:
        return Refusal(Code.NOT_FOUND, "no such decision")
    released = bill.decision.state is DecisionState.RELEASED and bill.live_payment_id is not None
    if bill.decision.state not in UNDECIDED | DECIDED and not released:
        return Refusal(Code.WRONG_STATE, f"the decision is {bill.decision.state.value}")
    payment = change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    if payment is not None:
        cancelled = try_move(payment, Trigger.CANCEL_CONFIRMED, By.PERSON)
        unanswered = payment.command is not None and payment.command.is_open
        if cancelled is None or unanswered or going_to_pay(bill.rail):
            return Refusal(
                Code.TOO_LATE,
                f"the payment is {payment.status.value} and Ramp may already have it",
                {"status": payment.status.value},
                remedy="cancel the payment; it ends once Ramp confirms",
            )
        cancelled = replace(
            cancelled, custody=replace(cancelled.custody, step=Step.STOPPED), due=None
        )
        change.put(cancelled)
        change.state("payment.cancelled", payment=cancelled)
        close_items_of(change, cancelled, "the payment was cancelled")
        bill = replace(bill, live_payment_id=None)
    if bill.command is not None and bill.command.is_open:
        # Should Ramp's date be cleared all the same, the next reading shows it.
        bill = replace(bill, command=replace(bill.command, result="withdrawn", ended_at=change.now))
    assert bill.decision is not None  # still the one checked above
    bill = give_back(
        change,
        replace(bill, decision=replace(bill.decision, state=DecisionState.WITHDRAWN), due=None),
    )
    change.put(bill)
    change.state("decision.withdrawn", bill=bill)
    return Outcome(bill)
