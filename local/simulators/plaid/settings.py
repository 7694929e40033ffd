"""Limits of Plaid's calls, and one setting for each unconfirmed point (contract, section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Per minute: per item, per client, and the code of the refusal. Where old and new tables of the
# vendor differ, the stricter counts.
LIMITS: Mapping[str, Mapping[str, tuple[int | None, int, str]]] = {
    "production": {
        "/accounts/get": (15, 15_000, "ACCOUNTS_LIMIT"),
        "/accounts/balance/get": (5, 1_200, "ACCOUNTS_BALANCE_GET_LIMIT"),
        "/transactions/sync": (50, 2_500, "TRANSACTIONS_LIMIT"),
        "/item/get": (15, 5_000, "ITEM_GET_LIMIT"),
        "/item/remove": (30, 2_000, "ITEM_REMOVE_LIMIT"),
    },
    "sandbox": {
        "/accounts/get": (100, 5_000, "ACCOUNTS_LIMIT"),
        "/accounts/balance/get": (25, 100, "ACCOUNTS_BALANCE_GET_LIMIT"),
        "/transactions/sync": (50, 1_000, "TRANSACTIONS_LIMIT"),
        "/item/get": (15, 5_000, "ITEM_GET_LIMIT"),
        "/item/remove": (30, 2_000, "ITEM_REMOVE_LIMIT"),
    },
}
DEFAULT_SETTINGS: Mapping[str, Any] = {
    "environment": "production",
    # How long the bank takes to answer a live balance: uniform between the two.
    "balance_delay_seconds": [1.0, 1.0],
    "poll_interval_hours": 6,
    "posting_business_days": 1,
    "initial_update_seconds": 30,
    "historical_update_seconds": 120,
    "rate_limits": True,
    "balance_limit_code": "ACCOUNTS_BALANCE_GET_LIMIT",
    "transactions_refresh": True,
    "link_token_seconds": 14_400,
    "public_token_seconds": 1_800,
    "update_mode_after_revocation": False,
    "sandbox_login_days": 30,
    "unknown_key_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
    "maintenance_status": 503,
    "sign_with_own_clock": True,
    "retry_new_iat": True,
    "retry_time_factor": 1.0,
    # Retries stop when more than this share of a day's deliveries to an address was refused.
    "refused_share_max": 0.9,
    "refused_attempts_min": 10,
    # "indented" as in the one genuine delivery that is known, or "compact".
    "body_layout": "indented",
    "webhook_user_id": None,
    "legacy_notices": False,
    "bank_reference": True,
}
INSTITUTIONS = {"ins_109508": "First Platypus Bank", "ins_128026": "Capital One"}
