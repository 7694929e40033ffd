"""What DynamoDB bills for a call, from its parameters and its answer.

Sizes by DynamoDB's rules: names and texts in UTF-8, numbers two digits a byte, 1 byte for a flag,
3 for a container and 1 for each of its members. Written are whole kilobytes, twice in a
transaction. An index is written when what it copies of an item changes: once, and once more to take
the old entry out when its key changed. Read are 4 KB, half for a read that may lag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
KILOBYTE = 1024
READ_BYTES = 4096
# Attribute that puts an item into an index, and what is copied there; None for all of it.
INDEXES: Mapping[str, tuple[str, ...] | None] = {
    "gs1pk": ("gs1pk", "gs1sk", "firm", "client", "id"),
    "due_hour": ("due_hour", "due_at", "firm", "client", "kind", "id"),
    "payment_key": None,
    "unapplied_shard": ("unapplied_shard", "received_at"),
}
_KEYS = {"gs1pk": "gs1sk", "due_hour": "due_at"}


def value_bytes(value: Mapping[str, Any]) -> int:
    """Size of one AttributeValue."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "B":
            return len(content)
        case "N":
            return ceil(len(str(content).lstrip("-")) / 2) + 1
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_bytes(v) for name, v in content.items())
        case "L":
            return 3 + sum(1 + value_bytes(item) for item in content)
    return 1


def item_bytes(item: Item) -> int:
    """Size of an item."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def _index_writes(name: str, before: Item, after: Item) -> int:
    """Units that a put costs one index."""
    old, new = (_copied(name, item) for item in (before, after))
    if old == new:
        return 0
    put = max(1, ceil(item_bytes(new) / KILOBYTE)) if new else 0
    key = (name, _KEYS.get(name, name))
    moved = any(old.get(part) != new.get(part) for part in key)
    return put + (max(1, ceil(item_bytes(old) / KILOBYTE)) if old and moved else 0)


def _copied(name: str, item: Item) -> Item:
    copied = INDEXES[name]
    if name not in item:
        return {}
    return item if copied is None else {part: item[part] for part in copied if part in item}


@dataclass
class Units:
    """Billed units of the calls noted so far, and the calls by name."""

    written: float = 0.0
    read: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    _known: dict[tuple[str, str, str], Item] = field(default_factory=dict)

    def copy(self) -> Units:
        """The same figures, to compare with later."""
        return Units(self.written, self.read, dict(self.calls))

    def note(self, call: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """One call that was answered."""
        self.calls[call] = self.calls.get(call, 0) + 1
        match call:
            case "PutItem":
                self._put(parameters["TableName"], parameters["Item"], 1)
            case "UpdateItem":
                self._update(parameters)
            case "TransactWriteItems":
                for action in parameters["TransactItems"]:
                    self._transacted(action)
            case "GetItem":
                found = [answer["Item"]] if "Item" in answer else []
                self._reads(found, parameters.get("ConsistentRead", False), together=False)
            case "BatchGetItem":
                for table, items in answer["Responses"].items():
                    self._reads(items, consistent=True, together=False)
                    # One that is not there costs as much as a small one; `_reads` counts the first.
                    asked = len(parameters["RequestItems"][table]["Keys"])
                    self.read += asked - max(len(items), 1)
            case "Query":
                consistent = parameters.get("ConsistentRead", False)
                self._reads(answer["Items"], consistent, together=True)

    def _put(self, table: str, item: Item, factor: int) -> None:
        place = (table, item["pk"]["S"], item["sk"]["S"])
        before = self._known.get(place, {})
        self._known[place] = item
        self.written += factor * ceil(max(item_bytes(before), item_bytes(item)) / KILOBYTE)
        self.written += sum(_index_writes(name, before, item) for name in INDEXES)

    def _update(self, parameters: Mapping[str, Any]) -> None:
        key = parameters["Key"]
        known = self._known.get((parameters["TableName"], key["pk"]["S"], key["sk"]["S"]), {})
        self.written += max(1, ceil(item_bytes(known) / KILOBYTE))
        if "REMOVE" in parameters.get("UpdateExpression", ""):
            self.written += 1

    def _transacted(self, action: Mapping[str, Any]) -> None:
        if "Put" in action:
            self._put(action["Put"]["TableName"], action["Put"]["Item"], 2)
        else:
            self.written += 2  # a condition check of a small item

    def _reads(self, items: list[Item], consistent: bool, *, together: bool) -> None:
        sizes = [item_bytes(item) for item in items] or [1]
        if together:
            sizes = [sum(sizes)]
        self.read += sum(ceil(size / READ_BYTES) for size in sizes) * (1.0 if consistent else 0.5)
