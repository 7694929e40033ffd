"""Plaid's error answers (plaid contract, section 4)."""

from __future__ import annotations

from local.simulators.messages import Json, Refusal, SimResponse, json_response

_TYPES = {
    "ITEM_LOGIN_REQUIRED": "ITEM_ERROR",
    "PRODUCT_NOT_READY": "ITEM_ERROR",
    "NO_ACCOUNTS": "ITEM_ERROR",
    "ACCESS_NOT_GRANTED": "ITEM_ERROR",
    "USER_PERMISSION_REVOKED": "ITEM_ERROR",
    "INSTITUTION_DOWN": "INSTITUTION_ERROR",
    "INSTITUTION_NOT_RESPONDING": "INSTITUTION_ERROR",
    "INSTITUTION_NO_LONGER_SUPPORTED": "INSTITUTION_ERROR",
    "INSTITUTION_NOT_FOUND": "INSTITUTION_ERROR",
    "INVALID_ACCESS_TOKEN": "INVALID_INPUT",
    "INVALID_API_KEYS": "INVALID_INPUT",
    "INVALID_PUBLIC_TOKEN": "INVALID_INPUT",
    "INVALID_ACCOUNT_ID": "INVALID_INPUT",
    "INVALID_INSTITUTION": "INVALID_INPUT",
    "INVALID_PRODUCT": "INVALID_INPUT",
    "INVALID_CREDENTIALS": "ITEM_ERROR",
    "INVALID_WEBHOOK_VERIFICATION_KEY_ID": "INVALID_INPUT",
    "INVALID_FIELD": "INVALID_REQUEST",
    "MISSING_FIELDS": "INVALID_REQUEST",
    "UNKNOWN_FIELDS": "INVALID_REQUEST",
    "INVALID_BODY": "INVALID_REQUEST",
    "NOT_FOUND": "INVALID_REQUEST",
    "LAST_UPDATED_DATETIME_OUT_OF_RANGE": "INVALID_RESULT",
    "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION": "TRANSACTIONS_ERROR",
    "SANDBOX_PRODUCT_NOT_ENABLED": "SANDBOX_ERROR",
    "INTERNAL_SERVER_ERROR": "API_ERROR",
    "PLANNED_MAINTENANCE": "API_ERROR",
}
_STATUS = {"INTERNAL_SERVER_ERROR": 500, "PLANNED_MAINTENANCE": 503, "NOT_FOUND": 404}
_TEXTS = {
    "ITEM_LOGIN_REQUIRED": "the login details of this item have changed",
    "USER_PERMISSION_REVOKED": "the holder of this account has revoked access",
}


def plaid_error(code: str, message: str | None = None, reason: str | None = None) -> Json:
    """A PlaidError without its request id."""
    error: Json = {
        "error_type": _TYPES.get(code, "RATE_LIMIT_EXCEEDED"),
        "error_code": code,
        "error_message": message or _TEXTS.get(code, code.lower().replace("_", " ")),
        "display_message": None,
        "documentation_url": "https://plaid.com/docs/?ref=error",
        "suggested_action": None,
    }
    if reason is not None:
        error["error_code_reason"] = reason
    return error


def is_known(code: str) -> bool:
    """Whether a code has a type here (all others are rate limits)."""
    return code in _TYPES


def error_status(code: str) -> int:
    """The HTTP status of a code; every rate limit is 429."""
    default = 400 if code in _TYPES else 429
    return _STATUS.get(code, default)


def error_response(code: str, message: str | None = None, reason: str | None = None) -> SimResponse:
    """The answer."""
    return json_response(error_status(code), plaid_error(code, message, reason))


def refuse(code: str, message: str | None = None, reason: str | None = None) -> Refusal:
    """The same as something to raise."""
    return Refusal(error_response(code, message, reason))
