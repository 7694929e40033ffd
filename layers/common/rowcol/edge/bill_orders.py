"""Routes that ask Ramp something of a bill besides its date: method, hold, lift, archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.bill_order import BillOrder, OrderKind, OrderState
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import ADMINISTER, DECIDE, NOT_FOUND
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.bill_orders.archive import approve_archive, ask_archive, withdraw_archive
from rowcol.service.bill_orders.asking import Ask, ask
from rowcol.service.bill_orders.rules import METHODS
from rowcol.service.payment_commands.asking import REASON_LENGTH_MAX

TAG = "Bills at Ramp"
_BILL = "/clients/{client}/bills/{bill}"
_ORDER = f"{_BILL}/archive/{{order}}"
_METHODS = ", ".join(sorted(METHODS))


class MethodBody(Body):
    """How Ramp shall pay the bill, in Ramp's words."""

    method: Annotated[str, Field(min_length=1, max_length=40)]


class OrderReasonBody(Body):
    """Why, for Ramp, the log and who comes after."""

    reason: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX)]


@dataclass(frozen=True, slots=True)
class OrderShown:
    """The latest order of a bill: *asked* until Ramp shows it.

    `waiting` for a second person, `confirmed`, `refused` with `code` and `detail`, `withdrawn`, or
    `expired`. `sent_at`: sent, and no answer known yet.
    """

    bill_id: str
    order_id: str
    asked: OrderKind
    state: OrderState
    asked_by: str
    asked_at: datetime
    reason: str | None
    method: str | None
    until: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    code: str | None
    detail: str | None


def _shown(order: BillOrder) -> OrderShown:
    return OrderShown(
        order.id,
        order.order_id,
        order.kind_asked,
        order.state,
        order.asked_by,
        order.asked_at,
        order.reason,
        order.method,
        order.until,
        order.approved_by,
        order.approved_at,
        order.sent_at,
        order.ended_at,
        order.code,
        order.detail,
    )


def _show(order: BillOrder) -> Shown:
    return Shown(_shown(order))


def _ask(call: Call, wish: Ask) -> Reply | Refusal:
    bill = call.path["bill"]
    return write(
        call,
        lambda change: ask(call.environment, change, bill, wish),
        _show,
        {"order": bill, "wish": wish},
        202,
    )


def _method(call: Call) -> Reply | Refusal:
    return _ask(call, Ask(OrderKind.PAYMENT_METHOD, method=call.body_as(MethodBody).method))


def _hold(call: Call) -> Reply | Refusal:
    return _ask(call, Ask(OrderKind.HOLD, call.body_as(OrderReasonBody).reason))


def _lift(call: Call) -> Reply | Refusal:
    return _ask(call, Ask(OrderKind.LIFT))


def _archive(call: Call) -> Reply | Refusal:
    bill, reason = call.path["bill"], call.body_as(OrderReasonBody).reason
    return write(
        call,
        lambda change: ask_archive(call.environment, change, bill, reason),
        _show,
        {"archive": bill, "reason": reason},
        201,
    )


def _approve(call: Call) -> Reply | Refusal:
    bill, order = call.path["bill"], call.path["order"]
    return write(
        call,
        lambda change: approve_archive(call.environment, change, bill, order),
        _show,
        {"archive": bill, "approve": order},
        202,
    )


def _withdraw(call: Call) -> Reply | Refusal:
    bill, order = call.path["bill"], call.path["order"]
    return write(call, lambda change: withdraw_archive(change, bill, order), _show, None)


def _read(read: OfClient) -> Reply | Refusal:
    order = read.books.get(BillOrder, read.call.path["bill"])
    return NOT_FOUND if order is None else Reply(_shown(order))


_STATES = frozenset(
    {
        Code.ALREADY_ASKED, Code.CAPABILITY_MISSING, Code.TOO_LATE, Code.BILL_NOT_OPEN,
        Code.WRONG_STATE,
    }
)  # fmt: skip
COMMANDS: Operations = table(
    (
        Operation(
            "POST", f"{_BILL}/payment-method", "choosePaymentMethod",
            "Have Ramp pay a bill another way", TAG, _method, DECIDE, {202: OrderShown},
            body=MethodBody,
            refusals=_STATES
            | {Code.UNKNOWN_VALUE, Code.BILL_NOT_APPROVED, Code.LIVE_PAYMENT_EXISTS},
            example={"method": "CHECK"},
        ),
        Operation(
            "POST", f"{_BILL}/hold", "holdBill", "Have Ramp stop a bill on every payment rail", TAG,
            _hold, ADMINISTER, {202: OrderShown}, body=OrderReasonBody, refusals=_STATES,
            example={"reason": "the goods never came"},
        ),
        Operation(
            "POST", f"{_BILL}/lift", "liftBill", "Have Ramp lift its hold of a bill", TAG, _lift,
            ADMINISTER, {202: OrderShown}, refusals=_STATES,
        ),
        Operation(
            "POST", f"{_BILL}/archive", "askArchive", "Ask to archive a bill in Ramp",
            TAG, _archive, ADMINISTER, {201: OrderShown}, body=OrderReasonBody,
            refusals=_STATES | {Code.LIVE_PAYMENT_EXISTS},
            example={"reason": "the vendor billed it twice; agreed with the client"},
        ),
        Operation(
            "POST", f"{_ORDER}/approve", "approveArchive",
            "Another person's yes to archiving a bill", TAG, _approve, ADMINISTER,
            {202: OrderShown},
            refusals=frozenset(
                {
                    Code.NO_PENDING_CHANGE, Code.SECOND_PERSON_REQUIRED, Code.SAME_PERSON,
                    Code.STEP_UP_REQUIRED, Code.FORBIDDEN, Code.BILL_CHANGED,
                    Code.BANK_DETAILS_CHANGED, Code.CAPABILITY_MISSING, Code.TOO_LATE,
                    Code.BILL_NOT_OPEN, Code.WRONG_STATE, Code.LIVE_PAYMENT_EXISTS,
                }
            ),
        ),
        Operation(
            "DELETE", _ORDER, "withdrawArchive", "Take it back, or say no to it", TAG, _withdraw,
            ADMINISTER, {200: OrderShown}, refusals=frozenset({Code.NO_PENDING_CHANGE}),
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                "/bills/{bill}/order", "readBillOrder", "What was last asked of a bill at Ramp",
                TAG, OrderShown,
            ),
            _read,
        ),
    )
)  # fmt: skip
OPERATIONS: Operations = table((*COMMANDS.values(), *READS.values()))
