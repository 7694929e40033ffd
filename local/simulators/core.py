"""The common core of all rail simulators: one call in, one answer out, nothing hidden.

No threads, no sleeping, no wall clock, no global randomness: `Ambient` hands in time and chance,
`Document` holds the state. The HTTP server and the in-process transport only carry the values.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.simulators.clock import VirtualClock, parse_instant
from local.simulators.document import Document
from local.simulators.faults import Faults
from local.simulators.feed import Feed
from local.simulators.hooks import RailHooks
from local.simulators.messages import (
    ControlError,
    Delivery,
    Json,
    Refusal,
    SimRequest,
    SimResponse,
)
from local.simulators.outbox import Outbox
from local.simulators.routing import CallCounters, Route, Router
from local.simulators.timers import Timers

REQUEST_FAULTS = frozenset(
    {
        "delay",
        "throttle",
        "server_error",
        "timeout_with_effect",
        "timeout_without_effect",
        "disconnect_with_effect",
        "disconnect_without_effect",
        "revoke_token",
    }
)
WEBHOOK_FAULTS = frozenset(
    {"drop_webhook", "duplicate_webhook", "delay_webhook", "reorder_webhook"}
)


@dataclass(frozen=True, slots=True)
class Ambient:
    """What differs between two runs: `now` (aware, the pace of real time) and chance's seed."""

    now: Callable[[], datetime]
    seed: str = "0"


class SimulatorCore(RailHooks):
    """One rail: the hooks a subclass adds (see `RailHooks`), and all that rails share."""

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.document = document
        self.ambient = ambient
        # A new start continues with other chances, so that no id is ever made twice.
        start = document.next_number("start")
        self.rng = random.Random(f"{ambient.seed}/{self.rail}/{start}")
        self.clock = VirtualClock(document, ambient.now)
        kinds = REQUEST_FAULTS | WEBHOOK_FAULTS | self.fault_kinds
        self.faults = Faults(document, self.rng, kinds)
        self.outbox = Outbox(document, self.faults)
        self.timers = Timers(document)
        self.feed = Feed(document, self.rail, self.stamp)
        self.calls = CallCounters()
        self._router = Router(self.routes())
        self._effect_at: datetime | None = None
        self.prepare()
        document.commit()

    # ---- time

    def now(self) -> datetime:
        """The rail's time; inside a timed effect, that effect's instant."""
        return self._effect_at or self.clock.now()

    def stamp(self) -> str:
        """`now` as ISO text."""
        return self.now().isoformat()

    def catch_up(self) -> None:
        """Fire every effect whose time has come, in order."""
        while (due := self.timers.pop_due(self.clock.now())) is not None:
            self._effect_at, kind, payload = due
            try:
                self.fire(kind, payload)
            finally:
                self._effect_at = None
        self.document.commit()

    def advance(self, *, to: datetime | None = None, seconds: float = 0.0) -> datetime:
        """Move the rail's clock forward and walk everything that happens on the way."""
        target = to if to is not None else self.clock.now() + timedelta(seconds=seconds)
        if target < self.clock.now():
            raise ControlError("a clock only advances; use set to jump back")
        self.clock.set(target)
        self.catch_up()
        return target

    # ---- chance and settings

    def new_id(self) -> str:
        """A fresh UUID text from the handed-in chance."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def setting(self, name: str) -> Any:
        """A setting's value: what was set, else the default."""
        overrides = self.document.rows("settings").get("settings", {})
        return overrides.get(name, self.default_settings[name])

    def settings(self) -> Json:
        """All settings."""
        return {**self.default_settings, **self.document.rows("settings").get("settings", {})}

    def configure(self, changes: Json) -> Json:
        """Change settings; unknown names raise ControlError."""
        if unknown := set(changes) - set(self.default_settings):
            raise ControlError(f"unknown settings {sorted(unknown)}")
        row = self.document.get("settings", "settings") or {}
        # JSON bodies are read with exact decimals for money; a setting is a plain number.
        plain = json.loads(json.dumps(changes, default=float))
        self.document.put("settings", "settings", {**row, **plain})
        self.document.commit()
        return self.settings()

    # ---- calls

    def handle(self, request: SimRequest) -> SimResponse:
        """Answer one call. State changes are durable before this returns."""
        self.catch_up()
        found = self._router.find(request.method, request.path)
        route = found[0] if found else None
        if (stopped := self.admit(request)) is not None:
            response = stopped
        elif found is None:
            status = 405 if self._router.knows_path(request.path) else 404
            response = self.error(status, request)
        else:
            response = self._answer(found[0], found[1], request)
        self.document.commit()
        response = self.after(route, request, response)
        self.calls.count(route, request, response, self.stamp())
        return response

    def act(self, action: str, **params: Any) -> Json:
        """Do what a person or a bank does outside the API. Raises ControlError on a problem."""
        self.catch_up()
        known = self.actions()
        if action not in known:
            raise ControlError(f"unknown action {action}; known: {sorted(known)}")
        try:
            result = known[action](**params)
        except (Refusal, ControlError, KeyError, TypeError) as problem:
            self.document.rollback()
            self.timers.rebuild()
            raise ControlError(f"{action}: {problem}") from problem
        self.catch_up()
        return result

    def _answer(self, route: Route, variables: dict[str, str], request: SimRequest) -> SimResponse:
        occasion = self.occasion(request, variables)
        occasion.update(method=request.method, path=request.path)
        if self.faults.take("throttle", **occasion) is not None:
            return self.error(429, request)
        if (stopped := self.before(route, request)) is not None:
            return stopped
        if (params := self.faults.take("server_error", **occasion)) is not None:
            return self.error(int(params.get("status", 500)), request)
        for kind in ("timeout_without_effect", "disconnect_without_effect"):
            if (params := self.faults.take(kind, **occasion)) is not None:
                return self._lost(kind, params, request)
        if self.faults.take("revoke_token", **occasion) is not None:
            self.revoke(request)
        slow = self.faults.take("delay", **occasion)
        lost = None
        for kind in ("timeout_with_effect", "disconnect_with_effect"):
            if (params := self.faults.take(kind, **occasion)) is not None:
                lost = (kind, params)
                break
        self.document.commit()
        try:
            response = route.handler(request, **variables)
        except Refusal as refusal:
            self.document.rollback()
            self.timers.rebuild()
            response = refusal.response
        if lost is not None:
            return self._lost(lost[0], lost[1], request)
        return response.delayed(float(slow.get("seconds", 5))) if slow is not None else response

    def _lost(self, kind: str, params: Json, request: SimRequest) -> SimResponse:
        if kind.startswith("disconnect") or params.get("disconnect"):
            return SimResponse(0, disconnect=True, delay_seconds=float(params.get("seconds", 0)))
        seconds = float(params.get("seconds", self.cut_after_seconds))
        return self.error(504, request).delayed(seconds)

    # ---- webhooks

    def due_deliveries(self, now: datetime | None = None) -> list[Delivery]:
        """Webhook attempts due now, each handed out once until its result is recorded."""
        self.catch_up()
        deliveries = []
        for row in self.sendable(self.outbox.take_due(now or self.clock.now())):
            headers = self.delivery_headers(row)
            body = str(row["body"]).encode()
            deliveries.append(
                Delivery(
                    id=row["id"],
                    url=row["url"],
                    headers=headers,
                    body=body,
                    attempt=row["attempt"] + 1,
                    event_type=row["event_type"],
                    timeout_seconds=self.webhook_timeout_seconds,
                )
            )
        return deliveries

    def sendable(self, rows: list[Json]) -> list[Json]:
        """The due notices that the vendor would send now."""
        return rows

    def record_delivery_result(self, delivery_id: str, status: int | None) -> str:
        """Note the endpoint's answer (None = time-out or no connection); gives the new state."""
        rules = (self.accepted, self.retry_delay)
        state = self.outbox.record(delivery_id, status, self.clock.now(), rules)
        self.document.commit()
        return state

    # ---- the world feed

    def emit_fact(self, kind: str, **fields: Any) -> None:
        """State a settlement fact for the other rails."""
        self.feed.emit(kind, **fields)

    def settlements(self, after: int = 0) -> list[Json]:
        """Facts of this rail with a number above `after`, in order."""
        return self.feed.after(after)

    def accept_settlements(self, facts: Iterable[Json]) -> int:
        """Take in facts of other rails once each; gives how many were new."""
        self.catch_up()
        new = self.feed.accept(facts, self.apply_fact)
        self.catch_up()
        return new

    def reset(self) -> None:
        """Forget everything but the clock and the count of starts."""
        kept = [("clock", "clock"), ("counters", "start")]
        rows = [(table, key, self.document.get(table, key)) for table, key in kept]
        self.document.clear()
        for table, key, row in rows:
            if row is not None:
                self.document.put(table, key, row)
        self.timers.rebuild()
        self.calls.reset()
        self.prepare()
        self.document.commit()

    def instant(self, text: str) -> datetime:
        """Parse ISO text to an aware UTC instant."""
        return parse_instant(text)
