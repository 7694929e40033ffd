"""Values of list filters: a wrong kind or an unknown name is 422 (ramp contract, section 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from local.simulators.clock import parse_instant
from local.simulators.messages import Json
from local.simulators.ramp import fields
from local.simulators.ramp.errors import invalid, refuse

Test = Callable[[Mapping[str, Any]], bool]
STATUS_SUMMARIES = frozenset(
    {
        *("APPROVAL_PENDING", "APPROVAL_REJECTED", "ARCHIVED", "AWAITING_RELEASE", "BLOCKED"),
        *("HELD_BY_PROVIDER", "ON_HOLD", "PAYMENT_COMPLETED", "PAYMENT_DETAILS_MISSING"),
        *("PAYMENT_ERROR", "PAYMENT_NOT_INSTRUCTED", "PAYMENT_PROCESSING", "PAYMENT_READY"),
        *("PAYMENT_SCHEDULED", "PENDING_VENDOR_APPROVAL", "WAITING_FOR_TRANSACTION_MATCH"),
        *("WAITING_FOR_TRANSFER_MATCH", "WAITING_FOR_VENDOR"),
    }
)
READ_METHODS = fields.WRITE_METHODS | {
    *("AUTOMATIC_CARD_PAYMENT", "DIRECT_DEBIT", "FED_NOW", "RTP", "UNSPECIFIED", "VENDOR_CREDIT"),
}
_APPROVALS = frozenset({"APPROVED", "INITIALIZED", "PENDING", "REJECTED", "TERMINATED"})
_SYNCS = frozenset({"NOT_SYNCED", "BILL_SYNCED", "BILL_AND_PAYMENT_SYNCED"})
_CHECKS: Mapping[str, fields.Check] = {
    **dict.fromkeys(
        ("entity_id", "vendor_id", "draft_bill_id", "payment_id", "purchase_order_id"),
        fields.identifier,
    ),
    "accounting_field_selection_id": fields.identifier,
    "vendor_owner_id": fields.identifier,
    "merchant_id": fields.identifier,
    "approval_status": fields.one_of(_APPROVALS),
    "payment_method": fields.one_of(READ_METHODS),
    "payment_status": fields.one_of(("OPEN", "PAID")),
    "sync_status": fields.one_of(_SYNCS),
    **dict.fromkeys(("min_amount", "max_amount"), fields.decimal),
}


def check_query(query: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse unknown keys and values of a wrong kind, all of them at once."""
    allowed = {*known, "start", "page_size"}
    problems: Json = {}
    for key in sorted(query):
        if key not in allowed:
            problems[key] = ["Unknown field."]
        elif key in _CHECKS and (problem := _CHECKS[key](query[key])):
            problems[key] = [problem]
    for state in query.get("status_summaries", "").split(","):
        if state and state not in STATUS_SUMMARIES:
            problems["status_summaries"] = [f"Not a valid choice: {state}."]
    if problems:
        unknown = any(texts == ["Unknown field."] for texts in problems.values())
        raise refuse(422, "unknown field" if unknown else "validation error", fields=problems)


def flag(query: Mapping[str, str], key: str) -> bool | None:
    """A boolean filter, or None when it is not given."""
    if key not in query:
        return None
    text = query[key].lower()
    if text not in ("true", "false"):
        raise invalid(**{key: "Not a valid boolean."})
    return text == "true"


def within(query: Mapping[str, str], names: Mapping[str, str]) -> list[Test]:
    """Tests of `from_NAME` and `to_NAME` (inclusive); `names` gives the row's column by NAME."""
    tests: list[Test] = []
    for name, column in names.items():
        for side in ("from", "to"):
            key = f"{side}_{name}"
            if key in query:
                tests.append(_side(column, instant(key, query[key]), at_least=side == "from"))
    return tests


def _side(column: str, bound: datetime, *, at_least: bool) -> Test:
    def test(row: Mapping[str, Any]) -> bool:
        if row[column] is None:
            return False
        value = parse_instant(row[column])
        return value >= bound if at_least else value <= bound

    return test


def instant(key: str, text: str) -> datetime:
    """A date or date-time of a filter."""
    try:
        # A plus sign in a query means a blank; real clients meet the same.
        return parse_instant(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise invalid(**{key: "Not a valid date."}) from None
