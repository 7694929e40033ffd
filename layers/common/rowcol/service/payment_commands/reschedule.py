"""Another date for the same payment, before the rail has taken it: asked, then confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain.bill import WishState
from rowcol.domain.calendar import release_at
from rowcol.domain.holds import DATE_CLEARING, rule_of
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Change as DateChange
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.decision_rules import no_date_lever, not_payable_on
from rowcol.service.environment import Environment
from rowcol.service.hold import hold, stopped
from rowcol.service.payment_commands.asking import (
    Found,
    cancel_pending,
    find_on_rail,
    now_of,
    too_late,
    unanswered,
    wrong_state,
)
from rowcol.service.route_request import routed_as_decided
from rowcol.service.second_hand import alone
from rowcol.service.stopping import dated, let_go, progress, settled

MOVABLE = frozenset({Status.PENDING, Status.SCHEDULED, Status.HOLD, Status.ADMIN_HOLD})


def reschedule(
    environment: Environment, change: Change, payment_id: str, pay_on: date
) -> Payment | Refusal:
    """Move the asked date, with decision, reserve and limit usage: the last of `changes`.

    What was released goes back to Scheduled by way of a hold (`date_clearing`) until Ramp's date is
    off; a hold whose reason belonged to the day ends with it; any other hold stays.
    Refused: `not_found`, `wrong_state`, `too_late`, `already_asked`, `outcome_unknown`,
    `bill_not_open`, what dates are refused for, `capability_missing`; `limit_daily` by the day's
    limit. Sooner, where two people had to decide: `same_person`, `second_person_required`.
    """
    found = find_on_rail(change, payment_id, "rescheduled")
    if isinstance(found, Refusal):
        return found
    refused = _refused(change, found, pay_on)
    if refused is not None:
        return refused
    payment = _moved(change, found.payment, pay_on)
    bill = found.bill
    change.put(payment)
    if bill is None:
        change.state("payment.date_asked", payment=payment)
    else:
        bill = dated(bill, payment)
        change.put(bill)
        change.state("payment.date_asked", payment=payment, bill=bill)
    held = payment.hold
    if payment.status is Status.PENDING:
        hold(change, payment, DATE_CLEARING, f"asked for {pay_on} instead")
    elif held is not None and rule_of(held.kind).new_date_heals:
        let_go(change, payment, bill, f"to be paid on {pay_on} instead")
    if bill is None:
        payment = settled(now_of(change, payment_id), WishState.CONFIRMED)
        change.put(payment)
        change.state("payment.date_confirmed", payment=payment)
    else:
        progress(change, payment_id, wished=True)
    return now_of(change, payment_id)


def _refused(change: Change, found: Found, pay_on: date) -> Refusal | None:
    payment = found.payment
    refused = too_late(found)
    if refused is None and payment.status not in MOVABLE:
        refused = wrong_state(payment, "rescheduled")
    refused = refused or cancel_pending(payment) or unanswered(found)
    if refused is None and pay_on == payment.pay_on:
        refused = Refusal(
            Code.ALREADY_ASKED, f"it is to be paid on {pay_on} already", {"date": pay_on}
        )
    if refused is None and found.bill is not None and found.bill.is_closed:
        state = found.bill.rail.raw_state
        refused = Refusal(
            Code.BILL_NOT_OPEN,
            f"the bill is {state} in Ramp",
            {"state": state},
            remedy="cancel the payment",
        )
    refused = refused or not_payable_on(change, pay_on) or no_date_lever(change)
    if refused is None and pay_on < payment.pay_on:
        return alone(change, found.bill, payment)
    return refused


def _moved(change: Change, payment: Payment, pay_on: date) -> Payment:
    """The payment on its new date; an execution that was about to release it is fenced off."""
    earlier = settled(payment, WishState.REFUSED)
    asked = DateChange(change.now, change.actor.id, pay_on, None, WishState.ASKED)
    payment = replace(
        earlier,
        pay_on=pay_on,
        expectation=replace(payment.expectation, released_on=pay_on),
        changes=(*earlier.changes, asked),
        counted=None,  # the zones' days of the first release; a date that is asked for is one date
    )
    if payment.status is Status.SCHEDULED:
        due = release_at(pay_on)
        payment = replace(payment, custody=stopped(payment.custody), due=due)
    return routed_as_decided(change.client, payment, change.now)
