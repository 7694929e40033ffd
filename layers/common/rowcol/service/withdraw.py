"""Take a decision back before the rail has it."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.lifecycle import By, Trigger
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.decisions.finding import find_decided
from rowcol.service.ending import cancelled, withdraw_clear
from rowcol.service.hold import try_move
from rowcol.service.stage import DECIDED, UNDECIDED, give_back
from rowcol.service.stopping import carries_date, is_unanswered
from rowcol.service.wishes import Outcome


def withdraw(change: Change, decision_id: str, *, keep_reserve: bool = False) -> Outcome | Refusal:
    """Take a decision back before the rail has it: its payment is cancelled, a delay ends.

    What the rail may have is cancelled by the payment's own command, which waits for the rail.
    `keep_reserve`: another decision on the bill follows in the same write.
    """
    found = find_decided(change, decision_id)
    if isinstance(found, Refusal):
        return found
    bill, _ = found
    assert bill.decision is not None  # it is the one found
    released = bill.decision.state is DecisionState.RELEASED and bill.live_payment_id is not None
    if bill.decision.state not in UNDECIDED | DECIDED and not released:
        return Refusal(Code.WRONG_STATE, f"the decision is {bill.decision.state.value}")
    payment = change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    if payment is not None:
        possible = try_move(payment, Trigger.CANCEL_CONFIRMED, By.PERSON) is not None
        if not possible or is_unanswered(payment) or carries_date(bill.rail):
            return Refusal(
                Code.TOO_LATE,
                f"the payment is {payment.status.value} and Ramp may already have it",
                {"status": payment.status.value, "payment": payment.id},
                remedy="cancel the payment; it ends once Ramp confirms",
            )
    bill = withdraw_clear(change, bill)
    if payment is not None:
        cancelled(change, payment, keep_reserve=keep_reserve)
        return Outcome(change.get(Bill, bill.id) or bill)
    assert bill.decision is not None  # still the one checked above
    decision = replace(bill.decision, state=DecisionState.WITHDRAWN)
    bill = replace(bill, decision=decision, due=None)
    if not keep_reserve:
        bill = give_back(change, bill)
    change.put(bill)
    change.state("decision.withdrawn", bill=bill)
    return Outcome(bill)
