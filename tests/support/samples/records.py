"""Samples of records, the journal and invoices."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import ANN, PAYMENT, VERA, Sample, answered, proxy

_CLIENT = "/clients/{client}"
_ALL, _ONE = f"{_CLIENT}/payments", f"{_CLIENT}/payments/{{payment}}"
_RECORD = {
    "type": "vendor_payment",
    "amount": {"minor": 48_000, "currency": "USD"},
    "paid_on": "2026-11-02",
    "counterparty_name": "Lakeside Catering",
}


def record_samples() -> list[Sample]:
    """Records that cannot be and payments that are not there; the journal, read."""
    return [*_told(), *_of_one(), *_reads()]


def _told() -> list[Sample]:
    def told(case: str, expected: dict[str, Any], sub: str = ANN, **more: Any) -> Sample:
        body = {**_RECORD, **more}
        event = proxy("POST", _ALL, sub=sub, body=body, key=f"sample-record-{case}")
        return Sample("payment_commands", f"record_{case}", event, expected)

    nothing, euros = {"minor": 0, "currency": "USD"}, {"minor": 100, "currency": "EUR"}
    part_of_a_cent = {"minor": 100.5, "currency": "USD"}
    return [
        told("by_viewer", answered(403, "forbidden"), VERA),
        told("of_nothing", answered(422, "amount_not_positive"), amount=nothing),
        told("of_half_a_cent", answered(422, "amount_precision"), amount=part_of_a_cent),
        told("in_euros", answered(422, "currency_mismatch"), amount=euros),
        told("long_ago", answered(422, "date_in_past"), paid_on="2020-01-02"),
        told("to_come", answered(422, "date_in_future"), paid_on="2999-12-31"),
        told("on_no_day", answered(400, "date_impossible"), paid_on="2026-02-30"),
        told("of_no_type", answered(400, "unknown_value"), type="gift"),
    ]


def _of_one() -> list[Sample]:
    def asked(case: str, method: str, route: str, expected: dict[str, Any], **how: Any) -> Sample:
        event = proxy(method, route, payment=PAYMENT, key=f"sample-{case}", **how)
        return Sample("payment_commands", case, event, expected)

    unknown, unseen = answered(404, "not_found"), answered(428, "version_required")
    return [
        asked("confirm_unknown", "POST", f"{_ONE}/confirm", unknown),
        asked("reset_unknown", "POST", f"{_ONE}/reset-to-draft", unknown),
        asked("change_unknown", "PUT", _ONE, unknown, body=_RECORD, version=1),
        asked("change_unseen", "PUT", _ONE, unseen, body=_RECORD),
        asked("delete_unknown", "DELETE", _ONE, unknown, version=1),
        asked("delete_unseen", "DELETE", _ONE, unseen),
    ]


def _reads() -> list[Sample]:
    def read(case: str, route: str, expected: dict[str, Any], **how: Any) -> Sample:
        return Sample("console_query", case, proxy("GET", _CLIENT + route, **how), expected)

    turned = {"from": "2026-11-03", "to": "2026-11-02"}
    return [
        read("journal", "/journal", answered(200), query={"from": "2026-01-01", "limit": "10"}),
        read("journal_turned", "/journal", answered(400, "invalid_input"), query=turned),
        read("chart_of_accounts", "/chart-of-accounts", answered(200), sub=VERA),
        read("invoices", "/invoices", answered(200), query={"state": "open"}),
        read("invoice_unknown", "/invoices/{invoice}", answered(404), invoice="inv-0"),
        read(
            "payers_of_unknown_invoice",
            "/invoices/{invoice}/allocations",
            answered(404, "not_found"),
            invoice="inv-0",
        ),
        read(
            "payers_of_unknown_bill",
            "/bills/{bill}/allocations",
            answered(404, "not_found"),
            bill="no-such-bill",
        ),
    ]
