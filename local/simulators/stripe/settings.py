"""What can be set: every open point of the contract, prices, and the pace of things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

API_VERSION = "2026-10-28.endive"
DAY_SECONDS = 86_400
RETRY_AGE_SECONDS_MAX = 3 * DAY_SECONDS
EVENT_DAYS_KEPT = 30

DEFAULT_SETTINGS: Mapping[str, Any] = {
    "rate_limits": True,
    "calls_per_second": 25,
    "card_fee_basis_points": 290,
    "card_fee_fixed_minor": 30,
    "bank_fee_basis_points": 80,
    "bank_fee_minor_max": 500,
    "dispute_fee_minor": 1500,
    "card_available_business_days": 2,
    "bank_settle_business_days": 4,
    "payout_at_utc": "00:20",
    "payout_business_days": 1,
    "in_transit_after_seconds": 3600,
    "paid_at_utc": "09:00",
    "reconciliation_after_seconds": 4355,
    # The bank's reference may stay pending for up to ten days (contract, section 2).
    "trace_after_days": [0.0, 3.0],
    # What a list by payout shows before the reconciliation is completed: partial, empty or all.
    "unreconciled_listing": "partial",
    "payout_lists_itself": True,
    "webhook_delay_seconds": [0.0, 30.0],
    "duplicate_probability": 0.01,
    "other_signature_scheme": True,
    # Live: back-off up to three days; test mode: three tries in a few hours.
    "retry_seconds_live": [300, 1800, 7200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200],
    "retry_seconds_test": [600, 7200],
    "retry_time_factor": 1.0,
    "report_seconds": 30,
    # A date-only column in a report of another time zone: shifted to the evening before, or same.
    "date_only_columns": "shifted",
    "bom_files": ["balance_history"],
}

FAULT_KINDS = frozenset(
    {
        "charge_fails",
        "payout_fails",
        "payout_late",
        "trace_late",
        "trace_unsupported",
        "reconciliation_late",
        "report_fails",
        "permission_denied",
        "future_timestamp",
        "stale_timestamp",
        "wrong_signature",
    }
)
