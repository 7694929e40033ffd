"""Events and their deliveries: signed, late, out of order, at times twice (contract, section 3)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.clock import parse_instant
from local.simulators.messages import ControlError, Json, to_wire
from local.simulators.stripe.settings import API_VERSION, RETRY_AGE_SECONDS_MAX

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

_ROLL_SECONDS_MAX = 24 * 3600


class Notices:
    """Tables events and endpoints (with their secrets; several live ones while one is rolled)."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def add_endpoint(self, account: str, given: Json) -> Json:
        """A webhook endpoint of an account; gives its id and secret."""
        key = given.get("id") or self._core.key("we")
        secret = given.get("secret") or f"whsec_{self._core.text(32)}"
        row = {
            "account": account,
            "url": given["url"],
            "enabled_events": given.get("enabled_events", ["*"]),
            "thin": bool(given.get("thin", False)),
            "secrets": [{"secret": secret, "until": None}],
        }
        self._core.document.put("endpoints", key, row)
        return {"id": key, "secret": secret}

    def roll_secret(
        self, endpoint_id: str, expires_in_seconds: float = 86_400, secret: str | None = None
    ) -> Json:
        """A new secret; the old one still signs until it expires, at most a day later."""
        row = self._core.document.get("endpoints", endpoint_id)
        if row is None:
            raise ControlError(f"no endpoint {endpoint_id}")
        if not 0 <= expires_in_seconds <= _ROLL_SECONDS_MAX:
            raise ControlError("an old secret lives for 0 to 86400 seconds more")
        until = (self._core.now() + timedelta(seconds=expires_in_seconds)).isoformat()
        fresh = secret or f"whsec_{self._core.text(32)}"
        old = [{**one, "until": one["until"] or until} for one in self._live(row)]
        row["secrets"] = [{"secret": fresh, "until": None}, *old]
        self._core.document.put("endpoints", endpoint_id, row)
        return {"id": endpoint_id, "secret": fresh}

    def event(self, account: str, kind: str, subject: Json, previous: Json | None = None) -> None:
        """Something happened to `subject`: kept as an event, told to every endpoint that asked."""
        core = self._core
        if core.quiet:
            return
        wanting = [
            (key, row)
            for key, row in core.document.rows("endpoints").items()
            if row["account"] == account and _wants(row["enabled_events"], kind)
        ]
        data: Json = {"object": subject}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Json = {
            "id": core.key("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": core.unix(),
            "data": data,
            "livemode": core.account(account)["livemode"],
            "pending_webhooks": len(wanting),
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        number = core.document.next_number("event")
        row = {"account": account, "number": number, "object": event}
        core.document.put("events", event["id"], row)
        for key, endpoint in wanting:
            body = self.thin(event) if endpoint["thin"] else event
            self._deliver(key, endpoint, kind, subject, body)

    def thin(self, event: Json) -> Json:
        """The event as a thin one: who and what, without the object's fields."""
        subject = event["data"]["object"]
        at = datetime.fromtimestamp(event["created"], UTC)
        plural = f"{subject['object']}s"
        return {
            "id": event["id"].replace("evt_", "evt_test_65"),
            "object": "v2.core.event",
            "type": f"v1.{event['type']}",
            "livemode": event["livemode"],
            "created": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "context": None,
            "related_object": {
                "id": subject["id"],
                "type": subject["object"],
                "url": f"/v1/{plural}/{subject['id']}",
            },
            "reason": None,
            "snapshot_event": event["id"],
        }

    def eventbridge(self, event_id: str) -> Json:
        """The event in the envelope that an event bus carries; nothing is signed there."""
        row = self._core.document.get("events", event_id)
        if row is None:
            raise ControlError(f"no event {event_id}")
        event = row["object"]
        source = f"aws.partner/stripe.com/ed_{self._core.text(24)}"
        return {
            "version": "0",
            "id": self._core.new_id(),
            "detail-type": event["type"],
            "source": source,
            "account": "123456789012",
            "time": datetime.fromtimestamp(event["created"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": "us-east-1",
            "resources": [source],
            "detail": event,
        }

    def headers(self, row: Json) -> dict[str, str]:
        """`Stripe-Signature` of one attempt: one v1 for each live secret of the endpoint."""
        core = self._core
        endpoint_id = row["details"]["endpoint_id"]
        endpoint = core.document.get("endpoints", endpoint_id)
        occasion = {"event_type": row["event_type"], "url": row["url"], "endpoint_id": endpoint_id}
        stamp = core.unix()
        if (params := core.faults.take("future_timestamp", **occasion)) is not None:
            stamp += int(params.get("seconds", 3600))
        if (params := core.faults.take("stale_timestamp", **occasion)) is not None:
            stamp -= int(params.get("seconds", 3600))
        message = f"{stamp}.".encode() + row["body"].encode()
        secrets = [one["secret"] for one in self._live(endpoint)] if endpoint else []
        if core.faults.take("wrong_signature", **occasion) is not None:
            secrets = [f"whsec_{core.text(32)}"]
        parts = [f"t={stamp}", *(f"v1={_digest(secret, message)}" for secret in secrets)]
        if core.setting("other_signature_scheme"):
            parts.append(f"v0={_digest('an older scheme', message)}")
        return {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "stripe-signature": ",".join(parts),
        }

    def retry_delay(self, row: Json, attempt: int) -> float | None:
        """Seconds until the next attempt, None when Stripe gives up."""
        mode = "live" if row["details"]["livemode"] else "test"
        waits = self._core.setting(f"retry_seconds_{mode}")
        begun = parse_instant(row["log"][0]["at"])
        if attempt > len(waits):
            return None
        seconds = float(waits[attempt - 1])
        age = (self._core.clock.now() - begun).total_seconds()
        if age + seconds > RETRY_AGE_SECONDS_MAX:
            return None
        return seconds * float(self._core.setting("retry_time_factor"))

    def _deliver(self, key: str, endpoint: Json, kind: str, subject: Json, body: Json) -> None:
        core = self._core
        low, high = core.setting("webhook_delay_seconds")
        copies = 2 if core.rng.random() < core.setting("duplicate_probability") else 1
        for _ in range(copies):
            core.outbox.add(
                endpoint["url"],
                kind,
                to_wire(body, indent=2),
                core.now() + timedelta(seconds=core.rng.uniform(low, high)),
                endpoint_id=key,
                account=endpoint["account"],
                object_id=subject["id"],
                livemode=body["livemode"],
            )

    def _live(self, endpoint: Json) -> list[Json]:
        now = self._core.now()
        return [
            one
            for one in endpoint["secrets"]
            if one["until"] is None or parse_instant(one["until"]) > now
        ]


def _wants(patterns: list[Any], kind: str) -> bool:
    return "*" in patterns or kind in patterns


def _digest(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
