"""What can be set: limits, and each open point of the contract (qbo contract, 2, 6 and 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFAULT_SETTINGS: Mapping[str, Any] = {
    "rate_limits": True,
    "calls_per_second": 10,
    "calls_per_minute": 500,
    "all_calls_per_minute": 800,
    "batches_per_minute": 40,
    "batches_per_minute_and_realm": 120,
    "calls_in_flight": 10,
    # Seconds in `Retry-After` of a 429; none is documented. Its body: xml, json also seen.
    "retry_after_seconds": None,
    "throttle_body": "xml",
    # Sandbox calls are never metered. A batch of queries counts as each of them, or as one.
    "metered": True,
    "batch_metering": "each",
    "coreplus_monthly_limit": 500_000,
    "refresh_value_seconds": 86_400,
    "parallel_refresh_seconds": 2.0,
    "requestid_seconds": 86_400,
    "requestid_length_max": 50,
    "id_sortable": False,
    # Whose DocNumbers may not come twice (6140); for invoices it is the company's choice.
    "unique_numbers": ["Bill"],
    "gateway_keys": "lower",
    "webhook_delay_seconds": [0.0, 300.0],
    "webhook_batch_seconds": 10,
    # cloudevents or classic; an app of a seed may say its own.
    "webhook_envelope": "cloudevents",
    "webhook_content_type": "application/json",
    "void_word": "void",
    "alternative_ids": False,
    "classic_offset": False,
    # Whether an app is told of what it wrote itself.
    "self_echo": True,
    "hold_back": True,
    "retry_time_factor": 1.0,
    "cdc_inclusive": True,
    # A change feed from before the window: refuse, or clip to the window in silence.
    "cdc_beyond_window": "refuse",
    "cdc_excluded_entities": [],
    "attachable_touches_target": False,
    "attachable_in_closed_period": True,
}
FAULT_KINDS = frozenset(
    {"ledger_skip", "ledger_skip_bill", "ledger_amount", "ledger_account", "ledger_date"}
    | {"ledger_delay", "ledger_duplicate", "fault_in_200", "silent_noop", "refuse"}
    | {"token_expired", "wrong_company", "user_lost_access"}
)
