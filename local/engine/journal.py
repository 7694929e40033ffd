"""Append-only journal of item writes: one JSON line per write, on disk before it is answered.

A line holds what a write did, not what was asked: `{"op", "changes": [[table, pk, sk, item]]}`
where `item` is the item after the write, or null when it was removed, and `table` is the table's
ARN. Replaying effects gives the same items whatever the clock says by then (a conditional put
that succeeded because of an expired row, or a retried transaction token, would not).
A line may also carry `token`, a transaction's ClientRequestToken with its request and time.

Stream events follow from the changes, so `{"op": "Delivered", "consumer", "position"}` is enough to
know which ones a crash kept from a consumer: those are delivered again, at least once as on AWS.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Item = dict[str, Any]
Key = tuple[str, str, str]
Line = dict[str, Any]
Event = tuple[str, Item | None, Item | None]
# The emulator sends no stream records for PartiQL statements, nor for expired rows.
STREAMED_OPERATIONS = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
)
ITEMS_PER_SNAPSHOT_LINE = 50
# macOS has no fdatasync; a full sync is the stronger promise.
_sync = getattr(os, "fdatasync", os.fsync)


class JournalDamaged(Exception):
    """A line that is not the last one cannot be read: the file was changed from outside."""


@dataclass
class Contents:
    """What a journal adds up to: items, transaction tokens, and what streams still owe."""

    items: dict[Key, Item] = field(default_factory=dict)
    tokens: list[Line] = field(default_factory=list)
    events: dict[str, list[Event]] = field(default_factory=dict)
    """Stream events of each table since the journal's beginning, oldest first."""
    delivered: dict[str, int] = field(default_factory=dict)
    """How many of its table's events each stream consumer has behind it."""

    def add(self, line: Line) -> None:
        """Apply one line."""
        operation = line["op"]
        if operation == "Delivered":
            self.delivered[line["consumer"]] = line["position"]
        elif operation == "Pending":
            for table, events in line["events"].items():
                self.events.setdefault(table, []).extend(map(tuple, events))
        elif operation == "DeleteTable":
            self.items = {key: item for key, item in self.items.items() if key[0] != line["table"]}
        else:
            for table, pk, sk, item in line["changes"]:
                self._change((table, pk, sk), item, streamed=operation in STREAMED_OPERATIONS)
            if "token" in line:
                self.tokens.append(line["token"])

    def _change(self, key: Key, item: Item | None, *, streamed: bool) -> None:
        before = self.items.get(key)
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item
        if streamed and before != item:
            kind = "REMOVE" if item is None else "INSERT" if before is None else "MODIFY"
            self.events.setdefault(key[0], []).append((kind, before, item))

    def keep_pending(self, consumers: Mapping[str, str]) -> None:
        """Drop the events that every consumer of their table has behind it.

        `consumers` gives the table of each consumer that exists now; positions are renumbered.
        """
        starts: dict[str, int] = {}
        for consumer, table in consumers.items():
            position = self.delivered.get(consumer, 0)
            starts[table] = min(starts.get(table, position), position)
        self.events = {table: self.events.get(table, [])[start:] for table, start in starts.items()}
        self.delivered = {
            consumer: self.delivered.get(consumer, 0) - starts[table]
            for consumer, table in consumers.items()
        }

    def lines(self) -> Iterator[Line]:
        """Lines that add up to the same contents."""
        rows = [[*key, item] for key, item in self.items.items()]
        for start in range(0, len(rows), ITEMS_PER_SNAPSHOT_LINE):
            yield {"op": "Snapshot", "changes": rows[start : start + ITEMS_PER_SNAPSHOT_LINE]}
        for token in self.tokens:
            yield {"op": "Token", "changes": [], "token": token}
        if pending := {table: events for table, events in self.events.items() if events}:
            yield {"op": "Pending", "events": pending}
        for consumer, position in self.delivered.items():
            yield {"op": "Delivered", "consumer": consumer, "position": position}


class Journal:
    """The open journal file. `append` returns only when the line survives the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    def read(self) -> Contents:
        """Add the file up and cut a torn last line; raises JournalDamaged on any other damage."""
        contents = Contents()
        if not self._path.exists():
            return contents
        complete_bytes = 0
        with self._path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if not raw.endswith(b"\n"):
                    break
                try:
                    contents.add(json.loads(raw))
                except (ValueError, KeyError, TypeError) as error:
                    text = f"{self._path} line {number} cannot be read: {error}"
                    raise JournalDamaged(text) from error
                complete_bytes += len(raw)
        if complete_bytes < self._path.stat().st_size:
            os.truncate(self._path, complete_bytes)
        return contents

    def compact(self, contents: Contents) -> None:
        """Replace the file by a snapshot of `contents`, atomically; must not be open."""
        temporary = self._path.with_suffix(".new")
        with temporary.open("wb") as file:
            file.writelines(encode(line) for line in contents.lines())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        sync_directory(self._path.parent)

    def open(self) -> None:
        """Start taking lines."""
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
        self._descriptor = os.open(self._path, flags, 0o600)
        sync_directory(self._path.parent)

    def append(self, line: Line, *, durable: bool = True) -> None:
        """Write one line and, unless it may be repeated after a crash, force it to disk."""
        data = encode(line)
        with self._lock:
            if self._descriptor is None:
                return
            write_whole(self._descriptor, data)
            if durable:
                _sync(self._descriptor)

    def clear(self) -> None:
        """Forget everything written so far."""
        with self._lock:
            if self._descriptor is not None:
                os.ftruncate(self._descriptor, 0)
                _sync(self._descriptor)


def encode(line: Line) -> bytes:
    """One journal line, ending in a newline; JSON text never contains a raw newline."""
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of `data`, or none of it when the disk is full: half a line damages the next."""
    size = os.fstat(descriptor).st_size
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def sync_directory(directory: Path) -> None:
    """Make a created or renamed file's directory entry survive."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
