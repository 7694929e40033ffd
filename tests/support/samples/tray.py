"""Samples of the tray, its rules, and replays."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import ANN, BEN, VERA, Sample, answered, proxy

_TRAY = "/clients/{client}/tray"
_ACT = f"{_TRAY}/{{item}}/{{verb}}"


def tray_samples() -> list[Sample]:
    """Of the one function that serves them."""

    def sample(case: str, event: dict[str, Any], expected: dict[str, Any]) -> Sample:
        return Sample("tray_admin", case, event, expected)

    def act(case: str, expected: dict[str, Any], verb: str, body: object, **how: Any) -> Sample:
        event = proxy("POST", _ACT, item="payment-none-late", verb=verb, body=body, **how)
        return sample(case, event, expected)

    unknown, text = answered(404, "not_found"), {"text": "why?"}
    change = {"change_id": "trp_unknown"}
    rules = f"{_TRAY}-rules"
    firm = proxy("GET", "/tray", sub=VERA, query={"severity": "high,medium"})
    wrong = proxy("GET", "/tray", sub=VERA, query={"state": "gone"})
    replay = "/clients/{client}/replay"
    many = {"verb": "assign", "items": [{"id": "payment-none-late"}]}
    return [
        sample("firm", firm, answered(200)),
        sample("firm_wrong_state", wrong, answered(400, "unknown_value")),
        sample("client", proxy("GET", _TRAY, sub=VERA), answered(200)),
        sample("rules", proxy("GET", rules, sub=VERA), answered(200)),
        sample(
            "rule_approve_unknown",
            proxy("POST", f"{rules}/approve", body=change, sub=BEN, key="sample-key-tray-1"),
            answered(409, "no_pending_change"),
        ),
        act("ask_unknown", unknown, "ask", text, sub=ANN, key="sample-key-tray-2"),
        act("ask_by_viewer", answered(403, "forbidden"), "ask", text, sub=VERA),
        sample(
            "many",
            proxy("POST", f"{_TRAY}/bulk", body=many, sub=ANN, key="sample-key-tray-3"),
            answered(200),
        ),
        sample(
            "replay_count",
            proxy("POST", replay, body={"dry_run": True}, sub=BEN, key="sample-key-tray-4"),
            answered(200),
        ),
        sample(
            "replay_uncounted",
            proxy("POST", replay, body={"rail": "ramp"}, sub=BEN, key="sample-key-tray-5"),
            answered(400, "invalid_input"),
        ),
        sample("dead_letters", {"step": "dead_letters"}, {"answer": {"told": 0}}),
    ]
