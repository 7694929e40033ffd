"""End a payment without money: custody, tray, decision, reserve and bill, all in one place."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, DecisionState, WishState
from rowcol.domain.lifecycle import By, Trigger
from rowcol.domain.payment import Payment
from rowcol.service.change import Change
from rowcol.service.hold import must_move, stopped
from rowcol.service.stage import give_back
from rowcol.service.tray import close_item

# What people are told of a payment besides what its verdict found.
_ITEMS = (
    *("held", "rail_failed", "custody_failed", "unexpected_rail_state"),
    *("asked_too_late", "awaiting_release", "stale_check"),
)


def close_items_of(change: Change, payment: Payment, because: str) -> None:
    """Close what people were told of a payment that ended without money."""
    found = payment.verdict.findings if payment.verdict else ()
    kinds = {finding.kind.value for finding in found}
    for item in (*_ITEMS, *sorted(kinds)):
        close_item(change, f"payment-{payment.id}", item, because)


def cancelled(change: Change, payment: Payment, *, keep_reserve: bool = False) -> Payment:
    """Cancel it: the rail shows no date of it and no command is open, as the caller made sure.

    `keep_reserve`: another decision on its bill follows in the same write.
    """
    moved = must_move(payment, Trigger.CANCEL_CONFIRMED, By.PERSON)
    asked = moved.cancel_asked
    if asked is not None:
        moved = replace(moved, cancel_asked=replace(asked, state=WishState.CONFIRMED))
    moved = without_custody(moved)
    change.put(moved)
    change.state("payment.cancelled", payment=moved)
    close_items_of(change, moved, "the payment was cancelled")
    bill = free_bill(change, moved, DecisionState.WITHDRAWN, keep_reserve=keep_reserve)
    if bill is not None:
        change.state("decision.withdrawn", bill=bill)
    return moved


def without_custody(payment: Payment) -> Payment:
    """No execution is wanted any more, and nothing is due."""
    return replace(payment, custody=stopped(payment.custody), due=None)


def free_bill(
    change: Change, payment: Payment, state: DecisionState, *, keep_reserve: bool = False
) -> Bill | None:
    """Free the ended payment's bill, end its decision, give its reserve back. None without one.

    The caller states the fact.
    """
    bill = change.get(Bill, payment.bill_id) if payment.bill_id else None
    if bill is None or bill.live_payment_id != payment.id:
        return None
    decision = bill.decision
    if decision is not None and decision.id == payment.decision_id:
        bill = replace(bill, decision=replace(decision, state=state))
    bill = replace(bill, live_payment_id=None, due=None)
    if not keep_reserve:
        bill = give_back(change, bill)
    change.put(bill)
    return bill


def withdraw_clear(change: Change, bill: Bill) -> Bill:
    """Nobody waits any more for an answer to the wish that Ramp's date be taken off.

    Should it be taken off all the same, the next reading shows it.
    """
    if bill.command is None or not bill.command.is_open:
        return bill
    ended = replace(bill.command, result="withdrawn", ended_at=change.now)
    bill = replace(bill, command=ended)
    change.put(bill)
    return bill
