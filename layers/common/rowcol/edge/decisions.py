"""Routes that stage bills and take decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.bill import Decision, DecisionAction
from rowcol.domain.lifecycle import Status
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.reserve import Reserve
from rowcol.domain.scope import valid_id
from rowcol.edge.caller import DECIDE, STAGE
from rowcol.edge.limits import LIMITED
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.writing import Shown, write
from rowcol.service.decide import Decide, decide
from rowcol.service.stage import stage, unstage
from rowcol.service.wishes import Outcome
from rowcol.service.withdraw import withdraw

TAG = "Decisions"
_STAGED = "/clients/{client}/bills/{bill}/stage"
_DECISIONS = "/clients/{client}/decisions"


class DecisionBody(Body):
    """`pay_now`, `schedule` with `pay_on`, or `delay` with `until` and `reason`."""

    bill_id: str
    action: DecisionAction
    pay_on: date | None = None
    until: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a staging or a decision answers: the bill's decision, reserve, and payment if any."""

    bill_id: str
    decision: Decision | None
    reserve: Reserve | None
    payment_id: str | None
    payment_status: Status | None


def _show(client: str, outcome: Outcome) -> Shown:
    bill, payment = outcome.bill, outcome.payment
    shown = Decided(
        bill.id,
        bill.decision,
        bill.reserve,
        payment.id if payment else None,
        payment.status if payment else None,
    )
    where = {"Location": f"/clients/{client}/payments/{payment.id}"} if payment else None
    return Shown(shown, where)


def _stage(call: Call) -> Reply | Refusal:
    bill, client = call.path["bill"], call.scope.client
    return write(
        call,
        lambda change: stage(call.environment, change, bill),
        lambda outcome: _show(client, outcome),
        {"stage": bill},
        201,
    )


def _unstage(call: Call) -> Reply | Refusal:
    bill, client = call.path["bill"], call.scope.client
    return write(
        call, lambda change: unstage(change, bill), lambda outcome: _show(client, outcome), None
    )


def _take(call: Call) -> Reply | Refusal:
    body, client = call.body_as(DecisionBody), call.scope.client
    if not valid_id(body.bill_id):
        return Refusal(Code.NOT_FOUND, "no such bill")
    wish = Decide(body.bill_id, body.action, body.pay_on, body.until, body.reason)
    return write(
        call,
        lambda change: decide(call.environment, change, wish),
        lambda outcome: _show(client, outcome),
        wish,
        202,
    )


def _take_back(call: Call) -> Reply | Refusal:
    decision, client = call.path["decision"], call.scope.client
    return write(
        call,
        lambda change: withdraw(change, decision),
        lambda outcome: _show(client, outcome),
        None,
    )


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", _STAGED, "stageBill", "Earmark an approved bill's money", TAG, _stage, STAGE,
            {201: Decided}, headers=LOCATION,
            refusals=frozenset(
                {
                    Code.LIVE_PAYMENT_EXISTS, Code.ALREADY_STAGED, Code.BILL_NOT_APPROVED,
                    Code.BILL_NOT_OPEN, Code.BILL_INCOMPLETE, Code.CURRENCY_MISMATCH,
                }
            ),
        ),
        Operation(
            "DELETE", _STAGED, "unstageBill", "Take a staging back", TAG, _unstage, STAGE,
            {200: Decided}, refusals=frozenset({Code.NOT_STAGED}), headers=LOCATION,
        ),
        Operation(
            "POST", _DECISIONS, "decide", "Pay now, schedule or delay a staged bill", TAG, _take,
            DECIDE, {202: Decided}, body=DecisionBody, headers=LOCATION,
            refusals=frozenset(
                {
                    Code.NOT_STAGED, Code.LIVE_PAYMENT_EXISTS, Code.BILL_NOT_OPEN,
                    Code.OUTCOME_UNKNOWN, Code.DATE_PAST, Code.DATE_TOO_FAR,
                    Code.DATE_NOT_BANK_DAY, Code.CAPABILITY_MISSING, Code.SECOND_PERSON_REQUIRED,
                    Code.GUARDRAIL_INSUFFICIENT, Code.BUFFER_UNKNOWN, Code.BALANCE_UNKNOWN,
                    Code.PAID_OUTSIDE, Code.NO_ROUTE, Code.CURRENCY_MISMATCH,
                }
            )
            | LIMITED,
            example={
                "bill_id": "20b5b751-29e2-50a7-ba50-e58333f71ca0",
                "action": "schedule",
                "pay_on": "2026-12-01",
            },
        ),
        Operation(
            "DELETE", "/clients/{client}/decisions/{decision}", "withdrawDecision",
            "Take a decision back before the rail has it", TAG, _take_back, DECIDE,
            {200: Decided}, headers=LOCATION,
            refusals=frozenset({Code.WRONG_STATE, Code.TOO_LATE, Code.BATCH_MEMBER}),
        ),
    )
)  # fmt: skip
