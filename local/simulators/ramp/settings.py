"""Profiles of Ramp's API over time, and one setting for each unconfirmed point (section 14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FEATURES = frozenset(
    {
        "patch_payment_date",
        "patch_payment_method",
        "hold",
        "vendor_hold",
        "bank_debit_trace_id",
        "events_2026",
        "mock_event",
        "audit_log",
        "draft_write",
        "draft_submit",
        "remittance_receipt",
        "long_invoice_number",
    }
)
PROFILES: Mapping[str, frozenset[str]] = {
    "OA26": _FEATURES,
    "OA25": frozenset({"patch_payment_method"}),
    "M0526": frozenset({"audit_log", "draft_write"}),
    "OA25/M0526": frozenset(),
}
DEFAULT_SETTINGS: Mapping[str, Any] = {
    "profile": "OA26",
    "cutoff_time": "14:00",
    "processing_time": "15:00",
    "completion_time": "13:00",
    "completion_business_days": {
        "ACH": 3,
        "CHECK": 8,
        "DOMESTIC_WIRE": 0,
        "SWIFT": 2,
        "INTERNATIONAL": 2,
        "LOCAL_BANK_TRANSFER": 2,
        "CRYPTO_WALLET_TRANSFER": 0,
    },
    "rate_limit_calls": 200,
    # Per source address, as third-party notes say: everybody shares it. "token": each token's own.
    "rate_limit_per": "address",
    "retry_after_seconds": None,
    # Bodies of 401, 404 and 429: "shaped" as other errors, "text" or "empty".
    "unconfirmed_error_body": "shaped",
    "rotate_refresh_tokens": False,
    "refresh_token_seconds": None,
    "loopback_allowed": True,
    "patch_refused_states": [
        "PAYMENT_PROCESSING",
        "PAYMENT_COMPLETED",
        "AWAITING_RELEASE",
        "HELD_BY_PROVIDER",
        "BLOCKED",
        "ON_HOLD",
    ],
    "patch_batch_members": False,
    "patch_paid_manually": False,
    "hold_unapproved": False,
    "hold_processing": False,
    # None: the state that nothing holds, normally PAYMENT_READY.
    "state_after_release": None,
    "archive_processing": False,
    "draft_id_kept": True,
    "draft_payment_fields": True,
    "details_schema_type": True,
    # After an ACH return with `regress`: PAID turns OPEN in this state.
    "state_after_return": "PAYMENT_ERROR",
    "payment_event_object": "bill",
    "signature_encoding": "hex",
    "signature_header": "X-Ramp-Signature",
    "signature_prefix": "",
    # "spaced" as the documentation prints them, "compact" or "pretty".
    "body_layout": "spaced",
    "challenge_fields": "minimal",
    "challenge_signed": False,
    "challenge_headers": False,
    "verify_again": False,
    "retry_first_seconds": 2.0,
    "inactive_after_failures": None,
    "mock_delivers": False,
}
