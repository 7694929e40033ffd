"""Routes that override the guardrail for one bill: asked by one person, approved by another."""

from __future__ import annotations

from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import DECIDE, OVERRIDE
from rowcol.edge.decisions import Decided, ReasonBody, show
from rowcol.edge.operation import LOCATION, Call, Operation, Operations, Reply, table
from rowcol.edge.writing import write
from rowcol.service.decisions.override import approve_override, ask_override, withdraw_override

TAG = "Decisions"
_ASKED = "/clients/{client}/bills/{bill}/override"
_OVERRIDE = f"{_ASKED}/{{override}}"


def _ask(call: Call) -> Reply | Refusal:
    bill, client = call.path["bill"], call.scope.client
    reason = call.body_as(ReasonBody).reason
    return write(
        call,
        lambda change: ask_override(call.environment, change, bill, reason),
        lambda outcome: show(client, outcome),
        {"override": bill, "reason": reason},
        201,
    )


def _approve(call: Call) -> Reply | Refusal:
    bill, override, client = call.path["bill"], call.path["override"], call.scope.client
    return write(
        call,
        lambda change: approve_override(call.environment, change, bill, override),
        lambda outcome: show(client, outcome),
        {"override": bill, "approve": override},
    )


def _withdraw(call: Call) -> Reply | Refusal:
    bill, override, client = call.path["bill"], call.path["override"], call.scope.client
    return write(
        call,
        lambda change: withdraw_override(change, bill, override),
        lambda outcome: show(client, outcome),
        None,
    )


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", _ASKED, "askOverride", "Ask to pay a bill that cash does not cover", TAG,
            _ask, DECIDE, {201: Decided}, body=ReasonBody,
            refusals=frozenset({Code.NOT_STAGED, Code.WRONG_STATE}),
            example={"reason": "the landlord gives no more time; a loan arrives tomorrow"},
        ),
        Operation(
            "POST", f"{_OVERRIDE}/approve", "approveOverride",
            "Another person's yes to paying it all the same", TAG, _approve, OVERRIDE,
            {200: Decided}, headers=LOCATION,
            refusals=frozenset(
                {
                    Code.NO_PENDING_CHANGE, Code.SECOND_PERSON_REQUIRED, Code.SAME_PERSON,
                    Code.STEP_UP_REQUIRED, Code.FORBIDDEN, Code.BILL_CHANGED, Code.NOT_STAGED,
                }
            ),
        ),
        Operation(
            "DELETE", _OVERRIDE, "withdrawOverride", "Take an override back, or say no to it", TAG,
            _withdraw, DECIDE, {200: Decided}, refusals=frozenset({Code.NO_PENDING_CHANGE}),
        ),
    )
)  # fmt: skip
