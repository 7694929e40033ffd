"""Samples of plans: proposed, and lines of one accepted."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import STRANGER, VERA, Sample, answered, proxy

_PLAN = "/clients/{client}/plan"


def plan_samples() -> list[Sample]:
    """A plan of a client, one that means nothing, and lines of bills that are not there."""

    def proposed(case: str, expected: dict[str, Any], **how: Any) -> Sample:
        event = proxy("POST", _PLAN, **{"sub": VERA, "key": f"sample-{case}", "body": {}, **how})
        return Sample("plan_proposal", case, event, expected)

    def accepted(case: str, expected: dict[str, Any], **how: Any) -> Sample:
        event = proxy("POST", f"{_PLAN}/accept", **{"key": f"sample-{case}", **how})
        return Sample("payment_commands", case, event, expected)

    amount = {"minor": 125_000, "currency": "USD"}
    line = {"bill_id": "no-such-bill", "amount": amount, "action": "pay_now"}
    may_not = answered(403, "forbidden")
    return [
        proposed("plan", answered(200)),
        proposed("plan_of_a_month", answered(200), body={"horizon_days": 30, "keep_back": amount}),
        proposed("plan_too_long", answered(400, "invalid_input"), body={"horizon_days": 92}),
        proposed("plan_without_key", answered(400, "invalid_input"), key=None),
        proposed("plan_by_stranger", may_not, sub=STRANGER),
        proposed("plan_of_unknown_client", answered(404, "not_found"), client="no-such-client"),
        accepted("accept_plan", answered(200), body={"lines": [line]}),
        accepted("accept_plan_of_nothing", answered(400, "invalid_input"), body={"lines": []}),
        accepted("accept_plan_by_viewer", may_not, body={"lines": [line]}, sub=VERA),
    ]
