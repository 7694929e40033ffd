"""What a reading of Ramp means for the payment of its bill: moves, holds, dates, waking."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, WishState
from rowcol.domain.calendar import BANK_ZONE, local_date, release_at
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.holds import BILL_WITHDRAWN, HELD_BY_PROVIDER, RAIL_FAILED, RAIL_HOLD
from rowcol.domain.lifecycle import By, Status, Trigger, move
from rowcol.domain.payment import Change as DateChange
from rowcol.domain.payment import Hold, Payment, Step
from rowcol.domain.rail_triggers import rail_triggers
from rowcol.domain.refusal import Code
from rowcol.domain.tray import Severity
from rowcol.service.awaiting_release import follow_release
from rowcol.service.change import Change
from rowcol.service.ending import close_items_of
from rowcol.service.hold import (
    START_WITHIN,
    UNKNOWN_ASKED_AGAIN,
    hold,
    must_move,
    restarted,
    stopped,
    woken,
)
from rowcol.service.rail_agreement import same_reading
from rowcol.service.route_request import other_way
from rowcol.service.tray import close_item, open_item
from rowcol.service.wishes import CLEAR_DATE

# Rail states after which a waiting custody has something to do.
_TELLING = frozenset({RailState.PAID, RailState.ERROR})
UNEXPECTED = "unexpected_rail_state"
_GOES_ON = frozenset(
    {
        Trigger.BANK_ALLOWS,
        Trigger.BANK_ALLOWS_AND_TAKEN,
        Trigger.OUTCOME_HAPPENED,
        Trigger.SYSTEM_LIFT_TODAY,
    }
)


def follow_payment(change: Change, payment: Payment, bill: Bill) -> Payment:
    """The payment after its bill's reading; what changed is put and stated."""
    reading = bill.rail
    before = payment
    payment = replace(_date_change(change, payment, bill), rail=reading)
    triggers = rail_triggers(payment, reading)
    if triggers is None:
        _unexpected(change, payment, reading)
        triggers = ()
    elif before.rail is not None:
        close_item(change, f"payment-{payment.id}", UNEXPECTED, "the rail's state fits again")
    for trigger in triggers:
        payment = _pull(change, payment, trigger, reading)
    if not triggers:
        payment = _hold_when_bill_changed(change, payment, bill, before.rail)
    stated = payment if triggers else before
    payment = follow_release(change, _wake(change, payment, before))
    change.put(payment)
    if payment != stated:
        change.state("payment.rail_reported", payment=payment)
    return payment


def follow_ended(change: Change, payment: Payment, reading: RailBill) -> None:
    """A payment that is over while Ramp goes on with its bill: recorded, told if it does not fit.

    Cancelled and paid all the same, for instance. Its status stays.
    """
    payment = replace(payment, rail=reading)
    change.put(payment)
    change.state("payment.rail_reported", payment=payment)
    if rail_triggers(payment, reading) is None:
        _unexpected(change, payment, reading)
    else:
        close_item(change, f"payment-{payment.id}", UNEXPECTED, "the rail's state fits again")


def _pull(change: Change, payment: Payment, trigger: Trigger, reading: RailBill) -> Payment:
    if trigger is Trigger.SYSTEM_HOLD:
        kind, detail = _hold_reason(reading)
        if payment.command is not None and payment.command.is_open:
            # Whether Ramp took our date is found out first; the reason is met again then.
            due = change.now + UNKNOWN_ASKED_AGAIN[0]
            return hold(change, payment, Code.OUTCOME_UNKNOWN, detail, due=due)
        return hold(change, payment, kind, detail)
    source = payment.status
    reason = (
        Hold(HELD_BY_PROVIDER, "Ramp's provider holds it", change.now)
        if trigger is Trigger.BANK_HOLD
        else None
    )
    row = move(payment.status, trigger)
    payment = must_move(payment, trigger, row.by if row else By.RAIL, reason)
    if trigger is Trigger.BANK_HOLD:
        payment = replace(payment, custody=stopped(payment.custody), due=None)
    if trigger in _GOES_ON:
        payment = _resumed(change, payment, trigger)
        close_item(change, f"payment-{payment.id}", "held", trigger.value)
    if trigger is Trigger.RAIL_ERROR:
        payment = replace(payment, rail_error_at=change.now)
    payment = _answered(change, payment)
    change.put(payment)
    change.state(f"payment.{trigger.value}", payment=payment, source=source, target=payment.status)
    if payment.status is Status.REJECTED:
        close_items_of(change, payment, "the payment was refused")
    if trigger in (Trigger.BANK_HOLD, Trigger.RAIL_ERROR):
        _tell(change, payment, trigger, reading)
    return payment


def _resumed(change: Change, payment: Payment, trigger: Trigger) -> Payment:
    """Its custody after a hold that the rail ended; one never sent waits for its own date."""
    sent = payment.command is not None or trigger is not Trigger.BANK_ALLOWS
    if not sent and payment.pay_on > local_date(change.now, BANK_ZONE):
        return replace(payment, due=release_at(payment.pay_on))
    custody = restarted(payment.custody, Step.AWAIT_RAIL if sent else Step.REFRESH_BALANCE)
    return replace(payment, custody=custody, due=change.now + START_WITHIN)


def _answered(change: Change, payment: Payment) -> Payment:
    """A command whose answer was lost is answered by the rail having taken the payment.

    Whoever still waits for the answer is too late: the rail is awaited under the next attempt.
    """
    if payment.status is not Status.PROCESSING:
        return payment
    command = payment.command
    if command is not None and command.is_open:
        seen = replace(command, result="accepted", detail="seen by reading", ended_at=change.now)
        payment = replace(payment, command=seen)
    if payment.custody.step is Step.EXECUTE:
        custody = restarted(payment.custody, Step.AWAIT_RAIL)
        payment = replace(payment, custody=custody, due=change.now + START_WITHIN)
    return payment


def _tell(change: Change, payment: Payment, trigger: Trigger, reading: RailBill) -> None:
    item = "held" if trigger is Trigger.BANK_HOLD else "rail_failed"
    title = f"Ramp reports {reading.raw_state} for the payment to {payment.counterparty_name}"
    open_item(
        change,
        f"payment-{payment.id}",
        item,
        title,
        expected="paid",
        found=reading.raw_state,
        severity=Severity.HIGH,
    )


def _hold_reason(reading: RailBill) -> tuple[str, str]:
    return gone_elsewhere(reading) or (RAIL_HOLD, f"Ramp shows {reading.raw_state}")


def gone_elsewhere(reading: RailBill) -> tuple[str, str] | None:
    """Why a bill that we never had paid can no longer be: hold kind and words, or None."""
    match reading.state:
        case RailState.PAID | RailState.PROCESSING:
            return Code.PAID_OUTSIDE, "Ramp is paying or has paid it without this decision"
        case RailState.REJECTED | RailState.ARCHIVED:
            return BILL_WITHDRAWN, f"the bill is {reading.state.value} in Ramp"
    return None


def changed_details(payment: Payment, bill: Bill) -> tuple[str, str] | None:
    """What of the bill differs from what was decided: hold kind and words, or None."""
    if bill.amount != payment.amount:
        return Code.BILL_CHANGED, f"decided at {payment.amount}, the bill is now {bill.amount}"
    if bill.rail.vendor_id != payment.counterparty_id:
        words = (
            f"decided for {payment.counterparty_name}, the bill is now {bill.rail.vendor_name}'s"
        )
        return Code.BILL_CHANGED, words
    paid_to = bill.rail.payment.vendor_account_id if bill.rail.payment else None
    if paid_to and bill.vendor_account_id_approved and paid_to != bill.vendor_account_id_approved:
        return (
            Code.BANK_DETAILS_CHANGED,
            "the vendor's bank account changed since the bill was approved",
        )
    return None


def _hold_when_bill_changed(
    change: Change, payment: Payment, bill: Bill, known: RailBill | None
) -> Payment:
    """Before Ramp has taken the money, another amount or payee stops the payment, sent or not.

    So does another way once it was sent; before, the release looks at the way.
    Once the bank shows the debit there is nothing to stop: the verdict tells the difference.
    """
    if payment.status not in (Status.SCHEDULED, Status.PENDING):
        return payment
    if payment.command is not None and (payment.command.is_open or payment.cash is not None):
        return payment  # an answer that is still to come is found out first
    problem = changed_details(payment, bill)
    if payment.command is None:
        problem = _failed_meanwhile(known, bill.rail) or problem
    elif payment.route is not None:
        problem = problem or other_way(payment.route, bill.rail)
    return hold(change, payment, *problem) if problem else payment


def _failed_meanwhile(known: RailBill | None, reading: RailBill) -> tuple[str, str] | None:
    """Ramp tried to pay by itself since the decision and failed: did money leave? Unknown."""
    if reading.state is not RailState.ERROR or known is None or known.state is RailState.ERROR:
        return None
    return RAIL_FAILED, f"Ramp tried to pay it without this decision: {reading.raw_state}"


def _date_change(change: Change, payment: Payment, bill: Bill) -> Payment:
    """A date that Ramp moved is an event on the same payment, shown as asked and confirmed.

    So is one that it took off because we asked for that.
    """
    reading, clear = bill.rail, bill.command
    before = payment.rail.payment.planned_on if payment.rail and payment.rail.payment else None
    now = reading.payment.planned_on if reading.payment else None
    if now == before or payment.command is None or payment.command.is_open:
        return payment
    if now is None and clear is not None and clear.wish == CLEAR_DATE:
        moved = DateChange(change.now, "rowcol", None, None, WishState.CONFIRMED)
    else:
        moved = DateChange(change.now, "ramp", payment.pay_on, now, WishState.CONFIRMED)
    return replace(payment, changes=(*payment.changes, moved))


def _wake(change: Change, payment: Payment, before: Payment) -> Payment:
    """After a telling rail fact: a waiting execution goes on, a finished one starts again."""
    reading = payment.rail
    if reading is None or (before.rail is not None and same_reading(before.rail, reading)):
        return payment
    # What was judged before is judged again whatever is other now: a paid bill may open again.
    if reading.state not in _TELLING and payment.verdict is None:
        return payment
    if payment.status not in (Status.PROCESSING, Status.DONE):
        return payment
    if payment.custody.step is Step.AWAIT_RAIL:
        payment = replace(payment, custody=replace(payment.custody, step=Step.VERIFY))
    return woken(payment, change.now)


def _unexpected(change: Change, payment: Payment, reading: RailBill) -> None:
    open_item(
        change,
        f"payment-{payment.id}",
        UNEXPECTED,
        f"Ramp shows {reading.raw_state} for a payment that is {payment.status.value} here",
        expected=payment.status.value,
        found=reading.raw_state,
        severity=Severity.HIGH,
    )
