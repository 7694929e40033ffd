"""People give an order about a bill; what may be done by one person is carried out at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowcol.domain.bill import Bill
from rowcol.domain.bill_order import BillOrder, OrderKind, OrderState
from rowcol.domain.payable import payable_of
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.bill_orders.rules import METHODS, against
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN
from rowcol.service.levers import no_lever
from rowcol.service.payment_commands.asking import reason_given


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: `method` of a change of method; `reason` of a hold and of an archive."""

    kind: OrderKind
    reason: str | None = None
    method: str | None = None


def ask(environment: Environment, change: Change, bill_id: str, wish: Ask) -> BillOrder | Refusal:
    """Write down an order that needs one person; stream and sweep carry it out.

    Refused: `not_found`, `already_asked`, `unknown_value` (method), `invalid_input` (reason),
    `capability_missing`, `too_late`, `bill_not_open`, `bill_not_approved`, `wrong_state`,
    `live_payment_exists`.
    """
    order = drafted(environment, change, bill_id, wish)
    if isinstance(order, Refusal):
        return order
    bill = change.get(Bill, bill_id)
    order = given(change, order)
    change.put(order)
    change.state("bill_order.asked", bill=bill, order=order)
    return order


def drafted(
    environment: Environment, change: Change, bill_id: str, wish: Ask
) -> BillOrder | Refusal:
    """The order with all that speaks for itself checked, not stored yet."""
    bill = change.get(Bill, bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    known = change.get(BillOrder, bill_id)
    if known is not None and known.is_open:
        return _already(known)
    reason = reason_given(wish.reason) if wish.kind in _WITH_REASON else None
    if isinstance(reason, Refusal):
        return reason
    refused = (
        _no_method(wish) or no_lever(change.client, wish.kind) or against(change, bill, wish.kind)
    )
    if refused is not None:
        return refused
    return BillOrder(
        bill_id,
        known.version if known is not None else 0,
        environment.surroundings.ids.new("ord"),
        wish.kind,
        OrderState.WAITING,
        change.actor.id,
        change.actor.hands,
        change.now,
        payable_of(bill.rail),
        reason,
        wish.method if wish.kind is OrderKind.PAYMENT_METHOD else None,
    )


_WITH_REASON = frozenset({OrderKind.HOLD, OrderKind.ARCHIVE})


def given(change: Change, order: BillOrder) -> BillOrder:
    """The order given to the rail's worker."""
    return replace(order, state=OrderState.ASKED, until=None, due=change.now + START_WITHIN)


def _already(known: BillOrder) -> Refusal:
    return Refusal(
        Code.ALREADY_ASKED,
        f"{known.kind_asked.value} was asked of this bill and has not ended",
        {"order": known.order_id, "asked_by": known.asked_by, "asked_at": known.asked_at},
        remedy="wait until Ramp confirms it; or withdraw what waits for a second person",
    )


def _no_method(wish: Ask) -> Refusal | None:
    if wish.kind is not OrderKind.PAYMENT_METHOD or wish.method in METHODS:
        return None
    return Refusal(
        Code.UNKNOWN_VALUE,
        "Ramp cannot be asked for this method",
        {"field": "method", "known": sorted(METHODS)},
    )
