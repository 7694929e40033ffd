"""Routes by which people stop, move, reverse and replace payments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import Field

from rowcol.domain.lifecycle import By
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.edge.caller import ADMINISTER, DECIDE
from rowcol.edge.limits import LIMITED
from rowcol.edge.operation import ETAG, LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.payment_view import changed_payment
from rowcol.edge.writing import Shown, write
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reissue import Reissue, reissue
from rowcol.service.payment_commands.reject import Reject, reject
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse

TAG = "Payment commands"
_PAYMENT = "/clients/{client}/payments/{payment}"


class EvidenceBody(Body):
    """What was shown: its kind, a reference by which it is found again, and words."""

    kind: EvidenceKind
    reference: str
    note: str = ""


class HoldBody(Body):
    """Why it is held."""

    reason: str


class LiftBody(Body):
    """Evidence, for the holds that need it.

    With `account_id`, a payment whose vendor shows another account by now is not lifted.
    """

    evidence: EvidenceBody | None = None
    account_id: Annotated[str | None, Field(min_length=1, max_length=100)] = None


class CancelBody(Body):
    """Why, if anybody wants to know."""

    reason: str | None = None


class RescheduleBody(Body):
    """A bank day after today."""

    pay_on: date


class ReverseBody(Body):
    """What was seen of the money, and the evidence."""

    seen: Why
    evidence: EvidenceBody | None = None


class ReissueBody(Body):
    """The stop payment; `reference`: the number of the new check, for records."""

    evidence: EvidenceBody | None = None
    reference: str | None = None


class RejectBody(Body):
    """Why; with evidence that no money moved when the rail had begun."""

    reason: str
    evidence: EvidenceBody | None = None


Plan = Callable[[Environment, Change, str], "Payment | Refusal"]


def _given(body: EvidenceBody | None) -> Given | None:
    return Given(body.kind, body.reference, body.note) if body is not None else None


def _run(
    call: Call,
    verb: str,
    plan: Plan,
    status: int = 200,
    show: Callable[[Payment], Shown] = changed_payment,
) -> Reply | Refusal:
    payment = call.path["payment"]
    asked = {verb: payment, "input": call.body.model_dump(mode="json")}
    return write(call, lambda change: plan(call.environment, change, payment), show, asked, status)


def _hold(call: Call) -> Reply | Refusal:
    reason = call.body_as(HoldBody).reason
    return _run(call, "hold", lambda env, change, name: hold(env, change, name, reason))


def _lift(call: Call) -> Reply | Refusal:
    admin = call.caller.refusal(call.scope.client, ADMINISTER) is None
    body = call.body_as(LiftBody)
    wish = Lift(By.ADMIN if admin else By.PERSON, _given(body.evidence), body.account_id)
    return _run(call, "lift", lambda env, change, name: lift(env, change, name, wish))


def _cancel(call: Call) -> Reply | Refusal:
    reason = call.body_as(CancelBody).reason
    return _run(call, "cancel", lambda env, change, name: cancel(env, change, name, reason), 202)


def _reschedule(call: Call) -> Reply | Refusal:
    day = call.body_as(RescheduleBody).pay_on
    return _run(
        call, "reschedule", lambda env, change, name: reschedule(env, change, name, day), 202
    )


def _reverse(call: Call) -> Reply | Refusal:
    body = call.body_as(ReverseBody)
    wish = Reverse(body.seen, _given(body.evidence))
    return _run(call, "reverse", lambda env, change, name: reverse(env, change, name, wish))


def _reissue(call: Call) -> Reply | Refusal:
    body, client = call.body_as(ReissueBody), call.scope.client
    wish = Reissue(_given(body.evidence), body.reference)

    def show(payment: Payment) -> Shown:
        shown = changed_payment(payment)
        where = f"/clients/{client}/payments/{payment.id}"
        return replace(shown, headers={**(shown.headers or {}), "Location": where})

    return _run(
        call, "reissue", lambda env, change, name: reissue(env, change, name, wish), 201, show
    )


def _reject(call: Call) -> Reply | Refusal:
    body = call.body_as(RejectBody)
    wish = Reject(body.reason, _given(body.evidence))
    return _run(call, "reject", lambda env, change, name: reject(env, change, name, wish))


_ALWAYS = frozenset({Code.WRONG_STATE})
_TWO = frozenset({Code.SAME_PERSON, Code.SECOND_PERSON_REQUIRED})
_AT_RAMP = _ALWAYS | {Code.TOO_LATE, Code.ALREADY_ASKED, Code.OUTCOME_UNKNOWN, Code.BATCH_MEMBER}
_EVIDENCE = {"kind": "bank_notice", "reference": "notice 2026-11-24/17"}
OPERATIONS: Operations = table(
    (
        Operation(
            "POST", f"{_PAYMENT}/hold", "holdPayment",
            "Stop a payment that the rail has not taken", TAG, _hold, ADMINISTER, {200: Payment},
            body=HoldBody, refusals=_AT_RAMP, example={"reason": "the invoice is disputed"},
            headers=ETAG,
        ),
        Operation(
            "POST", f"{_PAYMENT}/lift", "liftPayment", "Lift a hold: checked again, sent anew",
            TAG, _lift, DECIDE, {200: Payment}, headers=ETAG, body=LiftBody,
            refusals=_ALWAYS | {
                Code.ALREADY_ASKED, Code.OUTCOME_UNKNOWN, Code.BATCH_MEMBER, *_TWO,
                Code.EVIDENCE_REQUIRED, Code.BILL_NOT_OPEN, Code.RAIL_REFUSED, Code.BILL_CHANGED,
                Code.BANK_DETAILS_CHANGED, Code.CALL_BACK_REQUIRED, Code.NO_BILL,
                Code.CAPABILITY_MISSING,
                Code.LIMIT_TRANSACTION, Code.LIMIT_DAILY, Code.CURRENCY_MISMATCH,
            },
            example={"evidence": {"kind": "call_back", "reference": "call of 24 November, 10:40"}},
        ),
        Operation(
            "POST", f"{_PAYMENT}/cancel", "cancelPayment",
            "Cancel a payment; it ends once Ramp carries no date of it", TAG, _cancel, DECIDE,
            {202: Payment}, headers=ETAG, body=CancelBody,
            refusals=_AT_RAMP - {Code.OUTCOME_UNKNOWN}, example={"reason": "paid by card"},
        ),
        Operation(
            "POST", f"{_PAYMENT}/reschedule", "reschedulePayment",
            "Another date for the same payment", TAG, _reschedule, DECIDE, {202: Payment},
            headers=ETAG, body=RescheduleBody,
            refusals=_AT_RAMP | {
                Code.DATE_PAST, Code.DATE_TOO_FAR, Code.DATE_NOT_BANK_DAY, Code.CAPABILITY_MISSING,
                Code.BILL_NOT_OPEN, *LIMITED, *_TWO,
            },
            example={"pay_on": "2026-12-01"},
        ),
        Operation(
            "POST", f"{_PAYMENT}/reverse", "reversePayment",
            "Show that a payment's money comes back, or is back", TAG, _reverse, ADMINISTER,
            {200: Payment}, headers=ETAG, body=ReverseBody,
            refusals=_ALWAYS | {Code.EVIDENCE_REQUIRED, Code.BATCH_MEMBER},
            example={"seen": "returned", "evidence": _EVIDENCE},
        ),
        Operation(
            "POST", f"{_PAYMENT}/reissue", "reissuePayment", "Replace a check that was stopped",
            TAG, _reissue, ADMINISTER, {201: Payment}, body=ReissueBody,
            headers={**ETAG, **LOCATION},
            refusals=_ALWAYS | {
                Code.EVIDENCE_REQUIRED, Code.BILL_NOT_OPEN, Code.LIVE_PAYMENT_EXISTS, Code.NO_BILL,
                Code.BILL_CHANGED,
                Code.OUTCOME_UNKNOWN, Code.CAPABILITY_MISSING, Code.BATCH_MEMBER, *LIMITED, *_TWO,
            },
            example={"evidence": {"kind": "stop_payment", "reference": "stop order 55-1023"}},
        ),
        Operation(
            "POST", f"{_PAYMENT}/reject", "rejectPayment", "Refuse a payment for good", TAG,
            _reject, ADMINISTER, {200: Payment}, headers=ETAG, body=RejectBody,
            refusals=_AT_RAMP | {Code.RAIL_REFUSED, Code.EVIDENCE_REQUIRED},
            example={"reason": "not ours to pay"},
        ),
    )
)  # fmt: skip
