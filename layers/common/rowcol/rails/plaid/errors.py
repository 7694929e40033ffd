"""What Plaid's errors mean for us (plaid contract, section 4). By type and code, never by text."""

from __future__ import annotations

from rowcol.rails.http import Answer
from rowcol.rails.plaid import wire
from rowcol.rails.untrusted import printable
from rowcol.rails.wire_reading import model, parse
from rowcol.service.ports import (
    ConnectionBroken,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)

RAIL = "plaid"
THROTTLE_SECONDS = 30.0
NOT_READY = "PRODUCT_NOT_READY"
_TEMPORARY_INSTITUTION = ("INSTITUTION_DOWN", "INSTITUTION_NOT_RESPONDING")


class FeedMoved(RailError):
    """Transactions changed while they were being paged: start again from the first cursor."""


class WindowTooNarrow(RailError):
    """No balance as fresh as asked for: ask again with an older limit."""


class ProductNotReady(RailUnavailable):
    """Plaid has not fetched the item's data yet; minutes, not an alarm."""


def throttles(answer: Answer) -> bool:
    """Whether the type says that it is too much, whatever the status: by type, not by code."""
    if answer.status < 400 or b"RATE_LIMIT_EXCEEDED" not in answer.content:
        return False
    return isinstance(error_of(answer), RailThrottled)


def error_of(answer: Answer) -> RailError:
    """The error an answer other than 200 stands for. An unreadable one is RailProtocolError."""
    try:
        error = model(RAIL, wire.Error, parse(RAIL, answer))
    except RailProtocolError as odd:
        return odd
    kind, code = printable(error.error_type), printable(error.error_code)
    detail, trace = f"{kind}/{code}", error.request_id
    if kind == "RATE_LIMIT_EXCEEDED":
        return RailThrottled(RAIL, detail, THROTTLE_SECONDS)
    if code == NOT_READY:
        return ProductNotReady(RAIL, detail, trace_id=trace)
    if code == "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION":
        return FeedMoved(RAIL, detail, trace_id=trace)
    if code == "LAST_UPDATED_DATETIME_OUT_OF_RANGE":
        return WindowTooNarrow(RAIL, detail, trace_id=trace)
    if kind == "API_ERROR" or code in _TEMPORARY_INSTITUTION:
        return RailUnavailable(RAIL, detail, trace_id=trace)
    if kind in ("ITEM_ERROR", "INSTITUTION_ERROR", "INVALID_INPUT"):
        return ConnectionBroken(RAIL, detail, code)
    return RailProtocolError(RAIL, detail, trace_id=trace)
