"""Composed webhook deliveries of the four rails: bodies, made-up secrets, signatures, proxy events.

`python -m tests.support.webhooks.cases` writes them to events/; a test compares the files with
what this composes. Everything is made up; signatures hold for the secrets below and for NOW.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pathlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rowcol.service.intake_ports import Endpoint

NOW = datetime(2026, 11, 20, 15, 0, 0, tzinfo=UTC)
EVENTS = pathlib.Path(__file__).resolve().parents[3] / "events"
FIRM, CLIENT = "firm_test", "client_harbor"
KEYS = {rail: f"{rail}-endpoint-0123456789" for rail in ("ramp", "plaid", "qbo", "stripe")}
PENDING_KEY = "ramp-endpoint-pending-01"
UNKNOWN_KEY = "nobody-knows-this-endpoint"
RAMP_SECRET = "ramp_sec_made_up_for_tests_only_0001"
RAMP_NEXT_SECRET = "ramp_sec_made_up_for_tests_only_0002"
QBO_SECRET = "made-up-verifier-token-for-tests"
STRIPE_SECRET = "whsec_made_up_for_tests_only"
BUSINESS = "5c8b2c5e-0f7a-4f36-9a53-6a1f0e6a7d11"
REALM, OTHER_REALM = "9130000000000001", "9130000000000002"
ITEM = "item0madeUpForTestsOnly0000000000001"


@dataclass(frozen=True)
class Case:
    """One delivery and what must become of it."""

    rail: str
    name: str
    raw: bytes
    headers: dict[str, str]
    status: int
    outcome: str
    code: str | None = None
    endpoint_key: str = ""
    base64_body: bool = False
    repeats: str | None = None

    def event(self) -> dict[str, object]:
        """The API Gateway REST proxy event."""
        key = self.endpoint_key or KEYS[self.rail]
        encoded = (
            base64.b64encode(self.raw).decode()
            if self.base64_body
            else self.raw.decode("utf-8", "replace")
        )
        headers = {"Content-Type": "application/json", **self.headers}
        return {
            "resource": f"/webhooks/{self.rail}/{{endpoint_key}}",
            "path": f"/webhooks/{self.rail}/{key}",
            "httpMethod": "POST",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": {"endpoint_key": key},
            "stageVariables": None,
            "requestContext": {
                "resourcePath": f"/webhooks/{self.rail}/{{endpoint_key}}",
                "httpMethod": "POST",
                "requestId": f"request-{self.rail}-{self.name}",
                "stage": "test",
                "identity": {"sourceIp": "192.0.2.10"},
            },
            "body": encoded,
            "isBase64Encoded": self.base64_body,
        }


def endpoints() -> dict[tuple[str, str], Endpoint]:
    """The endpoints the samples are sent to."""
    ramp = Endpoint("ramp", KEYS["ramp"], FIRM, CLIENT, (RAMP_SECRET,), business_id=BUSINESS)
    pending = Endpoint("ramp", PENDING_KEY, FIRM, CLIENT, (), business_id=BUSINESS, pending=True)
    plaid = Endpoint("plaid", KEYS["plaid"], FIRM, CLIENT, (), environment="production")
    qbo = Endpoint("qbo", KEYS["qbo"], FIRM, None, (QBO_SECRET,))
    stripe = Endpoint("stripe", KEYS["stripe"], FIRM, CLIENT, (STRIPE_SECRET,), livemode=True)
    return {(e.rail, e.endpoint_key): e for e in (ramp, pending, plaid, qbo, stripe)}


def compact(value: object) -> bytes:
    """JSON as most senders write it."""
    return json.dumps(value, separators=(",", ":")).encode()


def taken(
    rail: str,
    name: str,
    raw: bytes,
    headers: dict[str, str],
    outcome: str,
    code: str | None,
    **more: Any,
) -> Case:
    """A delivery that is answered 200."""
    return replace(Case(rail, name, raw, headers, 200, outcome, code), **more)


def mac(secret: str, message: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()
