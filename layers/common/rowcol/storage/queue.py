"""Open work as attributes of a view's item, and the sparse index of a firm's rows that have them.

One text holds the facts, with nothing in it that is absent: a megabyte of the index is a query.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from rowcol.domain.money import Money
from rowcol.domain.plain import PlainError, canonical, instant, to_plain
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.scope import Scope
from rowcol.domain.tray import Severity
from rowcol.service.view_ports import QueueRow, ViewRow, queue_key
from rowcol.storage.codec import Item
from rowcol.storage.keys import sort_key

QUEUE_INDEX = "queue"
_ABSENT: tuple[object, ...] = (None, False)
FIRM, ORDER, FACTS = "queue_firm", "queue_order", "queue"


def queue_partition(firm: str) -> str:
    """The partition of a firm's open work. Raises ScopeError for what is no firm's id."""
    return Scope(firm).firm


def queue_sort_key(client: str, view: str, key: str, queued: Queued) -> str:
    """The sort key of a row in it. Raises ScopeError for one that is too long."""
    return sort_key(queue_key(client, view, key, queued))


def queue_attributes(row: ViewRow) -> Item:
    """What the item of a row has when it is open work."""
    if row.queue is None:
        return {}
    return {
        FIRM: {"S": queue_partition(row.scope.firm)},
        ORDER: {"S": queue_sort_key(row.scope.client, row.view, row.key, row.queue)},
        FACTS: {"S": facts_text(row.queue)},
    }


def queue_condition(firm: str, client: str | None) -> dict[str, Any]:
    """The query of a firm's open work, or of one client's."""
    condition, values = f"{FIRM} = :firm", {":firm": {"S": queue_partition(firm)}}
    if client is not None:
        condition += f" AND begins_with({ORDER}, :client)"
        values[":client"] = {"S": f"{Scope(firm, client).client}#"}
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def queued_of(item: Mapping[str, Any]) -> Queued | None:
    """Why a row's item is open work, None when it is not. Raises PlainError."""
    return facts_of(item[FACTS]["S"]) if FACTS in item else None


def queue_row(item: Mapping[str, Any]) -> QueueRow:
    """An item of the index. Raises PlainError."""
    firm, client, view = item["pk"]["S"].split("/")
    sequence = int(item["sequence"]["N"])
    facts = facts_of(item[FACTS]["S"])
    return QueueRow(Scope(firm, client), view, item["sk"]["S"], sequence, facts)


def facts_text(queued: Queued) -> str:
    """The facts as canonical JSON; what is absent is left out."""
    return canonical(_present(to_plain(queued)))


def _present(told: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in told.items() if value not in _ABSENT}
    if "afterwards" in shown:
        shown["afterwards"] = _present(shown["afterwards"])
    return shown


def facts_of(text: str) -> Queued:
    """The facts that `facts_text` wrote. Raises PlainError."""
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PlainError(f"no open work: {error}") from error


def _read(told: Mapping[str, Any]) -> Queued:
    """By hand: thousands are read for one answer, and type hints would make it much slower."""
    amount, until, afterwards = told.get("amount"), told.get("until"), told.get("afterwards")
    return Queued(
        QueueKind(told["kind"]),
        str(told["code"]),
        Severity(told["severity"]),
        day_of(told.get("due_on")),
        day_of(told.get("rail_date")),
        day_of(told.get("since")),
        Money(amount["minor"], amount["currency"]) if amount is not None else None,
        told.get("party"),
        told.get("invoice_number"),
        told.get("bill_id"),
        told.get("decision_id"),
        told.get("override_id"),
        told.get("subject"),
        told.get("words"),
        told.get("link"),
        told.get("waiting_in_ramp", False),
        told.get("uncovered", False),
        told.get("staged_hands"),
        told.get("decided_hands"),
        told.get("vendor_id"),
        instant(until) if until is not None else None,
        _read(afterwards) if afterwards is not None else None,
    )


def day_of(text: str | None) -> date | None:
    """A day as it is written, None for none. Raises ValueError."""
    return date.fromisoformat(text) if text is not None else None
