"""Deliveries as Ramp makes them."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.support.webhooks.base import (
    BUSINESS,
    PENDING_KEY,
    RAMP_SECRET,
    UNKNOWN_KEY,
    Case,
    compact,
    mac,
    taken,
)


def ramp_body(kind: str = "bills.paid", number: int = 1, **changes: object) -> dict[str, object]:
    """A thin Ramp envelope."""
    body: dict[str, object] = {
        "id": f"0e0f0000-0000-4000-8000-{number:012d}",
        "type": kind,
        "created_at": "2026-11-20T14:59:58.120000+00:00",
        "business_id": BUSINESS,
        "object": {"id": f"b1110000-0000-4000-8000-{number:012d}"},
    }
    return {**body, **changes}


def ramp_headers(raw: bytes, secret: str = RAMP_SECRET) -> dict[str, str]:
    """The header Ramp documents, lower-case hex."""
    return {"X-Ramp-Signature": mac(secret, raw).hex()}


def _ramp(
    name: str, body: object, outcome: str = "stored", code: str | None = None, **more: Any
) -> Case:
    raw = body if isinstance(body, bytes) else compact(body)
    headers = more.pop("headers", None) or ramp_headers(raw)
    return taken("ramp", name, raw, headers, outcome, code, **more)


def ramp_cases() -> list[Case]:
    """Ramp's deliveries."""
    paid = compact(ramp_body())
    changed = compact(ramp_body("bills.archived"))
    base64_signature = {"X-Ramp-Signature": base64.b64encode(mac(RAMP_SECRET, paid)).decode()}
    old_name = {"X-Ramp-Webhook-Signature": mac(RAMP_SECRET, paid).hex()}
    two = {"X-Ramp-Signature": f"{mac('other', paid).hex()},{mac(RAMP_SECRET, paid).hex()}"}
    challenge = compact({"type": "webhooks.verification", "challenge": "ramp_challenge_made_up"})
    pretty = json.dumps(ramp_body("bills.created", 2), indent=2).encode() + b"\n"
    unsigned = {"User-Agent": "Ramp"}
    twice = paid.replace(b'"type":"bills.paid"', b'"type":"bills.paid","type":"bills.created"')
    refused = [
        Case(
            "ramp",
            "bad_signature",
            paid,
            ramp_headers(paid, "other"),
            401,
            "rejected",
            "signature_mismatch",
        ),
        Case("ramp", "missing_signature", paid, unsigned, 401, "rejected", "signature_missing"),
        Case("ramp", "two_signatures", paid, two, 401, "rejected", "signature_malformed"),
        Case(
            "ramp",
            "unknown_endpoint",
            paid,
            ramp_headers(paid),
            401,
            "rejected",
            "endpoint_unknown",
            UNKNOWN_KEY,
        ),
    ]
    return [
        *refused,
        _ramp("bill_paid", paid),
        _ramp("bill_paid_again", paid, "duplicate", repeats="bill_paid"),
        _ramp("id_reused", changed, "quarantined", "id_reused", repeats="bill_paid"),
        _ramp("base64_body", paid, base64_body=True),
        _ramp("base64_signature", paid, headers=base64_signature),
        _ramp("header_of_2025", paid, headers=old_name),
        _ramp("pretty_body", pretty),
        _ramp("payment_updated", ramp_body("payments.updated", 3)),
        _ramp("test_event", ramp_body("tests.test_event", 4)),
        _ramp("unknown_type", ramp_body("bills.teleported", 5), "quarantined", "unknown_type"),
        _ramp(
            "foreign_business",
            ramp_body(number=6, business_id="someone-else"),
            "quarantined",
            "foreign_tenant",
        ),
        _ramp(
            "from_the_future",
            ramp_body(number=7, created_at="2026-12-24T00:00:00Z"),
            "quarantined",
            "occurred_in_future",
        ),
        _ramp("no_object", ramp_body(number=8, object=[]), "quarantined", "odd_shape"),
        _ramp("keys_twice", twice, "quarantined", "duplicate_keys"),
        _ramp("not_json", b"<html>bad gateway</html>", "quarantined", "invalid_json"),
        _ramp("challenge_pending", challenge, headers=unsigned, endpoint_key=PENDING_KEY),
        _ramp("challenge_unsolicited", challenge, "quarantined", "unsolicited_challenge"),
    ]
