"""What every command of a person on one payment asks first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import Evidence
from rowcol.service.change import Change
from rowcol.service.stopping import is_taken, is_unanswered
from rowcol.service.wishes import RAMP_LINK

REASON_LENGTH_MAX = 500
_TAKEN = frozenset({Status.PROCESSING, Status.DONE})


@dataclass(frozen=True, slots=True)
class Found:
    """A payment that people command, and its bill when it has one."""

    payment: Payment
    bill: Bill | None


def find(change: Change, payment_id: str) -> Found | Refusal:
    """The payment and its bill; `not_found` also for one that was deleted."""
    payment = change.get(Payment, payment_id)
    if payment is None or payment.deleted_at is not None:
        return Refusal(Code.NOT_FOUND, "no such payment")
    return Found(payment, change.get(Bill, payment.bill_id) if payment.bill_id else None)


def find_on_rail(change: Change, payment_id: str, verb: str) -> Found | Refusal:
    """The same for what only payments on a rail know: a record tells what happened already."""
    found = find(change, payment_id)
    if isinstance(found, Refusal) or found.payment.commands_rail:
        return found
    return Refusal(
        Code.WRONG_STATE,
        f"a recorded payment cannot be {verb}: RowCol commands nothing for it",
        {"status": found.payment.status.value, "origin": found.payment.origin.value},
        remedy="correct the record, or reverse it with evidence",
    )


def wrong_state(payment: Payment, verb: str, remedy: str | None = None) -> Refusal:
    """The table has no such move from here."""
    return Refusal(
        Code.WRONG_STATE,
        f"a payment that is {payment.status.value} cannot be {verb}",
        {"status": payment.status.value, "hold": payment.hold.kind if payment.hold else None},
        remedy=remedy,
    )


def cancel_pending(payment: Payment) -> Refusal | None:
    """A payment that is being cancelled takes no other wish."""
    if not payment.wants_cancelling or payment.cancel_asked is None:
        return None
    return Refusal(
        Code.ALREADY_ASKED,
        "its cancelling was asked; it ends once Ramp confirms",
        {"asked_by": payment.cancel_asked.by, "asked_at": payment.cancel_asked.at},
    )


def unanswered(found: Found, *, clears_too: bool = False) -> Refusal | None:
    """Nothing new is asked of Ramp while a date command of this payment has no answer.

    `clears_too`: nor while Ramp is being asked to take a date off, for what a date would follow.
    """
    clear = found.bill.command if found.bill is not None and clears_too else None
    if not is_unanswered(found.payment) and (clear is None or not clear.is_open):
        return None
    return Refusal(
        Code.OUTCOME_UNKNOWN,
        "an earlier command to Ramp has no answer yet; it is being asked again",
        remedy="ask again in a moment, or cancel the payment",
    )


def too_late(found: Found) -> Refusal | None:
    """Refuse what comes after the rail has begun to pay, by our date or by its own."""
    payment, bill = found.payment, found.bill
    began = payment.status in _TAKEN
    if bill is not None and payment.is_live and not began:
        began = bill.rail.state is RailState.PROCESSING or is_taken(payment, bill.rail)
    if not began:
        return None
    state = bill.rail.raw_state if bill is not None else payment.status.value
    return Refusal(
        Code.TOO_LATE,
        f"Ramp is paying or has paid it: {state}",
        {"status": payment.status.value, "rail": state},
        remedy="if the money comes back, the payment can be reversed with evidence",
        link=RAMP_LINK,
    )


def reason_given(text: str | None) -> str | Refusal:
    """A reason of 1 to 500 characters."""
    reason = (text or "").strip()
    if reason and len(reason) <= REASON_LENGTH_MAX:
        return reason
    return Refusal(
        Code.INVALID_INPUT,
        f"a reason of 1 to {REASON_LENGTH_MAX} characters is needed",
        {"field": "reason", "characters_max": REASON_LENGTH_MAX},
    )


def with_evidence(payment: Payment, evidence: Evidence) -> Payment:
    """The payment with one more thing that was shown for it."""
    return replace(payment, evidence=(*payment.evidence, evidence))


def now_of(change: Change, payment_id: str) -> Payment:
    """The payment as this change leaves it."""
    payment = change.get(Payment, payment_id)
    assert payment is not None  # the command began by finding it
    return payment
