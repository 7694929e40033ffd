"""Samples of limits."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import ANN, BEN, STRANGER, VERA, Sample, answered, proxy


def limit_samples() -> list[Sample]:
    """Of a client's, the firm's and people's limits."""
    dollars = {"currency": "USD"}
    wanted = {
        "per_transaction": {"minor": 5_000_000, **dollars},
        "per_day": {"minor": 9_000_000, **dollars},
        "verification_from": None,
    }
    route = "/clients/{client}/limits"

    def proposed(case: str, expected: dict[str, Any], **how: Any) -> Sample:
        event = proxy("PUT", route, **{"sub": BEN, "body": wanted, **how})
        return Sample("settings_admin", f"limits_{case}", event, expected)

    def decided(case: str, verb: str, expected: dict[str, Any], **how: Any) -> Sample:
        body = {"change_id": "lim_unknown"}
        event = proxy("POST", f"{route}/{verb}", sub=BEN, body=body, **how)
        return Sample("settings_admin", f"limits_{case}", event, expected)

    def read(case: str, path: str, expected: dict[str, Any], **how: Any) -> Sample:
        return Sample("settings_admin", case, proxy("GET", path, **how), expected)

    nothing = {**wanted, "per_day": {"minor": 0, **dollars}}
    return [
        proposed("by_advisor", answered(403, "forbidden"), sub=ANN, version=0),
        proposed("without_version", answered(428, "version_required")),
        proposed("of_nothing", answered(422, "amount_not_positive"), body=nothing, version=0),
        proposed("propose", answered(202), version=0),
        proposed("propose_again", answered(412, "version_mismatch"), version=0),
        decided("approve_unknown", "approve", answered(409, "no_pending_change")),
        decided("reject_unknown", "reject", answered(409, "no_pending_change"), key="sample-key-9"),
        read("firm_limits", "/limits", answered(200)),
        read("client_limits", route, answered(200), sub=VERA),
        read("own_limits", "/users/{user}/limits", answered(200), user=ANN),
        read("anothers_limits", "/users/{user}/limits", answered(403, "forbidden"), user=BEN),
        read("limits_of_nobody", "/users/{user}/limits", answered(404), sub=BEN, user=STRANGER),
    ]
