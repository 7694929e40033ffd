"""Webhook subscriptions, the challenge, signing and events (ramp contract, section 7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.simulators.messages import Json, SimRequest, SimResponse, json_response, to_wire
from local.simulators.ramp import fields as f
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.events import EVENTS_2025, EVENTS_2026
from local.simulators.ramp.oauth import Access

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

Layout = Callable[[Json], bytes]
_HEADERS_MAX = 5
_HEADER_VALUE_MAX = 1000
_FORBIDDEN = ("host", "user-agent")
_FORBIDDEN_PREFIXES = ("x-forwarded", "x-real", "x-original")
# Each event type needs the read scope of its resource; those not named here need none we know of.
_SCOPES = {
    "payments": "bills:read",
    **{
        name: f"{name}:read"
        for name in (
            *("bills", "vendors", "entities", "transactions", "reimbursements"),
            *("purchase_orders", "users", "applications"),
        )
    },
}
ATTEMPTS_MAX = 10
_BACKOFF_CAP_SECONDS = 60.0
_LAYOUTS: dict[str, Layout] = {
    "spaced": to_wire,
    "compact": lambda body: json.dumps(body, separators=(",", ":")).encode(),
    "pretty": lambda body: to_wire(body, indent=2),
}


class Webhooks:
    """Table: subscriptions."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def create(self, access: Access, request: SimRequest) -> SimResponse:
        """Subscribe: pending until the challenge is answered; the secret is shown only here."""
        body = f.read_body(
            request,
            {
                "endpoint_url": f.text(),
                "event_types": f.list_of(f.text()),
                "additional_headers": f.anything,
            },
            ("endpoint_url", "event_types"),
        )
        self._check(access, body)
        now = self._core.now().isoformat(timespec="seconds")
        key, challenge = (
            self._core.new_id(),
            f"ramp_challenge_{self._core.rng.getrandbits(96):024x}",
        )
        row = {
            "id": key,
            "business_id": access.business_id,
            "endpoint_url": body["endpoint_url"],
            "event_types": body["event_types"],
            "additional_headers": body.get("additional_headers") or {},
            "created_at": now,
            "updated_at": now,
            "status": "pending_verification",
            "secret": f"ramp_sec_{self._core.rng.getrandbits(192):048x}",
            "challenge": challenge,
        }
        self._core.document.put("subscriptions", key, row)
        notice: Json = {"type": "webhooks.verification", "challenge": challenge}
        if self._core.setting("challenge_fields") == "full":
            notice = {
                "id": self._core.new_id(),
                "created_at": self._core.stamp(),
                "business_id": access.business_id,
                "object": {"id": key},
                **notice,
            }
        self._queue(row, "webhooks.verification", notice)
        return json_response(201, {**_view(row), "secret": row["secret"]})

    def index(self, access: Access, request: SimRequest) -> SimResponse:
        """All subscriptions of the business (a plain array)."""
        return json_response(200, [_view(row) for row in self._mine(access.business_id)])

    def read(self, access: Access, request: SimRequest, webhook_id: str) -> SimResponse:
        """One subscription, without its secret."""
        return json_response(200, _view(self._find(access, webhook_id)))

    def delete(self, access: Access, request: SimRequest, webhook_id: str) -> SimResponse:
        """Unsubscribe."""
        self._find(access, webhook_id)
        self._core.document.delete("subscriptions", webhook_id)
        return SimResponse(204)

    def verify(self, access: Access, request: SimRequest, webhook_id: str) -> SimResponse:
        """Answer the challenge: the subscription becomes active."""
        row = self._find(access, webhook_id)
        body = f.read_body(request, {"challenge": f.text()}, ["challenge"])
        repeated = row["status"] == "active" and self._core.setting("verify_again")
        if row["status"] != "pending_verification" and not repeated:
            raise refuse(400, f"the subscription is {row['status']}")
        if body["challenge"] != row["challenge"]:
            raise refuse(400, "the challenge is wrong")
        row["status"], row["updated_at"] = "active", self._core.now().isoformat(timespec="seconds")
        self._core.document.put("subscriptions", webhook_id, row)
        return json_response(200, {"success": True})

    def mock(self, access: Access, request: SimRequest) -> SimResponse:
        """A composed event; delivered only when the setting `mock_delivers` says so."""
        body = f.read_body(
            request,
            {
                "event_type": f.one_of(self._known_events(access.business_id)),
                "object_id": f.identifier,
                "object_metadata": f.mapping,
            },
            ["event_type"],
        )
        object_id = body.get("object_id") or self._core.new_id()
        event = self._compose(access.business_id, body["event_type"], object_id)
        event["object"] = {**body.get("object_metadata", {}), **event["object"]}
        if self._core.setting("mock_delivers"):
            self._fan_out(access.business_id, event)
        return json_response(201, event)

    def event(self, business_id: str, event_type: str, object_id: str) -> None:
        """Tell every active subscription of that type. Bodies are thin."""
        if event_type in self._known_events(business_id):
            self._fan_out(business_id, self._compose(business_id, event_type, object_id))

    def payment_event(self, bill: Json) -> None:
        """`payments.updated`; whether it names the bill or the payment is a setting."""
        by_payment = self._core.setting("payment_event_object") == "payment"
        object_id = bill["payment_id"] if by_payment else bill["id"]
        self.event(bill["business_id"], "payments.updated", object_id)

    def sign(self, subscription_id: str, body: bytes) -> dict[str, str]:
        """The signature header: HMAC-SHA256 of the raw body, encoding and name as set."""
        row = self._core.document.rows("subscriptions").get(subscription_id)
        secret = row["secret"] if row else "ramp_sec_deleted"
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        encoding = self._core.setting("signature_encoding")
        text = base64.b64encode(digest).decode() if encoding == "base64" else digest.hex()
        prefix = self._core.setting("signature_prefix")
        return {self._core.setting("signature_header"): f"{prefix}{text}"}

    def retry_delay(self, attempt: int, status: int | None) -> float | None:
        """Full jitter below an exponential bound; 3xx and 4xx but 429 are final."""
        final = status is not None and status != 429 and status < 500
        if final or attempt >= ATTEMPTS_MAX:
            return None
        first = float(self._core.setting("retry_first_seconds"))
        bound = min(_BACKOFF_CAP_SECONDS, first * 2 ** (attempt - 1))
        return self._core.rng.uniform(0, bound)

    def failed(self, subscription_id: str) -> None:
        """A notice was given up. Whether that switches a subscription off is unconfirmed."""
        limit = self._core.setting("inactive_after_failures")
        row = self._core.document.get("subscriptions", subscription_id)
        if row is None or limit is None:
            return
        row["failures"] = row.get("failures", 0) + 1
        if row["failures"] >= int(limit) and row["status"] == "active":
            row["status"] = "inactive"
        self._core.document.put("subscriptions", subscription_id, row)

    def _fan_out(self, business_id: str, event: Json) -> None:
        for row in self._mine(business_id):
            if row["status"] == "active" and event["type"] in row["event_types"]:
                self._queue(row, event["type"], event)

    def _queue(self, row: Json, event_type: str, body: Json) -> None:
        self._core.outbox.add(
            row["endpoint_url"],
            event_type,
            _LAYOUTS[self._core.setting("body_layout")](body),
            self._core.now(),
            subscription_id=row["id"],
            event_id=body.get("id"),
            object_id=(body.get("object") or {}).get("id"),
        )

    def _compose(self, business_id: str, event_type: str, object_id: str) -> Json:
        return {
            "id": self._core.new_id(),
            "type": event_type,
            "created_at": self._core.stamp(),
            "business_id": business_id,
            "object": {"id": object_id},
        }

    def _check(self, access: Access, body: Json) -> None:
        parts = urlsplit(body["endpoint_url"])
        loopback = parts.hostname in ("localhost", "127.0.0.1")
        if parts.scheme != "https" and not (loopback and self._core.setting("loopback_allowed")):
            raise refuse(422, "validation error", fields={"endpoint_url": ["Must be https."]})
        if not body["event_types"]:
            raise refuse(422, "validation error", fields={"event_types": ["Shorter than 1."]})
        known = self._known_events(access.business_id)
        if unknown := [name for name in body["event_types"] if name not in known]:
            # One unknown name refuses the whole request.
            raise refuse(422, "validation error", fields={"event_types": unknown})
        for name in body["event_types"]:
            scope = _SCOPES.get(name.split(".")[0])
            if scope and scope not in access.scopes:
                raise refuse(403, f"scope {scope} is missing")
        headers = body.get("additional_headers") or {}
        if not isinstance(headers, dict) or len(headers) > _HEADERS_MAX:
            raise refuse(422, "validation error", fields={"additional_headers": ["Too many."]})
        for name, value in headers.items():
            bad_name = name.lower() in _FORBIDDEN or name.lower().startswith(_FORBIDDEN_PREFIXES)
            if bad_name or not isinstance(value, str) or not 1 <= len(value) <= _HEADER_VALUE_MAX:
                raise refuse(422, "validation error", fields={"additional_headers": [name]})

    def _known_events(self, business_id: str) -> frozenset[str]:
        return EVENTS_2026 if self._core.has(business_id, "events_2026") else EVENTS_2025

    def _mine(self, business_id: str) -> list[Any]:
        rows = self._core.document.rows("subscriptions").values()
        return [row for row in rows if row["business_id"] == business_id]

    def _find(self, access: Access, webhook_id: str) -> Json:
        row = self._core.document.get("subscriptions", webhook_id)
        if row is None or row["business_id"] != access.business_id:
            raise refuse(404, "not found")
        found: Json = row
        return found


def _view(row: Json) -> Json:
    return {
        key: value for key, value in row.items() if key not in ("secret", "challenge", "failures")
    }
