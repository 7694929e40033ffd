"""Plaid's answers, composed from its contract."""

from __future__ import annotations

from typing import Any

ITEM = "item-1"


def account(account_id: str = "acc-1", **changes: Any) -> dict[str, Any]:
    balances = {
        "available": 48213.55,
        "current": 51020.11,
        "limit": None,
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        **changes.pop("balances", {}),
    }
    return {
        "account_id": account_id,
        "balances": balances,
        "mask": "4821",
        "name": "Operating Checking",
        "official_name": None,
        "type": "depository",
        "subtype": "checking",
        **changes,
    }


def accounts(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"accounts": list(rows), "item": item()["item"], "request_id": "req-1"}


def item(**changes: Any) -> dict[str, Any]:
    return {
        "item": {
            "item_id": ITEM,
            "institution_id": "ins_109508",
            "webhook": "https://x.example/",
            "error": None,
        },
        "status": {
            "transactions": {
                "last_successful_update": "2026-11-20T11:14:02Z",
                "last_failed_update": None,
            },
            "last_webhook": None,
        },
        "request_id": "req-2",
        **changes,
    }


def transaction(line_id: str = "t-1", **changes: Any) -> dict[str, Any]:
    return {
        "transaction_id": line_id,
        "account_id": "acc-1",
        "amount": 12500.0,
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        "date": "2026-11-06",
        "authorized_date": "2026-11-05",
        "name": "Ramp Bill Pay",
        "merchant_name": None,
        "original_description": "RAMP BILL PAY HARBOR",
        "pending": False,
        "pending_transaction_id": None,
        "check_number": None,
        "payment_meta": {"reference_number": "021000024613370", "payee": None},
        "location": {"lat": 1.5},
        **changes,
    }


def page(
    *added: dict[str, Any], cursor: str = "c-1", more: bool = False, **changes: Any
) -> dict[str, Any]:
    return {
        "accounts": [],
        "added": list(added),
        "modified": [],
        "removed": [],
        "next_cursor": cursor,
        "has_more": more,
        "transactions_update_status": "HISTORICAL_UPDATE_COMPLETE",
        "request_id": "req-3",
        **changes,
    }


def error(kind: str, code: str, **changes: Any) -> dict[str, Any]:
    return {
        "error_type": kind,
        "error_code": code,
        "error_message": "text that changes",
        "display_message": None,
        "request_id": "req-e",
        **changes,
    }
