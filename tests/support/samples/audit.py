"""Samples of proving a log, of its checkpoint, and of lists as files."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import CLIENT, STRANGER, Sample, answered, proxy

_CLIENT = "/clients/{client}"


def audit_samples() -> list[Sample]:
    """A log that is whole, evidence of nothing, the day's checkpoint, files asked for and made."""

    def proof(case: str, route: str, expected: dict[str, Any], **how: Any) -> Sample:
        return Sample("audit_proof", case, proxy("GET", _CLIENT + route, **how), expected)

    def file(case: str, method: str, route: str, expected: dict[str, Any], **how: Any) -> Sample:
        key = f"sample-{case}-0001"
        event = proxy(method, _CLIENT + route, key=key, **how)
        return Sample("exports", case, event, expected)

    bills = {"list": "listBills", "format": "csv"}
    evidence = "/payments/{payment}/evidence"
    work = {"firm": "maple-street-cas", "client": CLIENT.id, "export": "exp_none"}
    return [
        proof("verify", "/audit/verify", answered(200)),
        proof("verify_by_stranger", "/audit/verify", answered(403, "forbidden"), sub=STRANGER),
        proof("evidence_of_nothing", evidence, answered(404, "not_found"), payment="pay_none"),
        Sample("checkpoints", "hour", {}, {"answer": {"broken": 0}}),
        file("bills", "POST", "/exports", answered(202), body=bills),
        file(
            "bills_by_stranger",
            "POST",
            "/exports",
            answered(403, "forbidden"),
            body=bills,
            sub=STRANGER,
        ),
        file("no_such_list", "POST", "/exports", answered(404), body={**bills, "list": "none"}),
        file("list", "GET", "/exports", answered(200)),
        file("unknown", "GET", "/exports/{export}", answered(404), export="exp_none"),
        file(
            "now", "GET", "/lists/{list}", answered(200), list="listBills", query={"format": "csv"}
        ),
        Sample("export_work", "unknown", work, {"answer": {"state": "unknown"}}),
        Sample("export_work", "bad_input", {"firm": "maple-street-cas"}, {"error": "BadTaskInput"}),
    ]
