"""What stands against an order: asked when it is given, and again just before it is sent."""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.bill_order import BillOrder, OrderKind
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.payable import payable_of
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.networks import Network
from rowcol.domain.routing.rail import RAMP, askable
from rowcol.service.change import Change
from rowcol.service.wishes import RAMP_LINK

# Marking a bill as paid by hand is a statement about money, not a way to send it.
METHODS = frozenset(network.value for network in askable(RAMP) - {Network.PAID_MANUALLY})
_GONE = frozenset({RailState.PAID, RailState.ARCHIVED, RailState.REJECTED})


def against(change: Change, bill: Bill, kind: OrderKind) -> Refusal | None:
    """Why the rail would not, or must not, do it to the bill as it is now known."""
    return (
        _over(bill.rail)
        or _held(bill.rail, kind)
        or _approved(bill.rail, kind)
        or _paid_from_here(change, bill, kind)
    )


def changed_since(order: BillOrder, reading: RailBill) -> Refusal | None:
    """`bill_changed` or `bank_details_changed` when it is not the bill that people meant."""
    now, then = payable_of(reading), order.asked_for
    if not then.differs(now):
        return None
    accounts_only = (now.amount, now.vendor_id) == (then.amount, then.vendor_id)
    return Refusal(
        Code.BANK_DETAILS_CHANGED if accounts_only else Code.BILL_CHANGED,
        "the bill changed in Ramp since it was asked",
        {"asked_for": then.amount, "amount": now.amount},
        remedy="look at the bill, and ask again",
        link=RAMP_LINK,
    )


def in_batch(bill_id: str, members: tuple[RailBill, ...]) -> Refusal | None:
    """`batch_member` when Ramp pays the bill together with others."""
    others = sorted(one.bill_id for one in members if one.bill_id != bill_id)
    if not others:
        return None
    return Refusal(
        Code.BATCH_MEMBER,
        f"Ramp pays it together with {len(others)} other bills",
        {"others": len(others)},
        remedy="take it out of the batch payment in Ramp",
        link=RAMP_LINK,
    )


def _over(reading: RailBill) -> Refusal | None:
    if reading.state is RailState.PROCESSING:
        words, code = "Ramp is paying it", Code.TOO_LATE
    elif reading.archived or reading.state in _GONE:
        words, code = f"the bill is {reading.raw_state} in Ramp", Code.BILL_NOT_OPEN
    elif reading.state is RailState.UNKNOWN:
        words, code = "nobody knows the state that Ramp shows", Code.WRONG_STATE
    else:
        return None
    return Refusal(code, words, {"state": reading.raw_state}, link=RAMP_LINK)


def _held(reading: RailBill, kind: OrderKind) -> Refusal | None:
    held = reading.state is RailState.ON_HOLD
    if kind is OrderKind.HOLD and held:
        words = "Ramp holds the bill already"
    elif kind is OrderKind.LIFT and not held:
        words = "Ramp does not hold the bill"
    else:
        return None
    return Refusal(Code.WRONG_STATE, words, {"state": reading.raw_state})


def _approved(reading: RailBill, kind: OrderKind) -> Refusal | None:
    if reading.approved or kind is not OrderKind.PAYMENT_METHOD:
        return None
    return Refusal(
        Code.BILL_NOT_APPROVED,
        f"the bill is {reading.raw_state} in Ramp; only approved bills can be changed",
        link=RAMP_LINK,
    )


def _paid_from_here(change: Change, bill: Bill, kind: OrderKind) -> Refusal | None:
    """Archiving ends a bill that is to be paid from here; another method ends its route."""
    payment = change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    if payment is None or kind in (OrderKind.HOLD, OrderKind.LIFT):
        return None
    if kind is OrderKind.PAYMENT_METHOD and payment.command is None:
        return None
    return Refusal(
        Code.LIVE_PAYMENT_EXISTS,
        "the bill has a live payment"
        if kind is OrderKind.ARCHIVE
        else "Ramp was asked for a date of this bill's payment",
        {"payment": payment.id},
        remedy="cancel the payment first",
    )
