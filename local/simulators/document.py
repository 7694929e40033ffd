"""Durable state of one simulator: tables of JSON rows behind an append-only, fsynced journal.

A commit is one journal line. It is on disk before the answer leaves, so `kill -9` at any moment
loses nothing that was acknowledged; a torn last line was never acknowledged and is dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

_DECIMAL = "$decimal"
_JOURNAL_BYTES_MAX = 64 * 1024 * 1024


def _encode(value: object) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    raise TypeError(f"a row cannot hold {type(value).__name__}")


def _decode(value: dict[str, Any]) -> Any:
    return Decimal(value[_DECIMAL]) if _DECIMAL in value else value


# Most of what a row holds: nothing below them needs a copy.
_LEAVES = frozenset({str, int, bool, float, type(None), Decimal})


def copy_json(value: Any) -> Any:
    """A deep copy of JSON-like data."""
    if type(value) in _LEAVES:
        return value
    if isinstance(value, dict):
        return {
            key: item if type(item) in _LEAVES else copy_json(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [item if type(item) in _LEAVES else copy_json(item) for item in value]
    return value


class Document:
    """Rows by table and key. `get` gives a copy: only `put` changes state, only `commit` keeps it.

    `path` None keeps everything in memory. A directory can be open in one process only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._tables: dict[str, dict[str, Any]] = {}
        self._undo: dict[tuple[str, str], tuple[bool, Any]] = {}
        self._soft: set[tuple[str, str]] = set()
        self._journal: TextIO | None = None
        if path is not None:
            self._open(path)

    def rows(self, table: str) -> Mapping[str, Any]:
        """All rows of a table in order of first insertion. Read-only: use `get` to change one."""
        return self._tables.get(table, {})

    def get(self, table: str, key: str) -> Any | None:
        """A copy of one row, or None."""
        return copy_json(self._tables.get(table, {}).get(key))

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row (kept at the next commit)."""
        self._remember(table, key)
        self._soft.discard((table, key))
        self._tables.setdefault(table, {})[key] = copy_json(row)

    def put_soft(self, table: str, key: str, row: Any) -> None:
        """Write a row that need not be fsynced (a counter): it survives a kill, not a power cut."""
        if (table, key) not in self._undo:
            self._soft.add((table, key))
        self._remember(table, key)
        self._tables.setdefault(table, {})[key] = copy_json(row)

    def delete(self, table: str, key: str) -> None:
        """Remove a row (kept at the next commit)."""
        self._remember(table, key)
        self._soft.discard((table, key))
        self._tables.get(table, {}).pop(key, None)

    def table_sizes(self) -> dict[str, int]:
        """How many rows each table holds."""
        return {table: len(rows) for table, rows in self._tables.items() if rows}

    def next_number(self, name: str) -> int:
        """The next value of a named, durable counter, from 1."""
        value = int(self._tables.get("counters", {}).get(name, 0)) + 1
        self.put("counters", name, value)
        return value

    def commit(self) -> None:
        """Make all changes since the last commit durable."""
        if not self._undo:
            return
        if self._journal is not None:
            line = [
                [table, key, *([self._tables[table][key]] if self._has(table, key) else [])]
                for table, key in self._undo
            ]
            self._journal.write(json.dumps(line, default=_encode) + "\n")
            self._journal.flush()
            if len(self._soft) < len(self._undo):
                os.fsync(self._journal.fileno())
            if self._journal.tell() > _JOURNAL_BYTES_MAX:
                self._compact()
        self._undo.clear()
        self._soft.clear()

    def rollback(self) -> None:
        """Forget all changes since the last commit."""
        for (table, key), (existed, row) in self._undo.items():
            if existed:
                self._tables[table][key] = row
            else:
                self._tables.get(table, {}).pop(key, None)
        self._undo.clear()
        self._soft.clear()

    def clear(self) -> None:
        """Delete every row (kept at the next commit)."""
        for table, rows in self._tables.items():
            for key in list(rows):
                self.delete(table, key)

    def close(self) -> None:
        """Commit and release the directory."""
        self.commit()
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _has(self, table: str, key: str) -> bool:
        return key in self._tables.get(table, {})

    def _remember(self, table: str, key: str) -> None:
        if (table, key) not in self._undo:
            rows = self._tables.get(table, {})
            self._undo[(table, key)] = (key in rows, rows.get(key))

    def _open(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        journal_path, snapshot_path = path / "journal.jsonl", path / "snapshot.json"
        journal = journal_path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            journal.close()
            raise
        if snapshot_path.exists():
            text = snapshot_path.read_text(encoding="utf-8")
            self._tables = json.loads(text, object_hook=_decode)
        journal.seek(0)
        for line in journal:
            if not line.endswith("\n"):
                break
            for table, key, *row in json.loads(line, object_hook=_decode):
                if row:
                    self._tables.setdefault(table, {})[key] = row[0]
                else:
                    self._tables.get(table, {}).pop(key, None)
        self._journal = journal
        self._compact()

    def _compact(self) -> None:
        # Replaying an old journal over a newer snapshot ends in the same rows, so a crash between
        # the two steps does no harm.
        assert self._path is not None
        assert self._journal is not None
        temporary = self._path / "snapshot.json.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(self._tables, file, default=_encode)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path / "snapshot.json")
        directory = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        self._journal.seek(0)
        self._journal.truncate()
        os.fsync(self._journal.fileno())
