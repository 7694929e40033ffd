"""Effects that wait for the rail's clock, durable and fired in order of time."""

from __future__ import annotations

import heapq
from datetime import datetime

from local.simulators.clock import parse_instant
from local.simulators.document import Document
from local.simulators.messages import Json


class Timers:
    """Rows `{at, order, kind, payload}`; the earliest first, equal instants in order of setting."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._heap: list[tuple[datetime, int, str]] = []
        self.rebuild()

    def rebuild(self) -> None:
        """Read the waiting effects back from the document (after a start or a rollback)."""
        self._heap = [
            (parse_instant(row["at"]), int(row["order"]), key)
            for key, row in self._document.rows("timers").items()
        ]
        heapq.heapify(self._heap)

    def set(self, kind: str, at: datetime, payload: Json, name: str | None = None) -> None:
        """Let `kind` happen at `at`. A named timer replaces the earlier one of that name."""
        order = self._document.next_number("timer")
        key = name or f"{kind}/{order}"
        row = {"at": at.isoformat(), "order": order, "kind": kind, "payload": payload}
        self._document.put("timers", key, row)
        heapq.heappush(self._heap, (at, order, key))

    def cancel(self, name: str) -> None:
        """Forget a named timer; unknown names are fine."""
        if name in self._document.rows("timers"):
            self._document.delete("timers", name)

    def pop_due(self, now: datetime) -> tuple[datetime, str, Json] | None:
        """Take the earliest effect not after `now` out: its instant, kind and payload."""
        while self._heap and self._heap[0][0] <= now:
            at, order, key = heapq.heappop(self._heap)
            row = self._document.get("timers", key)
            if row is not None and row["order"] == order:
                self._document.delete("timers", key)
                return at, row["kind"], row["payload"]
        return None
