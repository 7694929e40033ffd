"""A person cancels a payment: asked at once, over when the rail carries no date of it."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill
from rowcol.domain.cancelling import CancelAsked
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.ending import cancelled
from rowcol.service.environment import Environment
from rowcol.service.hold import looked_at_again, stopped
from rowcol.service.payment_commands.asking import (
    REASON_LENGTH_MAX,
    Found,
    cancel_pending,
    find_on_rail,
    now_of,
    too_late,
    wrong_state,
)
from rowcol.service.stopping import carries_date, is_unanswered, progress

CANCELLABLE = frozenset({Status.PENDING, Status.SCHEDULED, Status.HOLD, Status.ADMIN_HOLD})


def cancel(
    environment: Environment, change: Change, payment_id: str, reason: str | None = None
) -> Payment | Refusal:
    """Cancel it, or ask for that: Ramp's date is taken off first, and a lost command found out.

    The answer's `cancel_asked` is *confirmed* with status Cancelled, or *asked* until readings and
    the sweep have settled it. Asked again, Ramp is asked again once it has refused.
    Refused: `not_found`, `wrong_state`, `too_late`, `already_asked`, `invalid_input` (reason).
    """
    found = find_on_rail(change, payment_id, "cancelled")
    if isinstance(found, Refusal):
        return found
    refused = _refused(found)
    if refused is not None:
        return refused
    words = (reason or "").strip()
    if len(words) > REASON_LENGTH_MAX:
        return Refusal(
            Code.INVALID_INPUT,
            f"a reason has at most {REASON_LENGTH_MAX} characters",
            {"field": "reason", "characters_max": REASON_LENGTH_MAX},
        )
    payment = _asked(change, found.payment, words or None)
    change.put(payment)
    change.state("payment.cancel_asked", payment=payment)
    if found.bill is None:
        cancelled(change, payment)
    else:
        progress(change, payment_id, wished=True)
    return now_of(change, payment_id)


def _refused(found: Found) -> Refusal | None:
    payment = found.payment
    late = too_late(found)
    if late is not None:
        return late
    if payment.status not in CANCELLABLE:
        bank = payment.status is Status.BANK_HOLD
        remedy = "the bank holds it; it will allow or refuse it" if bank else None
        return wrong_state(payment, "cancelled", remedy)
    return None if _rail_refused(found.bill) else cancel_pending(payment)


def _rail_refused(bill: Bill | None) -> bool:
    """Whether Ramp said no to the last clear and still carries its date."""
    last = bill.command if bill is not None else None
    if bill is None or last is None:
        return False
    return last.result == "refused" and carries_date(bill.rail)


def _asked(change: Change, payment: Payment, reason: str | None) -> Payment:
    """The wish on the payment. What has not been sent is not sent any more."""
    tries = (
        payment.cancel_asked.tries + 1 if payment.wants_cancelling and payment.cancel_asked else 1
    )
    asked = CancelAsked(change.actor.id, change.now, reason, tries=tries)
    payment = replace(payment, cancel_asked=asked)
    if is_unanswered(payment):
        # The rail is asked soon what became of the command; the wish goes on from there.
        return replace(payment, due=change.now) if payment.hold is not None else payment
    if payment.command is not None:
        return payment
    idle = payment.status in (Status.PENDING, Status.SCHEDULED) or looked_at_again(payment)
    due = None if idle else payment.due
    return replace(payment, custody=stopped(payment.custody), due=due)
