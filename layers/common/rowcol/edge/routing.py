"""The route that asks how a payment would travel. Nothing is written."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.ask import Ask, Preference
from rowcol.domain.routing.networks import Network, Payee
from rowcol.domain.routing.router import Route
from rowcol.domain.scope import valid_id
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.service.dry_route import dry_route

Networks = Annotated[list[Network], Field(min_length=1, max_length=len(Network))]


class RouteBody(Body):
    """`amount`, or `bill_id` for that of a bill as Ramp shows it; and `on`, as `preference` says.

    `accepted`: what the vendor takes, if known. `networks`: only these are wished.
    """

    on: date
    amount: MoneyBody | None = None
    bill_id: str | None = None
    preference: Preference = Preference.SEND_ON
    accepted: Networks | None = None
    networks: Networks | None = None
    payee: Payee = Payee.BUSINESS


def _route(call: Call) -> Reply | Refusal:
    body = call.body_as(RouteBody)
    books = call.environment.store.books(call.scope)
    client = books.get(Client, call.scope.client)
    if client is None:
        return NOT_FOUND
    bill: Bill | None = None
    if body.bill_id is not None and body.amount is None:
        bill = books.get(Bill, body.bill_id) if valid_id(body.bill_id) else None
        if bill is None:
            return NOT_FOUND
    amount = _amount(body, bill, client.currency)
    if isinstance(amount, Refusal):
        return amount
    ask = Ask(
        amount,
        body.on,
        body.preference,
        call.environment.now(),
        frozenset(body.accepted) if body.accepted is not None else None,
        frozenset(body.networks) if body.networks is not None else None,
        body.payee,
    )
    found = dry_route(client, ask, bill)
    return found if isinstance(found, Refusal) else Reply(found)


def _amount(body: RouteBody, bill: Bill | None, currency: str) -> Money | Refusal:
    if bill is not None:
        return bill.amount
    if body.amount is None or body.bill_id is not None:
        fields = ["amount", "bill_id"]
        return Refusal(Code.INVALID_INPUT, "either amount or bill_id", {"fields": fields})
    return money_of(body.amount, currency)


OPERATIONS: Operations = table(
    [
        Operation(
            "POST",
            "/clients/{client}/payments/route",
            "routePayment",
            "How a payment would travel: network, fee, dates, and why not otherwise",
            "Payments",
            _route,
            VIEW,
            {200: Route},
            RouteBody,
            asks_only=True,
            refusals=frozenset(
                {
                    Code.AMOUNT_NOT_POSITIVE,
                    Code.AMOUNT_PRECISION,
                    Code.AMOUNT_TOO_LARGE,
                    Code.BILL_NOT_OPEN,
                    Code.CAPABILITY_MISSING,
                    Code.CURRENCY_MISMATCH,
                    Code.DATE_PAST,
                    Code.DATE_TOO_FAR,
                    Code.NO_ROUTE,
                }
            ),
            example={
                "on": "2026-11-30",
                "preference": "deliver_by",
                "amount": {"minor": 125000, "currency": "USD"},
            },
        )
    ]
)
