"""Plain values to DynamoDB attributes and back, and aggregates to items. Numbers are whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from rowcol.domain.event_versions import record_as_current
from rowcol.domain.plain import PlainError, from_plain, instant_text, to_plain
from rowcol.domain.scope import Scope
from rowcol.service.store import Aggregate
from rowcol.storage import keys

A = TypeVar("A")
Item = dict[str, dict[str, Any]]


def attribute(value: Any) -> dict[str, Any]:
    """One plain value as an AttributeValue."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, Mapping):
        return {"M": {key: attribute(item) for key, item in value.items()}}
    if isinstance(value, list):
        return {"L": [attribute(item) for item in value]}
    raise PlainError(f"cannot store {type(value).__name__}")


def plain(value: Mapping[str, Any]) -> Any:
    """One AttributeValue as a plain value."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return int(content)
        case "NULL":
            return None
        case "M":
            return {key: plain(item) for key, item in content.items()}
        case "L":
            return [plain(item) for item in content]
    raise PlainError(f"unknown attribute type {kind}")


def aggregate_item(scope: Scope, aggregate: Aggregate, now: datetime) -> Item:
    """The item of an aggregate, one version up, with its index attributes.

    A due time that has passed goes into the present hour, where the next sweep looks.
    """
    body = to_plain(aggregate)
    for stored_beside in ("version", "id"):
        body.pop(stored_beside, None)
    item: Item = {
        "pk": {"S": keys.record_key(scope, aggregate.kind, aggregate.id)},
        "sk": {"S": keys.SORT_KEY},
        "firm": {"S": scope.firm},
        "client": {"S": scope.client},
        "kind": {"S": aggregate.kind},
        "id": {"S": aggregate.id},
        "version": {"N": str(aggregate.version + 1)},
        "body": attribute(body),
    }
    if aggregate.list_key is not None:
        item["gs1pk"] = {"S": keys.list_partition(scope, aggregate.kind)}
        item["gs1sk"] = {"S": keys.list_sort_key(scope, aggregate.kind, aggregate.list_key)}
    if aggregate.due_at is not None:
        item["due_hour"] = {"S": keys.due_hour(max(aggregate.due_at, now))}
        item["due_at"] = {"S": instant_text(aggregate.due_at)}
    return item


def aggregate_of(kind: type[A], item: Mapping[str, Any]) -> A:
    """The aggregate an item holds. Raises PlainError when it does not fit."""
    body = record_as_current(item["kind"]["S"], plain(item["body"]))
    return from_plain(kind, {**body, "id": item["id"]["S"], "version": int(item["version"]["N"])})
