"""What follows when a payment's money comes back, or is shown never to have left."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from rowcol.domain.bill import ENDED_DECISIONS, Bill, DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.link import Feed
from rowcol.domain.payment import Payment
from rowcol.domain.reserve import ReserveState
from rowcol.domain.scope import key_of
from rowcol.domain.windows import moves_cash, rail_deadline
from rowcol.service.change import Change
from rowcol.service.ending import close_items_of, without_custody
from rowcol.service.hold import must_move
from rowcol.service.reserves import end_reserve
from rowcol.service.tray import close_item, open_item

MONEY_AWAITED = "money_awaited"


def begin_reversal(change: Change, payment: Payment, trigger: Trigger, by: By) -> Payment:
    """Reversing: its money is on the way back. The reserve stays until it is there.

    What only a person has seen is in the tray until the money is back.
    """
    if by is By.ADMIN:
        open_item(
            change,
            f"payment-{payment.id}",
            MONEY_AWAITED,
            f"The money of the payment to {payment.counterparty_name} is to come back",
            expected=f"{payment.amount} back",
            found=payment.evidence[-1].reference if payment.evidence else "",
        )
    match trigger:
        case Trigger.RETURN_SEEN:
            return _move(change, payment, trigger, by, "payment.return_seen")
        case Trigger.DEBIT_AND_CREDIT_SEEN:
            return _move(change, payment, trigger, by, "payment.debit_and_credit_seen")
        case _:
            return _move(change, payment, trigger, by, "payment.cancelled_after_collection")


def money_back(change: Change, payment: Payment, by: By) -> Payment:
    """Reversed: the reserve ends and the bill may be decided again."""
    back = _move(change, payment, Trigger.MONEY_BACK, by, "payment.money_back")
    close_item(change, f"payment-{payment.id}", MONEY_AWAITED, "the money is back")
    _reopen(change, back, "returned")
    return back


def no_money_moved(change: Change, payment: Payment, by: By) -> Payment:
    """Rejected after a rail error: nothing left the bank, so the bill may be decided again."""
    ended = without_custody(payment)
    ended = _move(change, ended, Trigger.NO_MONEY_MOVED, by, "payment.no_money_moved")
    close_items_of(change, ended, "no money moved")
    _reopen(change, ended, "no_money_moved")
    return ended


def _move(change: Change, payment: Payment, trigger: Trigger, by: By, fact: str) -> Payment:
    after = must_move(payment, trigger, by)
    change.put(after)
    change.state(fact, payment=after, source=payment.status, target=after.status)
    return after


def _reopen(change: Change, payment: Payment, reason: str) -> None:
    bill = change.get(Bill, payment.bill_id) if payment.bill_id else None
    if bill is None or bill.live_payment_id != payment.id:
        return
    decision = bill.decision
    if decision is not None and decision.state not in ENDED_DECISIONS:
        # The rail took it before it was released here: acted on it was all the same.
        decision = replace(decision, state=DecisionState.RELEASED)
    free = replace(bill, live_payment_id=None, decision=decision)
    free = end_reserve(change, free, ReserveState.RELEASED, reason)
    change.put(free)
    change.state("bill.reopened", bill=free)


def error_deadline(payment: Payment) -> datetime | None:
    """When a payment that failed on the rail, with no debit seen, counts as never collected."""
    failed = payment.status is Status.PROCESSING and payment.rail_error_at is not None
    if not failed or payment.rail is None or payment.rail.state is not RailState.ERROR:
        return None
    if (payment.cash is not None and payment.cash.debits) or not moves_cash(payment.rail):
        return None
    return rail_deadline(payment.expectation, payment.rail)


def proves_no_money(change: Change, payment: Payment) -> bool:
    """Whether the deadline has passed and the bank's lines were read after it, of every account."""
    deadline = error_deadline(payment)
    if deadline is None or change.now < deadline or not change.client.bank_item_ids:
        return False
    for item_id in change.client.bank_item_ids:
        feed = change.get(Feed, key_of("bank", item_id))
        if feed is None or feed.read_through is None or feed.read_through < deadline:
            return False
    return True
