"""Carry an order out at Ramp: read, write ahead, send once, read back, record.

The same order of things as for dates (`service/execute.py`). What was sent and has no answer is
read again, and sent anew only when the rail shows FINAL_AFTER later that nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.bill_order import BillOrder, OrderKind, OrderState
from rowcol.domain.facts import RailBill
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import Severity
from rowcol.service.bill_orders.rules import against, changed_since, in_batch
from rowcol.service.change import Change, transact
from rowcol.service.confirmation import read_back
from rowcol.service.environment import Environment
from rowcol.service.levers import note_found, note_missing
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    CommandResult,
    ConnectionBroken,
    ExecutionRail,
    OutcomeUnknown,
    RailUnavailable,
)
from rowcol.service.rail_facts import Applied, record_answer, refresh_bill
from rowcol.service.tray import close_item, open_item
from rowcol.service.wishes import RAMP_LINK

Step = Callable[[Change, BillOrder], str]
FINAL_AFTER = timedelta(seconds=120)
TRY_AGAIN = timedelta(minutes=5)
TRIES_MAX = 3
ITEM = "order_refused"
CONFIRMED, REFUSED, LATER, NOTHING, SEND = "confirmed", "refused", "later", "nothing", "send"


def carry_out(environment: Environment, scope: Scope, bill_id: str) -> str:
    """One step of an asked order: "confirmed", "refused", "later", or "nothing" to do.

    Raises RailError when the rail cannot be read first: nothing was sent, and it is looked at again
    in a while.
    """
    order = environment.store.books(scope).get(BillOrder, bill_id)
    if order is None or order.state is not OrderState.ASKED:
        return NOTHING
    environment.store.books(scope).save(replace(order, due=environment.now() + TRY_AGAIN))
    unknown = refresh_bill(environment, scope, bill_id) is Applied.UNKNOWN
    rail = environment.rails.execution(scope.firm, scope.client)
    batch = None if unknown else _batch(rail, environment, scope, bill_id, order)
    step = _write(
        environment, scope, bill_id, order, lambda c, o: _ready(c, o, batch, unknown=unknown)
    )
    if step != SEND:
        return step
    try:
        result = _send(rail, order)
    except RailUnavailable as error:
        detail = error.detail
        return _write(environment, scope, bill_id, order, lambda c, o: _not_sent(c, o, detail))
    except ConnectionBroken as broken:
        # It can be read and not be written: a scope is missing, and a person connects again.
        detail = f"{broken.code}: {broken.detail}"
        refused = str(Code.RAIL_REFUSED)
        return _write(
            environment, scope, bill_id, order, lambda c, o: _refuse(c, o, refused, detail)
        )
    result = _settled(rail, order, result)
    return _write(environment, scope, bill_id, order, lambda c, o: _ended(c, o, result))


def _batch(
    rail: ExecutionRail, environment: Environment, scope: Scope, bill_id: str, order: BillOrder
) -> Refusal | None:
    """Whether Ramp pays it together with others, which an archive must not touch."""
    bill = environment.store.books(scope).get(Bill, bill_id)
    if order.kind_asked is not OrderKind.ARCHIVE or bill is None or bill.rail.payment is None:
        return None
    shared = bill.rail.payment.payment_id
    return in_batch(bill_id, rail.bills_of_payment(shared)) if shared else None


def _write(
    environment: Environment, scope: Scope, bill_id: str, order: BillOrder, step: Step
) -> str:
    """Run a step on the order, if it still is the one that this run began with."""

    def plan(change: Change) -> str:
        current = change.get(BillOrder, bill_id)
        if current is None or current.order_id != order.order_id:
            return NOTHING
        return step(change, current) if current.state is OrderState.ASKED else NOTHING

    outcome = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    assert isinstance(outcome, str)  # the plan answers in words and has no command
    return outcome


def _ready(change: Change, order: BillOrder, batch: Refusal | None, *, unknown: bool) -> str:
    """Write ahead what is sent next; or end it by what the reading says."""
    bill = change.get(Bill, order.id)
    if bill is None or unknown:
        return _refuse(change, order, Code.NOT_FOUND, "Ramp does not know the bill")
    if order.is_shown_by(bill.rail):
        return _confirm(change, order)
    if order.sent_at is not None and change.now - order.sent_at < FINAL_AFTER:
        return _later(change, order)
    if order.tries >= TRIES_MAX:
        return _refuse(change, order, Code.OUTCOME_UNKNOWN, f"no effect after {TRIES_MAX} tries")
    refused = changed_since(order, bill.rail) or batch or against(change, bill, order.kind_asked)
    if refused is not None:
        return _refuse(change, order, refused.code, refused.detail)
    sent = replace(order, sent_at=change.now, tries=order.tries + 1, due=change.now + TRY_AGAIN)
    change.put(sent)
    change.state("bill_order.sent", bill=bill, order=sent)
    return SEND


def _send(rail: ExecutionRail, order: BillOrder) -> CommandResult:
    match order.kind_asked:
        case OrderKind.PAYMENT_METHOD:
            return rail.set_payment_method(order.id, order.method or "")
        case OrderKind.HOLD:
            return rail.hold(order.id, order.reason)
        case OrderKind.LIFT:
            return rail.lift(order.id)
        case OrderKind.ARCHIVE:
            return rail.archive(order.id)


def _settled(rail: ExecutionRail, order: BillOrder, result: CommandResult) -> CommandResult:
    """The result by what is shown afterwards: a repeat may be refused though it is done."""
    if isinstance(result, CommandRefused):
        shown = _shown(rail, order.id)
        return CommandAccepted(shown) if shown and order.is_shown_by(shown) else result
    return read_back(rail, result, order.is_shown_by)


def _shown(rail: ExecutionRail, bill_id: str) -> RailBill | None:
    try:
        return rail.read_bill(bill_id)
    except (RailUnavailable, ConnectionBroken):
        return None


def _not_sent(change: Change, order: BillOrder, detail: str) -> str:
    """Nothing left our side: the write-ahead is taken back."""
    kept = replace(order, sent_at=None, tries=order.tries - 1, due=change.now + TRY_AGAIN)
    change.put(kept)
    change.state("bill_order.not_sent", bill=change.get(Bill, order.id), order=kept, detail=detail)
    return LATER


def _ended(change: Change, order: BillOrder, result: CommandResult) -> str:
    match result:
        case CommandAccepted(bill=reading):
            record_answer(change, reading)
            if order.is_shown_by(reading):
                note_found(change, order.kind_asked)
                return _confirm(change, order)
            return _refuse(change, order, Code.RAIL_REFUSED, f"Ramp shows {reading.raw_state}")
        case CommandRefused(code=code, detail=detail):
            return _refuse(change, order, Code.RAIL_REFUSED, f"{code}: {detail}")
        case CapabilityMissing(detail=detail) as missing:
            note_missing(change, missing)
            return _refuse(change, order, Code.CAPABILITY_MISSING, detail)
        case OutcomeUnknown():
            return _later(change, order)


def _later(change: Change, order: BillOrder) -> str:
    kept = replace(order, due=change.now + TRY_AGAIN)
    change.put(kept)
    change.state("bill_order.unanswered", bill=change.get(Bill, order.id), order=kept)
    return LATER


def _confirm(change: Change, order: BillOrder) -> str:
    done = replace(order, state=OrderState.CONFIRMED, sent_at=None, ended_at=change.now, due=None)
    change.put(done)
    change.state("bill_order.confirmed", bill=change.get(Bill, order.id), order=done)
    close_item(change, f"bill-{order.id}", ITEM, "Ramp did what was asked")
    return CONFIRMED


def _refuse(change: Change, order: BillOrder, code: str, detail: str) -> str:
    refused = replace(
        order,
        state=OrderState.REFUSED,
        sent_at=None,
        ended_at=change.now,
        due=None,
        code=str(code),
        detail=detail[:300],
    )
    bill = change.get(Bill, order.id)
    change.put(refused)
    change.state("bill_order.refused", bill=bill, order=refused)
    vendor = bill.rail.vendor_name if bill is not None else "a vendor"
    asked = order.kind_asked.value.replace("_", " ")
    open_item(
        change,
        f"bill-{order.id}",
        ITEM,
        f"Ramp was not asked, or did not agree, to {asked} for the bill of {vendor}",
        expected=asked,
        found=f"{code}: {detail}"[:200],
        severity=Severity.HIGH,
        link=RAMP_LINK,
    )
    return REFUSED
