"""Checks of request bodies and queries: unknown keys and wrong types are 422, as on the rail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from local.simulators.messages import Json, SimRequest
from local.simulators.ramp.errors import refuse

Check = Callable[[Any], str | None]
WRITE_METHODS = frozenset(
    {
        "ACH",
        "CARD",
        "CHECK",
        "CRYPTO_WALLET_TRANSFER",
        "DOMESTIC_WIRE",
        "INTERNATIONAL",
        "LOCAL_BANK_TRANSFER",
        "ONE_TIME_CARD",
        "ONE_TIME_CARD_DELIVERY",
        "PAID_MANUALLY",
        "SWIFT",
    }
)
CARD_METHODS = frozenset(
    {"CARD", "ONE_TIME_CARD", "ONE_TIME_CARD_DELIVERY", "AUTOMATIC_CARD_PAYMENT"}
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def text(length_max: int | None = None, length_min: int = 0) -> Check:
    """Text within a length."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "Not a valid string."
        if len(value) < length_min or (length_max is not None and len(value) > length_max):
            return f"Length must be between {length_min} and {length_max}."
        return None

    return check


def day(value: Any) -> str | None:
    """A date `YYYY-MM-DD`."""
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        return "Not a valid date."
    try:
        date.fromisoformat(value)
    except ValueError:
        return "Not a valid date."
    return None


def identifier(value: Any) -> str | None:
    """A UUID."""
    ok = isinstance(value, str) and _UUID.fullmatch(value) is not None
    return None if ok else "Not a valid UUID."


def boolean(value: Any) -> str | None:
    """true or false."""
    return None if isinstance(value, bool) else "Not a valid boolean."


def decimal(value: Any) -> str | None:
    """A decimal in major units, as text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return "Not a valid number."
    try:
        return None if Decimal(value).is_finite() else "Not a valid number."
    except InvalidOperation:
        return "Not a valid number."


def one_of(values: Iterable[str]) -> Check:
    """One of some texts."""
    allowed = sorted(values)
    return lambda value: None if value in allowed else f"Must be one of: {', '.join(allowed)}."


def nullable(check: Check) -> Check:
    """Null, or what `check` takes."""
    return lambda value: None if value is None else check(value)


def list_of(check: Check) -> Check:
    """A list of what `check` takes."""

    def inner(value: Any) -> str | None:
        if not isinstance(value, list):
            return "Not a valid list."
        return next((problem for item in value if (problem := check(item))), None)

    return inner


def record(fields: Mapping[str, Check], required: Iterable[str] = ()) -> Check:
    """An object with known keys."""

    def inner(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "Invalid input type."
        if unknown := set(value) - set(fields):
            return f"Unknown field: {min(unknown)}."
        if missing := set(required) - set(value):
            return f"Missing data for required field: {min(missing)}."
        return next((p for key, item in value.items() if (p := fields[key](item))), None)

    return inner


def anything(value: Any) -> str | None:
    """No check."""
    return None


def mapping(value: Any) -> str | None:
    """An object with any keys."""
    return None if isinstance(value, dict) else "Not a valid mapping type."


def read_body(
    request: SimRequest, fields: Mapping[str, Check], required: Iterable[str] = ()
) -> Json:
    """The checked body. Raises Refusal 422 naming each wrong, unknown or missing field."""
    try:
        body = request.json() if request.body else {}
    except ValueError:
        raise refuse(422, "body is not JSON", fields={"_schema": ["Invalid JSON."]}) from None
    if not isinstance(body, dict):
        raise refuse(422, "invalid body", fields={"_schema": ["Invalid input type."]})
    problems: dict[str, list[str]] = {}
    for key, value in body.items():
        problem = fields[key](value) if key in fields else "Unknown field."
        if problem:
            problems[key] = [problem]
    for key in required:
        if key not in body:
            problems[key] = ["Missing data for required field."]
    if problems:
        unknown = any(key not in fields for key in problems)
        message = "unknown field" if unknown else "validation error"
        raise refuse(422, message, fields=problems)
    return body
