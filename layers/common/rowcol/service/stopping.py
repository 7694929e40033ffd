"""Take Ramp's date off for what must not be paid by it, and finish what waited for that.

What a person asked (a cancel, another date, a hold lifted) stands as *asked* on the payment. Every
fact that could settle it calls `progress`: a reading of the bill, the answer of a command or the
discovery that it never arrived. Nothing is kept in memory, so no crash and no lost answer ends it.
"""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, RailCommand, WishState
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.holds import DATE_CLEARING, rule_of
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Change as DateChange
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code
from rowcol.domain.tray import Severity
from rowcol.service.change import Change
from rowcol.service.ending import cancelled
from rowcol.service.hold import START_WITHIN, go_on, hold
from rowcol.service.tray import open_item
from rowcol.service.wishes import CLEAR_DATE

TOO_LATE = "asked_too_late"
_MOVED = frozenset({Status.PROCESSING, Status.DONE})
TAKEN = frozenset({RailState.PROCESSING, RailState.PAID, RailState.ERROR})
_OVER = frozenset({RailState.PAID, RailState.ERROR, RailState.ARCHIVED, RailState.REJECTED})


def carries_date(reading: RailBill) -> bool:
    """Whether Ramp may pay this bill by itself, now or when something there is mended.

    A state that nobody knows counts as one in which it may.
    """
    if reading.state is RailState.UNKNOWN:
        return True
    dated = reading.payment is not None and reading.payment.planned_on is not None
    return dated and reading.approved and not reading.archived and reading.state not in _OVER


def is_taken(payment: Payment, reading: RailBill) -> bool:
    """Whether the rail has begun to pay by a date of ours, whatever the status says yet."""
    return payment.date_accepted and reading.state in TAKEN


def is_unanswered(payment: Payment) -> bool:
    """Whether a date command of ours may have arrived or not: found out before anything else."""
    unknown = payment.hold is not None and payment.hold.kind == Code.OUTCOME_UNKNOWN
    return unknown or (payment.command is not None and payment.command.is_open)


def ask_clear(change: Change, bill: Bill, payment: Payment) -> Bill:
    """Write ahead the wish that Ramp's date be taken off; stream and sweep carry it out."""
    command = RailCommand(f"cmd_{payment.id}_{change.head.sequence}", CLEAR_DATE, change.now)
    bill = replace(bill, command=command, due=change.now + START_WITHIN)
    change.put(bill)
    change.state("bill.clear_asked", bill=bill)
    return bill


def _may_ask(bill: Bill, *, wished: bool) -> bool:
    """Whether to ask (again): by a person's wish, or once Ramp shows something newer than it said.

    Never while an answer is out, nor when there is no date to take off any more.
    """
    last = bill.command
    if not carries_date(bill.rail) or bill.rail.state in (RailState.PROCESSING, RailState.UNKNOWN):
        return False
    if last is None or last.ended_at is None:
        return last is None
    return wished or last.wish != CLEAR_DATE or bill.rail.read.began_at >= last.ended_at


def stop_rail(change: Change, bill: Bill, payment: Payment, *, wished: bool = False) -> Bill:
    """A payment that a hold stops must not be paid by Ramp all the same: its date is taken off.

    `wished`: a person has just asked for it, so that Ramp is asked even if it said no before.
    """
    if payment.hold is None or not rule_of(payment.hold.kind).stops_rail:
        return bill
    return ask_clear(change, bill, payment) if _may_ask(bill, wished=wished) else bill


def progress(change: Change, payment_id: str | None, *, wished: bool = False) -> None:
    """Go on with what a person asked of a payment, as far as what Ramp shows allows.

    `wished`: as in `stop_rail`.
    """
    payment = change.get(Payment, payment_id) if payment_id else None
    bill = change.get(Bill, payment.bill_id) if payment and payment.bill_id else None
    if payment is None or bill is None or not _waits(payment):
        return
    if payment.status in _MOVED:
        _too_late(change, payment, bill)
    elif payment.status is Status.BANK_HOLD or not payment.is_live:
        return  # the bank's word comes first; what ended otherwise has nothing left to stop
    elif is_unanswered(payment) or (bill.command is not None and bill.command.is_open):
        return
    elif payment.wants_cancelling and is_taken(payment, bill.rail):
        _too_late(change, payment, bill)
    elif payment.status is Status.PENDING and not payment.wants_cancelling:
        _date_confirmed(change, payment)  # released on its new date, whatever Ramp carried before
    elif carries_date(bill.rail):
        if _may_ask(bill, wished=wished):
            ask_clear(change, bill, payment)
    elif payment.wants_cancelling:
        cancelled(change, payment)
    else:
        _date_confirmed(change, payment)


def _waits(payment: Payment) -> bool:
    clearing = payment.hold is not None and payment.hold.kind == DATE_CLEARING
    return payment.wants_cancelling or clearing or asked_date(payment) is not None


def let_go(change: Change, payment: Payment, bill: Bill | None, because: str) -> None:
    """Out of its hold by the date, as soon as Ramp carries no date: until then that is the hold."""
    lifted = go_on(change, payment, because)
    if bill is None or not carries_date(bill.rail):
        return
    held = hold(
        change,
        replace(lifted, command=payment.command),
        DATE_CLEARING,
        "Ramp's date is taken off before it goes on",
    )
    stop_rail(change, bill, held, wished=True)


def asked_date(payment: Payment) -> DateChange | None:
    """The changed date that a person asked and the rail has not confirmed yet."""
    return next((one for one in payment.changes if one.state is WishState.ASKED), None)


def settled(payment: Payment, state: WishState) -> Payment:
    """The payment with its asked date confirmed or refused."""
    changes = tuple(
        replace(one, state=state) if one.state is WishState.ASKED else one
        for one in payment.changes
    )
    return replace(payment, changes=changes)


def _date_confirmed(change: Change, payment: Payment) -> None:
    if asked_date(payment) is not None:
        payment = settled(payment, WishState.CONFIRMED)
        change.put(payment)
        change.state("payment.date_confirmed", payment=payment)
    if payment.hold is not None and payment.hold.kind == DATE_CLEARING:
        go_on(change, payment, "Ramp's date is off")


def _too_late(change: Change, payment: Payment, bill: Bill) -> None:
    """The rail was faster: what was asked is refused, and people are told."""
    wanted = "cancelled" if payment.wants_cancelling else f"paid on {payment.pay_on}"
    if payment.cancel_asked is not None and payment.wants_cancelling:
        refused = replace(payment.cancel_asked, state=WishState.REFUSED)
        payment = replace(payment, cancel_asked=refused)
        change.put(payment)
        change.state("payment.cancel_too_late", payment=payment)
    if asked_date(payment) is not None:
        payment = _date_as_before(change, payment, bill)
    open_item(
        change,
        f"payment-{payment.id}",
        TOO_LATE,
        f"Ramp took the payment to {payment.counterparty_name} before it could be {wanted}",
        expected=wanted,
        found=bill.rail.raw_state,
        severity=Severity.HIGH,
    )


def _date_as_before(change: Change, payment: Payment, bill: Bill) -> Payment:
    """The date stays the one that the rail took: on payment, decision and reserve."""
    payment = settled(payment, WishState.REFUSED)
    day = payment.command.day if payment.command is not None else None
    if day is not None:
        expectation = replace(payment.expectation, released_on=day)
        payment = replace(payment, pay_on=day, expectation=expectation)
        bill = dated(bill, payment)
        change.put(bill)
    change.put(payment)
    change.state("payment.date_refused", payment=payment, bill=bill)
    return payment


def dated(bill: Bill, payment: Payment) -> Bill:
    """The bill with decision and reserve on the payment's date."""
    decision, reserve = bill.decision, bill.open_reserve
    if decision is not None and decision.payment_id == payment.id and decision.pay_on is not None:
        bill = replace(bill, decision=replace(decision, pay_on=payment.pay_on))
    if reserve is not None:
        bill = replace(bill, reserve=replace(reserve, needed_on=payment.pay_on))
    return bill
