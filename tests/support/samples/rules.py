"""Samples of staging rules and of ready bills."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import ANN, BEN, VERA, Sample, answered, proxy

_ROUTE = "/clients/{client}/staging-rules"
_LARGE: dict[str, Any] = {
    "id": "large",
    "name": "Large bills",
    "when": [[{"fact": "amount", "at_least": {"minor": 1_000_000, "currency": "USD"}}]],
    "then": ["second_person"],
}
_WRONG = {**_LARGE, "when": [[{"fact": "amount", "holds": True}]]}


def rule_samples() -> list[Sample]:
    """Of both functions that serve them."""

    def put(case: str, expected: dict[str, Any], rule: dict[str, Any], **how: Any) -> Sample:
        event = proxy("PUT", _ROUTE, **{"sub": BEN, "body": {"rules": [rule]}, **how})
        return Sample("settings_admin", f"rules_{case}", event, expected)

    def asked(case: str, verb: str, expected: dict[str, Any], body: object, **how: Any) -> Sample:
        event = proxy("POST", f"{_ROUTE}/{verb}", body=body, **how)
        return Sample("settings_admin", f"rules_{case}", event, expected)

    def read(function: str, case: str, path: str, **how: Any) -> Sample:
        event = proxy("GET", f"/clients/{{client}}{path}", **how)
        return Sample(function, case, event, answered(200))

    change = {"change_id": "rul_unknown"}
    unknown = answered(409, "no_pending_change")
    yes, no = "sample-key-rules-1", "sample-key-rules-2"
    return [
        put("by_advisor", answered(403, "forbidden"), _LARGE, sub=ANN, version=0),
        put("without_version", answered(428, "version_required"), _LARGE),
        put("ill_formed", answered(400, "invalid_input"), _WRONG, version=0),
        put("without_second_factor", answered(401, "step_up_required"), _LARGE, version=0),
        asked("approve_unknown", "approve", unknown, change, sub=BEN, key=yes),
        asked("reject_unknown", "reject", unknown, change, sub=BEN, key=no),
        asked("try", "try", answered(200), {"rules": [_LARGE]}, sub=VERA),
        asked("try_unknown_bill", "try", answered(404, "not_found"), {"bill_id": "no-such-bill"}),
        read("settings_admin", "staging_rules", "/staging-rules", sub=VERA),
        read("console_query", "bills_ready", "/bills/ready", query={"ready_for": "staging"}),
    ]
