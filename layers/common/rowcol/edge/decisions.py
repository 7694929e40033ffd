"""Routes that stage bills and take decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from pydantic import Field

from rowcol.domain.bill import Decision, DecisionAction
from rowcol.domain.fraud import Signal
from rowcol.domain.lifecycle import Status
from rowcol.domain.override import Override
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.reserve import Reserve
from rowcol.domain.runway_effect import RunwayEffect
from rowcol.domain.scope import valid_id
from rowcol.edge.amounts import SeenAmount, seen
from rowcol.edge.caller import DECIDE, STAGE
from rowcol.edge.limits import LIMITED
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.writing import Shown, write
from rowcol.service.change import Change
from rowcol.service.decide import REASON_LENGTH_MAX, Decide, decide
from rowcol.service.decisions.approve import approve, refuse
from rowcol.service.decisions.change_decision import change_decision
from rowcol.service.fraud import warnings_of
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.runway import decision_effect
from rowcol.service.stage import stage, unstage
from rowcol.service.wishes import Outcome
from rowcol.service.withdraw import withdraw

TAG = "Decisions"
_STAGED = "/clients/{client}/bills/{bill}/stage"
_DECISIONS = "/clients/{client}/decisions"


class OtherDecisionBody(Body):
    """`pay_now`, `schedule` with `pay_on`, or `delay` with `until` and `reason`.

    With `amount`, a bill that asks for another by now is not decided.
    """

    action: DecisionAction
    pay_on: date | None = None
    until: date | None = None
    reason: str | None = None
    amount: SeenAmount | None = None

    def wish(self, bill_id: str) -> Decide:
        """The same, as the use case takes it."""
        amount = seen(self.amount)
        return Decide(bill_id, self.action, self.pay_on, self.until, self.reason, amount)


class DecisionBody(OtherDecisionBody):
    """The same, of which bill."""

    bill_id: str


class ReasonBody(Body):
    """Why, for the log and for who comes after."""

    reason: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX)]


@dataclass(frozen=True, slots=True)
class Told:
    """A decision's outcome with what is told beside it."""

    outcome: Outcome
    runway: RunwayEffect
    warnings: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a staging or a decision answers: the bill's decision, reserve, and payment if any.

    `runway`: the cash line before and after a decision. `warnings`: signs of fraud that nobody has
    answered; those with the effect `hold` stop the payment at its release. `rail_date`: the day on
    which Ramp is going to pay it by itself.
    """

    bill_id: str
    decision: Decision | None
    reserve: Reserve | None
    payment_id: str | None
    payment_status: Status | None
    override: Override | None = None
    runway: RunwayEffect | None = None
    warnings: tuple[Signal, ...] = ()
    rail_date: date | None = None


def told(change: Change, outcome: Outcome | Refusal) -> Told | Refusal:
    """The outcome of a decision, with what it does to the runway and what speaks against it."""
    if isinstance(outcome, Refusal):
        return outcome
    bill = outcome.bill
    return Told(outcome, decision_effect(change, bill.id), warnings_of(change, bill))


def show_told(client: str, decided: Told) -> Shown:
    """The answer to a decision."""
    shown = show(client, decided.outcome)
    assert isinstance(shown.body, Decided)  # as `show` makes it
    body = replace(shown.body, runway=decided.runway, warnings=decided.warnings)
    return Shown(body, shown.headers)


def show(client: str, outcome: Outcome) -> Shown:
    """The answer, and where the payment is found that was made."""
    bill, payment = outcome.bill, outcome.payment
    planned = bill.rail.payment.planned_on if bill.rail.payment is not None else None
    shown = Decided(
        bill.id,
        bill.decision,
        bill.reserve,
        payment.id if payment else None,
        payment.status if payment else None,
        bill.override,
        rail_date=planned if going_to_pay(bill.rail) else None,
    )
    where = {"Location": f"/clients/{client}/payments/{payment.id}"} if payment else None
    return Shown(shown, where)


def _stage(call: Call) -> Reply | Refusal:
    bill, client = call.path["bill"], call.scope.client
    return write(
        call,
        lambda change: stage(call.environment, change, bill),
        lambda outcome: show(client, outcome),
        {"stage": bill},
        201,
    )


def _unstage(call: Call) -> Reply | Refusal:
    bill, client = call.path["bill"], call.scope.client
    return write(
        call, lambda change: unstage(change, bill), lambda outcome: show(client, outcome), None
    )


def _take(call: Call) -> Reply | Refusal:
    body, client = call.body_as(DecisionBody), call.scope.client
    if not valid_id(body.bill_id):
        return Refusal(Code.NOT_FOUND, "no such bill")
    wish = body.wish(body.bill_id)
    return write(
        call,
        lambda change: told(change, decide(call.environment, change, wish)),
        lambda decided: show_told(client, decided),
        wish,
        202,
    )


def _take_back(call: Call) -> Reply | Refusal:
    decision, client = call.path["decision"], call.scope.client
    return write(
        call,
        lambda change: withdraw(change, decision),
        lambda outcome: show(client, outcome),
        None,
    )


def _change(call: Call) -> Reply | Refusal:
    body, decision, client = (
        call.body_as(OtherDecisionBody),
        call.path["decision"],
        call.scope.client,
    )
    wish = body.wish("")
    return write(
        call,
        lambda change: told(change, change_decision(call.environment, change, decision, wish)),
        lambda decided: show_told(client, decided),
        {"change": decision, "wish": wish},
        202,
    )


def _approve(call: Call) -> Reply | Refusal:
    decision, client = call.path["decision"], call.scope.client
    return write(
        call,
        lambda change: told(change, approve(call.environment, change, decision)),
        lambda decided: show_told(client, decided),
        {"approve": decision},
        202,
    )


def _refuse(call: Call) -> Reply | Refusal:
    decision, client = call.path["decision"], call.scope.client
    reason = call.body_as(ReasonBody).reason
    return write(
        call,
        lambda change: refuse(change, decision, reason),
        lambda outcome: show(client, outcome),
        {"refuse": decision, "reason": reason},
    )


_CHECKED = LIMITED | {
    Code.LIVE_PAYMENT_EXISTS, Code.BILL_NOT_OPEN, Code.OUTCOME_UNKNOWN, Code.DATE_PAST,
    Code.DATE_TOO_FAR, Code.DATE_NOT_BANK_DAY, Code.CAPABILITY_MISSING,
    Code.GUARDRAIL_INSUFFICIENT, Code.BUFFER_UNKNOWN, Code.BALANCE_UNKNOWN, Code.PAID_OUTSIDE,
    Code.NO_ROUTE, Code.CURRENCY_MISMATCH, Code.BATCH_MEMBER, Code.BILL_CHANGED,
}  # fmt: skip
_WITHDRAWN = frozenset({Code.WRONG_STATE, Code.TOO_LATE, Code.BATCH_MEMBER})
_DECISION = "/clients/{client}/decisions/{decision}"
OPERATIONS: Operations = table(
    (
        Operation(
            "POST", _STAGED, "stageBill", "Earmark an approved bill's money", TAG, _stage, STAGE,
            {201: Decided}, headers=LOCATION,
            refusals=frozenset(
                {
                    Code.LIVE_PAYMENT_EXISTS, Code.ALREADY_STAGED, Code.BILL_NOT_APPROVED,
                    Code.BILL_NOT_OPEN, Code.BILL_INCOMPLETE, Code.CURRENCY_MISMATCH,
                    Code.BLOCKED_BY_TRAY, Code.STAGING_FORBIDDEN, Code.BATCH_MEMBER,
                }
            ),
        ),
        Operation(
            "DELETE", _STAGED, "unstageBill", "Take a staging back", TAG, _unstage, STAGE,
            {200: Decided}, refusals=frozenset({Code.NOT_STAGED, Code.BATCH_MEMBER}),
            headers=LOCATION,
        ),
        Operation(
            "POST", _DECISIONS, "decide", "Pay now, schedule or delay a staged bill", TAG, _take,
            DECIDE, {202: Decided}, body=DecisionBody, headers=LOCATION,
            refusals=_CHECKED | {Code.NOT_STAGED, Code.STAGING_FORBIDDEN},
            example={
                "bill_id": "20b5b751-29e2-50a7-ba50-e58333f71ca0",
                "action": "schedule",
                "pay_on": "2026-12-01",
                "amount": {"minor": 125000, "currency": "USD"},
            },
        ),
        Operation(
            "DELETE", _DECISION, "withdrawDecision",
            "Take a decision back before the rail has it", TAG, _take_back, DECIDE,
            {200: Decided}, headers=LOCATION, refusals=_WITHDRAWN,
        ),
        Operation(
            "POST", f"{_DECISION}/change", "changeDecision",
            "Decide otherwise before the rail has it", TAG, _change, DECIDE, {202: Decided},
            body=OtherDecisionBody, headers=LOCATION,
            refusals=_CHECKED | _WITHDRAWN | {Code.STAGING_FORBIDDEN},
            example={"action": "delay", "until": "2026-12-01", "reason": "waits for a credit"},
        ),
        Operation(
            "POST", f"{_DECISION}/approve", "approveDecision", "The second person's yes", TAG,
            _approve, DECIDE, {202: Decided}, headers=LOCATION,
            refusals=_CHECKED
            | {Code.WRONG_STATE, Code.SAME_PERSON, Code.SECOND_PERSON_REQUIRED},
        ),
        Operation(
            "POST", f"{_DECISION}/refuse", "refuseDecision", "The second person's no", TAG,
            _refuse, DECIDE, {200: Decided}, body=ReasonBody, headers=LOCATION,
            refusals=frozenset({Code.WRONG_STATE, Code.SAME_PERSON, Code.BATCH_MEMBER}),
            example={"reason": "the goods did not arrive"},
        ),
    )
)  # fmt: skip
