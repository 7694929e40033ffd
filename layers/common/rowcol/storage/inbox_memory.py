"""The inbox in memory: for tests and single runs. It passes the same suite as the table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import AlreadyThere, InboxEntry, Stored
from rowcol.storage.inbox_codec import (
    decode_item,
    encode_entry,
    inbox_key,
    shard_of,
    timestamp,
)


class MemoryInbox:
    """Both sides of the inbox.

    Keeps rows in the table's own encoding, so that the codec is exercised too.
    """

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def put(self, entry: InboxEntry) -> Stored | AlreadyThere:
        """Store unless the key exists."""
        key = inbox_key(entry)
        if key in self.items:
            return AlreadyThere(key, self.items[key]["fingerprint"]["S"])
        self.items[key] = encode_entry(entry)
        return Stored(key)

    def read(self, inbox_keys: Sequence[str]) -> tuple[InboxRow, ...]:
        """The rows that exist, in the order asked for."""
        wanted = dict.fromkeys(inbox_keys)
        return tuple(decode_item(self.items[key]) for key in wanted if key in self.items)

    def mark_applied(self, inbox_key: str, outcome: str) -> bool:
        """Close a row as applied."""
        return self._close(inbox_key, "applied", "outcome", outcome)

    def mark_quarantined(self, inbox_key: str, reason: str) -> bool:
        """Close a row for people to look at."""
        return self._close(inbox_key, "quarantined", "reason", reason)

    def put_back(self, inbox_key: str) -> bool:
        """Have a quarantined row looked at again."""
        item = self.items.get(inbox_key)
        if item is None or "unapplied_shard" in item or item["state"] != {"S": "quarantined"}:
            return False
        item.pop("reason", None)
        item["state"], item["unapplied_shard"] = {"S": "stored"}, {"S": shard_of(inbox_key)}
        item["replays"] = {"N": str(int(item.get("replays", {"N": "0"})["N"]) + 1)}
        return True

    def _close(self, key: str, state: str, attribute: str, value: str) -> bool:
        item = self.items.get(key)
        if item is None or "unapplied_shard" not in item:
            return False
        del item["unapplied_shard"]
        item["state"], item[attribute] = {"S": state}, {"S": value}
        return True

    def unapplied(self, older_than: datetime, limit: int) -> tuple[str, ...]:
        """Keys of rows not closed, oldest first."""
        found = [
            (item["received_at"]["S"], key)
            for key, item in self.items.items()
            if "unapplied_shard" in item and item["received_at"]["S"] < timestamp(older_than)
        ]
        return tuple(key for _, key in sorted(found)[:limit])
