"""What DynamoDB bills for a call, from its parameters and its answer.

Sizes by DynamoDB's rules: names and texts in UTF-8, numbers two digits a byte, 1 byte for a flag,
3 for a container and 1 for each of its members. Written are whole kilobytes, twice in a
transaction; an index entry is one more write of what the index projects, and so is taking one out.
Read are 4 KB, half for a read that may lag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
KILOBYTE = 1024
READ_BYTES = 4096
# Index by table's sort of item: (attribute that puts an item there, whether all of it is copied).
INDEXES = (("gs1pk", True), ("due_hour", False), ("payment_key", True), ("unapplied_shard", False))


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


@dataclass
class Units:
    """Billed units of the calls noted so far, and the calls by name."""

    written: float = 0.0
    read: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    _sizes: dict[tuple[str, str, str], int] = field(default_factory=dict)

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
                for items in answer["Responses"].values():
                    self._reads(items, consistent=True, together=False)
            case "Query":
                consistent = parameters.get("ConsistentRead", False)
                self._reads(answer["Items"], consistent, together=True)

    def _put(self, table: str, item: Item, factor: int) -> None:
        size = item_bytes(item)
        self._sizes[(table, item["pk"]["S"], item["sk"]["S"])] = size
        self.written += factor * ceil(size / KILOBYTE)
        for attribute, everything in INDEXES:
            if attribute in item:
                self.written += ceil(size / KILOBYTE) if everything else 1

    def _update(self, parameters: Mapping[str, Any]) -> None:
        key = parameters["Key"]
        size = self._sizes.get((parameters["TableName"], key["pk"]["S"], key["sk"]["S"]), 1)
        self.written += ceil(size / KILOBYTE)
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
