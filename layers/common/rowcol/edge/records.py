"""Routes of records: payments that happened off-rail, told to RowCol, confirmed and reset."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain.allocation import Allocation, AllocationTarget
from rowcol.domain.client import Client
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import NOT_FOUND, POST, RECORD
from rowcol.edge.operation import ETAG, LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.payment_view import changed_payment
from rowcol.edge.writing import Shown, write
from rowcol.service.payment_commands.confirm import confirm
from rowcol.service.payment_commands.create import create
from rowcol.service.payment_commands.delete import delete
from rowcol.service.payment_commands.recording import NewRecord
from rowcol.service.payment_commands.reset_to_draft import reset_to_draft
from rowcol.service.payment_commands.update import update

TAG = "Records"
_ALL = "/clients/{client}/payments"
_ONE = "/clients/{client}/payments/{payment}"


class AllocationBody(Body):
    """A part of the payment, set against one bill or invoice."""

    target: AllocationTarget
    target_id: str
    amount: MoneyBody


class RecordBody(Body):
    """What happened off-rail. `paid_on`: the day the money moved, shown as `pay_on`.

    Names: vendor_payment, customer_payment and refund need `counterparty_name`; a transfer needs
    `account_id` and `to_account_id`, both own bank accounts.
    """

    type: PaymentType
    amount: MoneyBody
    paid_on: date
    counterparty_id: str | None = None
    counterparty_name: str | None = None
    method: str | None = None
    reference: str | None = None
    memo: str | None = None
    account_id: str | None = None
    to_account_id: str | None = None
    allocations: tuple[AllocationBody, ...] = ()


def _record(call: Call) -> NewRecord | Refusal:
    client = call.environment.store.books(call.scope).get(Client, call.scope.client)
    return record_of(call.body_as(RecordBody), client.currency) if client else NOT_FOUND


def record_of(body: RecordBody, currency: str) -> NewRecord | Refusal:
    """The record as asked, its amounts in the client's currency."""
    amount = money_of(body.amount, currency)
    if isinstance(amount, Refusal):
        return amount
    parts: list[Allocation] = []
    for position, part in enumerate(body.allocations):
        of_part = money_of(part.amount, currency, f"allocations.{position}.amount")
        if isinstance(of_part, Refusal):
            return of_part
        parts.append(Allocation(part.target, part.target_id, of_part))
    return NewRecord(
        body.type,
        amount,
        body.paid_on,
        body.counterparty_id,
        body.counterparty_name,
        body.method,
        body.reference,
        body.memo,
        body.account_id,
        body.to_account_id,
        tuple(parts),
    )


def _create(call: Call) -> Reply | Refusal:
    record, client = _record(call), call.scope.client
    if isinstance(record, Refusal):
        return record

    def show(payment: Payment) -> Shown:
        shown = changed_payment(payment)
        where = {"Location": f"/clients/{client}/payments/{payment.id}"}
        return replace(shown, headers={**(shown.headers or {}), **where})

    return write(
        call,
        lambda change: create(call.environment, change, record),
        show,
        {"record": record},
        201,
    )


def _update(call: Call) -> Reply | Refusal:
    record, name, version = _record(call), call.path["payment"], call.version
    if isinstance(record, Refusal):
        return record
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: update(call.environment, change, name, record, version),
        changed_payment,
        None,
    )


def _delete(call: Call) -> Reply | Refusal:
    name, version = call.path["payment"], call.version
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: delete(call.environment, change, name, version),
        changed_payment,
        None,
    )


def _confirm(call: Call) -> Reply | Refusal:
    name = call.path["payment"]
    return write(
        call,
        lambda change: confirm(call.environment, change, name),
        changed_payment,
        {"confirm": name},
    )


def _reset(call: Call) -> Reply | Refusal:
    name = call.path["payment"]
    return write(
        call,
        lambda change: reset_to_draft(call.environment, change, name),
        changed_payment,
        {"reset_to_draft": name},
    )


_ALLOCATED = frozenset(
    {
        Code.ALLOCATION_INVALID, Code.OVER_ALLOCATED, Code.CURRENCY_MISMATCH,
        Code.DUPLICATE_ITEM, Code.TOO_MANY_ITEMS,
    }
)  # fmt: skip
_RECORD = _ALLOCATED | {
    Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE, Code.DATE_FUTURE,
    Code.DATE_PAST, Code.PERIOD_CLOSED,
}  # fmt: skip
_EXISTING = frozenset({Code.RAIL_PAYMENT, Code.BATCH_MEMBER, Code.WRONG_STATE})
_VERSIONED = frozenset({Code.VERSION_MISMATCH, Code.VERSION_REQUIRED})
_EXAMPLE = {
    "type": "vendor_payment",
    "amount": {"minor": 48000, "currency": "USD"},
    "paid_on": "2026-11-20",
    "counterparty_name": "Lakeside Catering",
    "method": "CHECK",
    "reference": "check 1042",
}
OPERATIONS: Operations = table(
    (
        Operation(
            "POST", _ALL, "recordPayment", "Record a payment that happened off-rail", TAG, _create,
            RECORD, {201: Payment}, body=RecordBody, refusals=_RECORD, example=_EXAMPLE,
            headers={**ETAG, **LOCATION},
        ),
        Operation(
            "PUT", _ONE, "changeRecord", "Tell a draft record anew", TAG, _update, RECORD,
            {200: Payment}, body=RecordBody, if_match=True, example=_EXAMPLE, headers=ETAG,
            refusals=_RECORD | _EXISTING | _VERSIONED | {Code.NOT_DRAFT, Code.NUMBERED},
        ),
        Operation(
            "DELETE", _ONE, "deleteRecord", "Delete a draft that never had a number", TAG, _delete,
            RECORD, {200: Payment}, if_match=True, headers=ETAG,
            refusals=_EXISTING | _VERSIONED | {Code.NOT_DRAFT, Code.NUMBERED},
        ),
        Operation(
            "POST", f"{_ONE}/confirm", "confirmPayment",
            "Number a record, write its entry, count its allocations", TAG, _confirm, POST,
            {200: Payment}, headers=ETAG,
            refusals=_ALLOCATED | _EXISTING | {Code.NOT_DRAFT, Code.PERIOD_CLOSED},
        ),
        Operation(
            "POST", f"{_ONE}/reset-to-draft", "resetPayment",
            "Mirror a record's entry, undo its allocations, keep its number", TAG, _reset, POST,
            {200: Payment}, refusals=_EXISTING | {Code.PERIOD_CLOSED},
            headers=ETAG,
        ),
    )
)  # fmt: skip
