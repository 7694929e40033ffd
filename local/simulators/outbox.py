"""Outgoing webhooks: due deliveries, their attempts and their end, durable until acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from local.simulators.clock import parse_instant
from local.simulators.document import Document
from local.simulators.faults import Faults
from local.simulators.messages import Json

RetryDelay = Callable[[int, int | None], float | None]
Accepted = Callable[[int | None], bool]
_KEPT_MAX = 2000


class Outbox:
    """Rows `{id, url, event_type, body, headers, due_at, attempt, state, log}`.

    States: pending, delivered, failed (the vendor gave up), dropped (a fault lost it).
    """

    def __init__(self, document: Document, faults: Faults) -> None:
        self._document = document
        self._faults = faults
        self._in_flight: set[str] = set()

    def add(
        self, url: str, event_type: str, body: bytes, due_at: datetime, **details: object
    ) -> str:
        """Queue one notice, after the faults that lose, double, delay or reorder it had a look."""
        occasion = {"event_type": event_type, "url": url, **details}
        dropped = self._faults.take("drop_webhook", **occasion) is not None
        if (params := self._faults.take("delay_webhook", **occasion)) is not None:
            due_at += timedelta(seconds=float(params.get("seconds", 60)))
        held = False
        release_before = due_at
        if (params := self._faults.take("reorder_webhook", **occasion)) is not None:
            due_at += timedelta(seconds=float(params.get("seconds", 60)))
            held = True
        self._release_held(release_before)
        copies = 1
        gap_seconds = 1.0
        if (params := self._faults.take("duplicate_webhook", **occasion)) is not None:
            copies += int(params.get("copies", 1))
            gap_seconds = float(params.get("seconds", 1))
        key = ""
        for number in range(copies):
            key = f"delivery-{self._document.next_number('delivery'):08d}"
            at = due_at + timedelta(seconds=gap_seconds * number)
            row = {
                "id": key,
                "url": url,
                "event_type": event_type,
                "body": body.decode("utf-8"),
                "details": details,
                "due_at": at.isoformat(),
                "attempt": 0,
                "held": held,
                "state": "dropped" if dropped else "pending",
                "log": [],
            }
            self._document.put("deliveries", key, row)
        self._forget_old()
        return key

    def pending(self) -> list[Json]:
        """Undelivered notices, by due instant, then age."""
        return self._pending(lambda _row: True)

    def _pending(self, wanted: Callable[[Json], bool]) -> list[Json]:
        rows = self._document.rows("deliveries").values()
        found = [row for row in rows if row["state"] == "pending" and wanted(row)]
        return sorted(found, key=lambda row: (parse_instant(row["due_at"]), row["id"]))

    def take_due(self, now: datetime) -> list[Json]:
        """Notices whose time has come and that nobody is sending yet."""
        due = self._pending(
            lambda row: row["id"] not in self._in_flight and parse_instant(row["due_at"]) <= now
        )
        self._in_flight.update(row["id"] for row in due)
        return due

    def put_back(self, key: str) -> None:
        """Undo `take_due` for one notice that is not sent after all."""
        self._in_flight.discard(key)

    def record(
        self,
        key: str,
        status: int | None,
        now: datetime,
        rules: tuple[Accepted, RetryDelay],
    ) -> str:
        """Note the answer to an attempt (None = time-out or no connection); gives the new state."""
        accepted, retry_delay = rules
        self._in_flight.discard(key)
        row = self._document.get("deliveries", key)
        if row is None:
            return "unknown"
        row["attempt"] += 1
        row["log"].append({"at": now.isoformat(), "status": status})
        if accepted(status):
            row["state"] = "delivered"
        elif (seconds := retry_delay(row["attempt"], status)) is None:
            row["state"] = "failed"
        else:
            row["due_at"] = (now + timedelta(seconds=seconds)).isoformat()
        self._document.put("deliveries", key, row)
        return str(row["state"])

    def redeliver(self, key: str, now: datetime) -> bool:
        """Queue a past notice again, whatever became of it."""
        row = self._document.get("deliveries", key)
        if row is None:
            return False
        row.update(state="pending", due_at=now.isoformat(), held=False, attempt=0)
        self._document.put("deliveries", key, row)
        return True

    def list(self) -> list[Json]:
        """The log of deliveries, oldest first."""
        return [dict(row) for row in self._document.rows("deliveries").values()]

    def _release_held(self, overtaken_at: datetime) -> None:
        for row in self.pending():
            soon = overtaken_at + timedelta(seconds=1)
            if row["held"] and parse_instant(row["due_at"]) > soon:
                moved = {**row, "held": False, "due_at": soon.isoformat()}
                self._document.put("deliveries", row["id"], moved)

    def _forget_old(self) -> None:
        rows = self._document.rows("deliveries")
        if len(rows) > _KEPT_MAX:
            done = [key for key, row in rows.items() if row["state"] != "pending"]
            for key in done[: len(rows) - _KEPT_MAX]:
                self._document.delete("deliveries", key)
