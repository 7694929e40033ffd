"""An admin refuses a payment for good, when no money moved and none will."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.bill import DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.holds import BILL_WITHDRAWN
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import ABOUT_MONEY, Given, shown
from rowcol.service.change import Change
from rowcol.service.ending import close_items_of, free_bill, without_custody
from rowcol.service.environment import Environment
from rowcol.service.hold import must_move
from rowcol.service.payment_commands.asking import (
    Found,
    cancel_pending,
    find_on_rail,
    now_of,
    reason_given,
    too_late,
    unanswered,
    with_evidence,
    wrong_state,
)
from rowcol.service.reversal import no_money_moved
from rowcol.service.stopping import carries_date
from rowcol.service.wishes import RAMP_LINK


@dataclass(frozen=True, slots=True)
class Reject:
    """Why; with evidence that no money moved where the rail had begun."""

    reason: str
    evidence: Given | None = None


def reject(
    environment: Environment, change: Change, payment_id: str, wish: Reject
) -> Payment | Refusal:
    """Rejected: from Admin Hold, from a hold because the bill is gone, or after a rail error.

    Refused: `not_found`, `wrong_state`, `too_late`, `already_asked` (a cancel), `outcome_unknown`,
    `rail_refused` (Ramp keeps its date), `invalid_input` (reason), `evidence_required`.
    """
    found = find_on_rail(change, payment_id, "rejected")
    if isinstance(found, Refusal):
        return found
    payment = found.payment
    withdrawn = payment.hold is not None and payment.hold.kind == BILL_WITHDRAWN
    reason = reason_given(wish.reason)
    if payment.status is Status.ADMIN_HOLD:
        refused = _stands_at_ramp(found)
    elif withdrawn:
        refused = unanswered(found)
    elif payment.status is Status.PROCESSING and payment.rail_error_at is not None:
        return _failed(change, payment, wish.evidence)
    else:
        refused = wrong_state(payment, "rejected", "cancel it, or put it on hold first")
    refused = refused or cancel_pending(payment)
    if refused is not None:
        return refused
    if isinstance(reason, Refusal):
        return reason
    if withdrawn:
        # The rail refused the bill for good; a person says that nothing will come of it.
        ended = must_move(payment, Trigger.REFUSED_FOR_GOOD, By.RAIL)
        return _end(change, ended, "payment.refused_for_good", reason)
    ended = must_move(payment, Trigger.ADMIN_REFUSES, By.ADMIN)
    return _end(change, ended, "payment.admin_refuses", reason)


def _stands_at_ramp(found: Found) -> Refusal | None:
    """An admin's refusal is only true once Ramp carries no date."""
    refused = too_late(found) or unanswered(found, clears_too=True)
    if refused is not None or found.bill is None or not carries_date(found.bill.rail):
        return refused
    return Refusal(
        Code.RAIL_REFUSED,
        f"Ramp still carries a date for it: {found.bill.rail.raw_state}",
        {"state": found.bill.rail.raw_state},
        remedy="take the date off in Ramp; then it can be refused here",
        link=RAMP_LINK,
    )


def _end(change: Change, payment: Payment, fact: str, reason: str) -> Payment:
    ended = without_custody(payment)
    change.put(ended)
    change.state(fact, payment=ended, reason=reason)
    close_items_of(change, ended, "the payment was refused")
    bill = free_bill(change, ended, DecisionState.REFUSED)
    if bill is not None:
        change.state("decision.refused", bill=bill)
    return now_of(change, ended.id)


def _failed(change: Change, payment: Payment, given: Given | None) -> Payment | Refusal:
    """After a rail error: nothing left the bank, as the evidence shows."""
    if payment.cash is not None and payment.cash.debits:
        line = payment.cash.debits[0]
        return Refusal(
            Code.WRONG_STATE,
            f"money moved: the bank shows {line.amount} on {line.posted_on}",
            {"amount": line.amount, "posted_on": line.posted_on},
            remedy="when it comes back, reverse the payment",
        )
    if payment.rail is not None and payment.rail.state is not RailState.ERROR:
        return wrong_state(payment, "rejected", "Ramp no longer shows an error")
    evidence = shown(given, ABOUT_MONEY, change.actor.id, change.now)
    if isinstance(evidence, Refusal):
        return evidence
    no_money_moved(change, with_evidence(payment, evidence), By.ADMIN)
    return now_of(change, payment.id)
