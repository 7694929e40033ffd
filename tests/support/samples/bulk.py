"""Samples of bulk commands, imports and batches."""

from __future__ import annotations

import base64
from typing import Any

from local.demo.firm import FIRM
from tests.support.samples.shapes import CLIENT, PAYMENT, VERA, Sample, answered, proxy

_PAYMENTS = "/clients/{client}/payments"
_BATCH = "/clients/{client}/batches/{batch}"
_CSV = b"Date,Vendor,Amount\n2026-11-02,Lakeside Catering,480.00\n2026-11-02,Acme,-1.00\n"
_RECORD = {
    "type": "vendor_payment",
    "amount": {"minor": 48_000, "currency": "USD"},
    "paid_on": "2026-11-02",
    "counterparty_name": "Lakeside Catering",
}


def bulk_samples() -> list[Sample]:
    """Commands over ids that nobody has, an import, and batches that are not there."""
    return [*_commands(), *_imports(), *_batches(), *_decisions()]


def _command(case: str, route: str, expected: dict[str, Any], **how: Any) -> Sample:
    event = proxy("POST", route, **{"key": f"sample-{case}", **how})
    return Sample("payment_commands", case, event, expected)


def _commands() -> list[Sample]:
    ids = {"ids": [PAYMENT, PAYMENT, "a/b"]}
    many = {"ids": [f"pay_{number}" for number in range(1001)]}
    all_of_them = {**ids, "mode": "all_or_nothing"}

    def bulk(case: str, verb: str, expected: dict[str, Any], **how: Any) -> Sample:
        return _command(f"bulk_{case}", f"{_PAYMENTS}/bulk/{verb}", expected, **how)

    return [
        bulk("validate", "validate", answered(200), body=ids),
        bulk("confirm", "confirm", answered(200), body=ids),
        bulk("confirm_all_or_nothing", "confirm", answered(200), body=all_of_them),
        bulk("reset_to_draft", "reset-to-draft", answered(200), body=ids),
        bulk("cancel", "cancel", answered(200), body=ids),
        bulk("delete", "delete", answered(200), body=ids),
        bulk("post", "post", answered(200), body=ids),
        bulk("too_many", "confirm", answered(400, "too_many_items"), body=many),
        bulk("none", "confirm", answered(400, "invalid_input"), body={"ids": []}),
        bulk("by_viewer", "confirm", answered(403, "forbidden"), body=ids, sub=VERA),
    ]


def _imports() -> list[Sample]:
    file = {"content": base64.b64encode(_CSV).decode(), "type": "vendor_payment"}
    dry = {**file, "dry_run": True}
    no_file = {**file, "content": "AAAA"}

    def imported(case: str, route: str, expected: dict[str, Any], body: object) -> Sample:
        return _command(f"import_{case}", f"{_PAYMENTS}/{route}", expected, body=body)

    return [
        imported("records", "import", answered(200), {"records": [_RECORD, {"type": "gift"}]}),
        imported("file_dry_run", "import-file", answered(200), dry),
        imported("file", "import-file", answered(200), file),
        imported("no_file", "import-file", answered(400, "import_unreadable"), no_file),
    ]


def _batches() -> list[Sample]:
    unknown = {"firm": FIRM, "client": CLIENT.id, "batch": "bat_unknown"}
    missing = answered(404, "not_found")
    return [
        _command("batch_cancel_unknown", f"{_BATCH}/cancel", missing, batch="bat_unknown"),
        Sample(
            "console_query", "batch_unknown", proxy("GET", _BATCH, batch="bat_unknown"), missing
        ),
        Sample("payment_batch", "unknown", unknown, {"error": "LostBatch"}),
        Sample("payment_batch", "no_batch", {**unknown, "batch": None}, {"error": "BadTaskInput"}),
    ]


def _decisions() -> list[Sample]:
    wish = {"client": CLIENT.id, "bill_id": "nothing", "action": "pay_now"}
    wishes = {"decisions": [wish, {**wish, "client": "nowhere"}]}
    many = {"decisions": [wish] * 1001}
    yes = {"decisions": [{"client": CLIENT.id, "decision_id": "dec_unknown"}]}
    missing = answered(404, "not_found")
    batch = "/batches/{batch}"
    step = {"firm": FIRM, "batch": "fin_unknown"}
    lost = {"error": "LostDecisions"}

    def decisions(case: str, route: str, expected: dict[str, Any], **how: Any) -> Sample:
        return _command(f"decisions_{case}", route, expected, **how)

    return [
        decisions("precheck", "/decisions/precheck", answered(200), body=wishes),
        decisions("finalize", "/decisions/finalize", answered(200), body=wishes),
        decisions("too_many", "/decisions/finalize", answered(400, "too_many_items"), body=many),
        decisions(
            "by_viewer", "/decisions/finalize", answered(403, "forbidden"), body=wishes, sub=VERA
        ),
        decisions("approve", "/decisions/approve", answered(200), body=yes),
        decisions("cancel_unknown", f"{batch}/cancel", missing, batch="fin_unknown"),
        decisions("resume_unknown", f"{batch}/resume", missing, batch="fin_unknown"),
        Sample(
            "console_query",
            "decisions_unknown",
            proxy("GET", batch, batch="fin_unknown"),
            missing,
        ),
        Sample("payment_batch", "plan_unknown", {**step, "step": "plan"}, lost),
        Sample(
            "payment_batch",
            "part_unknown",
            {**step, "step": "part", "client": CLIENT.id},
            lost,
        ),
        Sample("payment_batch", "close_unknown", {**step, "step": "close"}, lost),
        Sample("payment_batch", "no_step", {**step, "step": "other"}, {"error": "BadTaskInput"}),
    ]
