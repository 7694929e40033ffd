"""Refusals: expected 'no' answers as values, with a stable code and the numbers that explain it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Code(StrEnum):
    """Stable refusal codes. Published in the API; a code is never renamed or reused."""

    NOT_FOUND = "not_found"
    INVALID_INPUT = "invalid_input"
    FORBIDDEN = "forbidden"
    STEP_UP_REQUIRED = "step_up_required"
    SIGNATURE_REQUIRED = "signature_required"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_EXPIRED = "signature_expired"
    NONCE_REUSED = "nonce_reused"
    IDEMPOTENCY_MISMATCH = "idempotency_key_reused"
    CONFLICT = "conflict"
    WRONG_STATE = "wrong_state"
    VERB_NOT_ALLOWED = "verb_not_allowed"
    RATE_LIMITED = "rate_limited"
    ALREADY_STAGED = "already_staged"
    NOT_STAGED = "not_staged"
    LIVE_PAYMENT_EXISTS = "live_payment_exists"
    BILL_NOT_APPROVED = "bill_not_approved"
    BILL_NOT_OPEN = "bill_not_open"
    BILL_INCOMPLETE = "bill_incomplete"
    BILL_CHANGED = "bill_changed"
    BANK_DETAILS_CHANGED = "bank_details_changed"
    CALL_BACK_REQUIRED = "call_back_required"
    BATCH_MEMBER = "batch_member"
    CURRENCY_MISMATCH = "currency_mismatch"
    DATE_PAST = "date_in_past"
    DATE_TOO_FAR = "date_too_far"
    DATE_NOT_BANK_DAY = "date_not_bank_day"
    MISSED_CUTOFF = "missed_cutoff"
    CAPABILITY_MISSING = "capability_missing"
    SECOND_PERSON_REQUIRED = "second_person_required"
    SAME_PERSON = "same_person"
    GUARDRAIL_INSUFFICIENT = "guardrail_insufficient_cash"
    GUARDRAIL_ACCOUNT = "guardrail_account_negative"
    BALANCE_UNKNOWN = "balance_unknown"
    BALANCE_STALE = "balance_stale"
    BALANCE_NEWER = "balance_newer"
    LIVE_BALANCE_POSSIBLE = "live_balance_possible"
    BUFFER_UNKNOWN = "buffer_unknown"
    RUNWAY_ITEM_UNKNOWN = "runway_item_unknown"
    RESERVE_UNCOVERED = "reserve_uncovered"
    PAID_OUTSIDE = "paid_outside"
    TOO_LATE = "too_late"
    RAIL_REFUSED = "rail_refused"
    OUTCOME_UNKNOWN = "outcome_unknown"
    FENCED = "stale_attempt"
    VERSION_MISMATCH = "version_mismatch"
    VERSION_REQUIRED = "version_required"
    RAIL_PAYMENT = "rail_payment"
    NOT_DRAFT = "not_draft"
    NUMBERED = "already_numbered"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_PRECISION = "amount_precision"
    AMOUNT_TOO_LARGE = "amount_too_large"
    DATE_FUTURE = "date_in_future"
    DATE_IMPOSSIBLE = "date_impossible"
    PERIOD_CLOSED = "period_closed"
    OVER_ALLOCATED = "over_allocated"
    ALLOCATION_INVALID = "allocation_invalid"
    EVIDENCE_REQUIRED = "evidence_required"
    ALREADY_ASKED = "already_asked"
    LIMIT_TRANSACTION = "limit_transaction"
    LIMIT_DAILY = "limit_daily"
    NO_PENDING_CHANGE = "no_pending_change"
    NO_ROUTE = "no_route"
    ROUTE_INVALID = "route_invalid"
    NO_BILL = "no_bill"
    TOO_MANY_ITEMS = "too_many_items"
    DUPLICATE_ITEM = "duplicate_item"
    UNKNOWN_VALUE = "unknown_value"
    IMPORT_UNREADABLE = "import_unreadable"
    ITEM_FAILED = "another_item_failed"
    ALREADY_EXISTS = "already_exists"
    IN_USE = "in_use"
    LAST_ADMIN = "last_admin"
    RESPONSIBLE_INVALID = "responsible_invalid"
    STAGING_FORBIDDEN = "staging_forbidden"
    BLOCKED_BY_TRAY = "blocked_by_tray"
    NOT_CONFIGURED = "not_configured"
    NOT_CONNECTED = "not_connected"
    TENANT_TAKEN = "tenant_taken"
    TENANT_DIFFERS = "tenant_differs"
    RAIL_UNAVAILABLE = "rail_unavailable"
    NO_ADDRESS = "no_address"
    CODE_WRONG = "code_wrong"
    MAIL_UNAVAILABLE = "mail_unavailable"
    LOG_BROKEN = "log_broken"
    LINE_TAKEN = "line_taken"
    MATCH_DIFFERS = "match_differs"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A 'no' with its reason.

    `numbers` are facts that `plain.to_plain` can write (amounts, dates, counts, texts);
    `remedy` says in words what would make it possible; `link` where a person can do it instead.
    """

    code: Code
    detail: str
    numbers: Mapping[str, object] = field(default_factory=dict)
    remedy: str | None = None
    link: str | None = None
