"""Values of request bodies that Plaid checks (its OpenAPI)."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from local.simulators.messages import Json
from local.simulators.plaid.errors import refuse

COUNTRIES = frozenset(
    {
        *("US", "GB", "ES", "NL", "FR", "IE", "CA", "DE", "IT", "PL", "DK", "NO", "SE", "EE"),
        *("LT", "LV", "PT", "BE", "AT", "FI"),
    }
)
PRODUCTS = frozenset(
    {
        *("assets", "auth", "balance_plus", "beacon", "identity", "identity_match", "investments"),
        *("investments_auth", "liabilities", "payment_initiation", "identity_verification"),
        *("transactions", "credit_details", "income", "income_verification", "standing_orders"),
        *("transfer", "employment", "recurring_transactions", "signal", "statements"),
        *("processor_payments", "processor_identity", "profile", "layer", "pay_by_bank"),
    }
)
LANGUAGES = frozenset(
    {
        *("da", "nl", "en", "et", "fr", "de", "hi", "it", "lv", "lt", "no", "pl", "pt", "ro"),
        *("es", "sv", "vi"),
    }
)


def options_of(body: Json, known: set[str]) -> Json:
    """The `options` object. Raises Refusal for unknown keys."""
    options = body.get("options")
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise refuse("INVALID_FIELD", "options must be an object")
    if unknown := set(options) - known:
        raise refuse("UNKNOWN_FIELDS", f"unknown options {sorted(unknown)}")
    return options


def days_requested(options: Json) -> int:
    """1 to 730, 90 by default."""
    days = options.get("days_requested", 90)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 730:
        raise refuse("INVALID_FIELD", "days_requested must be between 1 and 730")
    return days


def chosen(value: Any, known: frozenset[str], name: str) -> list[str]:
    """A non-empty list of known names."""
    if not isinstance(value, list) or not value:
        raise refuse("INVALID_FIELD", f"{name} must be a non-empty list")
    if unknown := [item for item in value if item not in known]:
        raise refuse("INVALID_FIELD", f"{name} does not know {unknown}")
    return value


def address(value: Any, name: str) -> str | None:
    """An http or https address, or None."""
    if value is None:
        return None
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise refuse("INVALID_FIELD", f"{name} must be a valid URL")
    return str(value)


def day(value: Any, name: str) -> str:
    """A date YYYY-MM-DD."""
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise refuse("INVALID_FIELD", f"{name} must be a date") from None
