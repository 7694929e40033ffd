"""QBO's webhooks: late, out of order, several companies in one body (qbo contract, section 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from local.simulators.clock import parse_instant
from local.simulators.messages import Json, to_wire

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

_RETRY_SECONDS = (10, 20, 30, 300, 1200, 7200, 14_400, 21_600)
_ATTEMPTS_MAX = 60
_PACIFIC = ZoneInfo("America/Los_Angeles")
_BARE_SHARE = 0.1  # `datacontenttype` may be absent
_SILENT = frozenset({"Attachable", "CompanyInfo"})
_CLASSIC = {
    "created": "Create",
    "updated": "Update",
    "deleted": "Delete",
    "void": "Void",
    "merged": "Merge",
    "emailed": "Emailed",
}


class Notices:
    """Table pending_events: what happened and when it will be told."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    def event(
        self, realm: str, entity: str, key: str, operation: str, loser: str | None = None
    ) -> None:
        """Something changed; every connected app is told some time within the delay.

        `loser`: the id that a merge deleted.
        """
        if entity in _SILENT or self._core.quiet:
            return
        low, high = self._core.setting("webhook_delay_seconds")
        due = self._core.now() + timedelta(seconds=self._core.rng.uniform(low, high))
        for client_id, app in self._core.document.rows("apps").items():
            connection = self._core.document.rows("connections").get(f"{client_id}/{realm}")
            if not app["webhook_url"] or connection is None or connection["dead"]:
                continue
            if client_id == self._core.writer and not self._core.setting("self_echo"):
                continue
            number = self._core.document.next_number("event")
            row = {
                "client_id": client_id,
                "realm": realm,
                "entity": entity,
                "key": key,
                "operation": operation,
                "loser": loser,
                "at": self._core.now().isoformat(),
                "due_at": due.isoformat(),
                "id": self._core.new_id(),
            }
            self._core.document.put("pending_events", f"{number:08d}", row)
        self._core.timers.set("flush", due, {})

    def flush(self) -> None:
        """Send what is due, one body per app; companies are mixed and order means nothing."""
        horizon = self._core.now() + timedelta(seconds=self._core.setting("webhook_batch_seconds"))
        due: dict[str, list[Json]] = {}
        for number, row in list(self._core.document.rows("pending_events").items()):
            if parse_instant(row["due_at"]) <= horizon:
                due.setdefault(row["client_id"], []).append(row)
                self._core.document.delete("pending_events", number)
        for client_id, events in due.items():
            self._core.rng.shuffle(events)
            self._send(client_id, events)

    def sign(self, client_id: str, body: bytes) -> str:
        """`intuit-signature`: base64 of HMAC-SHA256 with the app's verifier token."""
        token = self._core.document.rows("apps")[client_id]["verifier_token"]
        return base64.b64encode(hmac.new(token.encode(), body, hashlib.sha256).digest()).decode()

    def retry_delay(self, attempt: int) -> float | None:
        """The 2026 ladder, then every six hours."""
        if attempt >= _ATTEMPTS_MAX:
            return None
        return float(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS)) - 1])

    def _send(self, client_id: str, events: list[Json]) -> None:
        app = self._core.document.rows("apps")[client_id]
        form = app.get("envelope") or self._core.setting("webhook_envelope")
        classic = form == "classic"
        body = self._classic(events) if classic else [self._cloud(event) for event in events]
        first = events[0]
        self._core.outbox.add(
            app["webhook_url"],
            f"qbo.{first['entity'].lower()}.{first['operation']}.v1",
            to_wire(body),
            self._core.now(),
            client_id=client_id,
            realm=first["realm"],
            entity_id=first["key"],
        )

    def _cloud(self, event: Json) -> Json:
        at = parse_instant(event["at"]).astimezone(UTC)
        # Zero to nine digits of a second are seen on the wire.
        digits = self._core.rng.choice((0, 3, 6, 9))
        fraction = f"{at.microsecond:06d}000"[:digits]
        stamp = at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if digits else "") + "Z"
        word = self._core.setting("void_word") if event["operation"] == "void" else None
        made: Json = {
            "specversion": "1.0",
            "id": event["id"],
            "source": "intuit.q3mSx1pP0aKc8vTn5yQd2wLr7uEh9bZf4jGk6oXiRtM=",
            "type": f"qbo.{event['entity'].lower()}.{word or event['operation']}.v1",
            "datacontenttype": "application/json",
            "time": stamp,
            "intuitentityid": event["key"],
            "intuitaccountid": event["realm"],
            "data": {},
        }
        if self._core.setting("alternative_ids"):
            other = f"djQuMTo{event['realm']}:{event['key']}"
            made["data"] = {"alternative_ids": [{"id": other, "namespace": "Intuit.sbseg.v4"}]}
        if self._core.rng.random() < _BARE_SHARE:
            del made["datacontenttype"]
        return made

    def _classic(self, events: list[Json]) -> Json:
        realms: dict[str, list[Json]] = {}
        for event in events:
            stamp = self._classic_time(event["at"])
            entity = {
                "name": event["entity"],
                "id": event["key"],
                "operation": _CLASSIC[event["operation"]],
                "lastUpdated": stamp,
            }
            if event.get("loser"):
                entity["deletedId"] = event["loser"]
            realms.setdefault(event["realm"], []).append(entity)
        return {
            "eventNotifications": [
                {"realmId": realm, "dataChangeEvent": {"entities": entities}}
                for realm, entities in realms.items()
            ]
        }

    def _classic_time(self, at: str) -> str:
        instant = parse_instant(at)
        if self._core.setting("classic_offset"):  # seen: Pacific, without a colon
            return instant.astimezone(_PACIFIC).strftime("%Y-%m-%dT%H:%M:%S.000%z")
        return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
