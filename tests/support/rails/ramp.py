"""Ramp's answers, composed from its contract."""

from __future__ import annotations

from typing import Any

BILL = "b1110000-0000-4000-8000-000000000001"
PAYMENT = "p2220000-0000-4000-8000-000000000001"


def amount(minor: int, currency: str = "USD", rate: int = 100) -> dict[str, Any]:
    return {"amount": minor, "currency_code": currency, "minor_unit_conversion_rate": rate}


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "id": PAYMENT,
        "amount": amount(1250000),
        "customer_friendly_payment_id": "RP480D64",
        "details": {"source_bank_account_id": "src-1", "vendor_account_id": "va-1"},
        "effective_date": None,
        "payment_date": "2026-11-24T00:00:00+00:00",
        "payment_method": "ACH",
        "trace_id": None,
        "bank_debit_trace_id": {"descriptor": "ACH Trace ID", "trace_id": "021000024613370"},
        **changes,
    }


def bill(**changes: Any) -> dict[str, Any]:
    return {
        "id": BILL,
        "status": "OPEN",
        "status_summary": "PAYMENT_SCHEDULED",
        "approval_status": "APPROVED",
        "sync_status": "BILL_SYNCED",
        "amount": amount(1250000),
        "issued_at": "2026-10-30T00:00:00+00:00",
        "due_at": "2026-11-30T00:00:00+00:00",
        "created_at": "2026-11-02T14:05:31+00:00",
        "paid_at": None,
        "archived_at": None,
        "draft_bill_id": None,
        "vendor": {"id": "v-1", "name": "Harbor Dental Supply", "remote_id": "57"},
        "invoice_number": "INV-2091",
        "remote_id": "1184",
        "payment": payment(),
        "a_field_added_later": {"any": ["thing"]},
        **changes,
    }


def page(*bills: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    return {"data": list(bills), "page": {"next": following}}


def error(code: str, message: str, **fields: list[str]) -> dict[str, Any]:
    return {
        "error_v2": {
            "error_code": code,
            "message": message,
            "notes": "",
            "additional_info": fields,
            "error_id": "e",
        },
        "error": fields or {"message": message},
    }
