"""Routes by which people decide on invoices and say what a charge pays. Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from rowcol.domain.receivables.collected import ChargeMatch
from rowcol.domain.receivables.follow_up import FollowUp, FollowUpVerb
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import RECORD
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.edge.writing import Shown, write
from rowcol.service.receivables.follow_ups import (
    REASON_CHARACTERS_MAX,
    FollowUpAsked,
    decide_invoice,
)
from rowcol.service.receivables.person_matches import ChargeSaid, say_charge

TAG = "Receivables"
Reason = Annotated[str, Field(min_length=1, max_length=REASON_CHARACTERS_MAX)]


class InvoiceDecisionBody(Body):
    """`remind`: the customer was reminded, outside RowCol. `wait` until a day. `escalate`.

    `until`: when the invoice asks again, up to 180 days ahead; needed to wait, 7 days after a
    reminder unless said, none after escalating.
    """

    verb: FollowUpVerb
    reason: Reason
    until: date | None = None


class ChargeInvoiceBody(Body):
    """The invoice that a charge pays; null: none of those that are known."""

    invoice_id: Annotated[str | None, Field(min_length=1, max_length=64)]
    reason: Reason


@dataclass(frozen=True, slots=True)
class InvoiceDecided:
    """What was decided on an invoice so far, the latest last."""

    invoice_id: str
    follow_up: FollowUp


def _decide(call: Call) -> Reply | Refusal:
    body = call.body_as(InvoiceDecisionBody)
    asked = FollowUpAsked(call.path["invoice"], body.verb, body.reason, body.until)

    def show(found: FollowUp) -> Shown:
        return Shown(InvoiceDecided(asked.invoice_id, found))

    return write(call, lambda change: decide_invoice(change, asked), show, ("invoice", asked))


def _say(call: Call) -> Reply | Refusal:
    body = call.body_as(ChargeInvoiceBody)
    said = ChargeSaid(call.path["charge"], body.invoice_id, body.reason)

    def show(found: ChargeMatch) -> Shown:
        return Shown(found)

    return write(call, lambda change: say_charge(change, said), show, ("charge", said))


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", "/clients/{client}/invoices/{invoice}/decision", "decideInvoice",
            "Record what is decided on an open invoice: remind, wait, escalate", TAG, _decide,
            RECORD, {200: InvoiceDecided}, body=InvoiceDecisionBody,
            refusals=frozenset({
                Code.NOT_FOUND, Code.WRONG_STATE, Code.INVALID_INPUT, Code.DATE_PAST,
                Code.DATE_TOO_FAR,
            }),
            example={"verb": "remind", "reason": "called Kim, they pay on Friday"},
        ),
        Operation(
            "POST", "/clients/{client}/receivables/charges/{charge}/invoice", "sayChargeInvoice",
            "Say which invoice a charge pays", TAG, _say, RECORD, {200: ChargeMatch},
            body=ChargeInvoiceBody,
            refusals=frozenset({Code.NOT_FOUND, Code.WRONG_STATE, Code.CURRENCY_MISMATCH}),
            example={"invoice_id": "inv-1741", "reason": "the customer named it by phone"},
        ),
    )
)  # fmt: skip
