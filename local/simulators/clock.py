"""A simulator's own clock: real (or handed-in) time plus an offset, or frozen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from local.simulators.document import Document
from local.simulators.messages import Json


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> datetime:
    """An aware UTC instant from ISO 8601 text; without an offset it means UTC."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


class VirtualClock:
    """Time of one rail. Its setting is a row of the rail's document, so it survives a restart."""

    def __init__(self, document: Document, base: Callable[[], datetime]) -> None:
        self._document = document
        self._base = base

    def now(self) -> datetime:
        """The rail's current instant in UTC."""
        row = self._document.rows("clock").get("clock") or self._row()  # only read: no copy
        if row["frozen_at"] is not None:
            return parse_instant(row["frozen_at"])
        return self._base().astimezone(UTC) + timedelta(seconds=row["offset_seconds"])

    def set(self, instant: datetime) -> None:
        """Jump to `instant`; frozen stays frozen, running goes on from there."""
        row = self._row()
        if row["frozen_at"] is not None:
            row["frozen_at"] = instant.astimezone(UTC).isoformat()
        row["offset_seconds"] = (instant - self._base()).total_seconds()
        self._document.put("clock", "clock", row)

    def freeze(self, frozen: bool) -> None:
        """Stop or restart the clock at its current instant."""
        row, now = self._row(), self.now()
        row["frozen_at"] = now.isoformat() if frozen else None
        row["offset_seconds"] = (now - self._base()).total_seconds()
        self._document.put("clock", "clock", row)

    def describe(self) -> Json:
        """The setting and the time, for the control API."""
        return {"now": self.now().isoformat(), **self._row()}

    def _row(self) -> Json:
        row = self._document.get("clock", "clock")
        return row if isinstance(row, dict) else {"offset_seconds": 0.0, "frozen_at": None}
