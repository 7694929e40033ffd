"""Append-only journal of item writes: one JSON line per write, on disk before it is answered.

A line holds what a write did, not what was asked: `{"op", "changes": [[table, pk, sk, item]]}`
where `item` is the item after the write, or null when it was removed, and `table` is the table's
ARN. Replaying effects gives the same items whatever the clock says by then (a conditional put
that succeeded because of an expired row, or a retried transaction token, would not).
A line may also carry `token`, a transaction's ClientRequestToken with its request and time.
"""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Item = dict[str, Any]
Key = tuple[str, str, str]
Line = dict[str, Any]
ITEMS_PER_SNAPSHOT_LINE = 50
# macOS has no fdatasync; a full sync is the stronger promise.
_sync = getattr(os, "fdatasync", os.fsync)


class JournalDamaged(Exception):
    """A line that is not the last one cannot be read: the file was changed from outside."""


@dataclass
class Contents:
    """What a journal adds up to: the last state of every item, and the tokens it mentions."""

    items: dict[Key, Item] = field(default_factory=dict)
    tokens: list[Line] = field(default_factory=list)
    changes: int = 0

    def add(self, line: Line) -> None:
        """Apply one line."""
        if line["op"] == "DeleteTable":
            self.items = {key: item for key, item in self.items.items() if key[0] != line["table"]}
            self.changes += 1
            return
        for table, pk, sk, item in line["changes"]:
            self.changes += 1
            if item is None:
                self.items.pop((table, pk, sk), None)
            else:
                self.items[table, pk, sk] = item
        if "token" in line:
            self.tokens.append(line["token"])

    @property
    def dead_changes(self) -> int:
        """How many changes a snapshot would leave out."""
        return self.changes - len(self.items)


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

    def compact(self, contents: Contents, tokens: Iterable[Line] = ()) -> None:
        """Replace the file by a snapshot of `contents`, atomically; must not be open."""
        temporary = self._path.with_suffix(".new")
        with temporary.open("wb") as file:
            file.writelines(encode(line) for line in snapshot_lines(contents.items, tokens))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        sync_directory(self._path.parent)

    def open(self) -> None:
        """Start taking lines."""
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
        self._descriptor = os.open(self._path, flags, 0o600)
        sync_directory(self._path.parent)

    def append(self, line: Line) -> None:
        """Write one line and force it to disk."""
        data = encode(line)
        with self._lock:
            if self._descriptor is None:
                return
            os.write(self._descriptor, data)
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


def snapshot_lines(items: Mapping[Key, Item], tokens: Iterable[Line]) -> Iterator[Line]:
    """Lines that add up to `items` and `tokens`."""
    rows = [[*key, item] for key, item in items.items()]
    for start in range(0, len(rows), ITEMS_PER_SNAPSHOT_LINE):
        yield {"op": "Snapshot", "changes": rows[start : start + ITEMS_PER_SNAPSHOT_LINE]}
    for token in tokens:
        yield {"op": "Token", "changes": [], "token": token}


def sync_directory(directory: Path) -> None:
    """Make a created or renamed file's directory entry survive."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
