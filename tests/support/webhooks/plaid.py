"""Deliveries as Plaid makes them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support.webhooks.base import ITEM, KEYS, NOW, Case, compact, taken

PLAID_KEY_ID = "7d6e1a52-aaaa-4bbb-8ccc-000000000001"
PLAID_PRIVATE = ec.derive_private_key(0x5EED, ec.SECP256R1())


def plaid_body(
    code: str = "SYNC_UPDATES_AVAILABLE", family: str = "TRANSACTIONS", **more: object
) -> bytes:
    """A Plaid notice in the layout of real ones: two blanks, sorted keys, no final newline."""
    flags = {"initial_update_complete": True, "historical_update_complete": True}
    body = {
        "webhook_type": family,
        "webhook_code": code,
        "item_id": ITEM,
        "environment": "production",
    }
    extra = flags if code == "SYNC_UPDATES_AVAILABLE" else {}
    return json.dumps({**body, **extra, **more}, indent=2, sort_keys=True).encode()


def encode(part: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def plaid_token(raw: bytes, age_seconds: int = 2, kid: str = PLAID_KEY_ID, **claims: object) -> str:
    """A Plaid-Verification JWT over `raw`, issued `age_seconds` before NOW. Deterministic."""
    issued_at = int(NOW.timestamp()) - age_seconds
    told = {"iat": issued_at, "request_body_sha256": hashlib.sha256(raw).hexdigest(), **claims}
    signed = (
        f"{encode(compact({'alg': 'ES256', 'kid': kid, 'typ': 'JWT'}))}.{encode(compact(told))}"
    )
    der = PLAID_PRIVATE.sign(signed.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def plaid_jwk(kid: str = PLAID_KEY_ID, expired_at: int | None = None) -> dict[str, object]:
    """The public key as Plaid's key call gives it."""
    numbers = PLAID_PRIVATE.public_key().public_numbers()
    x, y = (encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {
        "alg": "ES256",
        "created_at": 1,
        "crv": "P-256",
        "expired_at": expired_at,
        "kid": kid,
        "kty": "EC",
        "use": "sig",
        "x": x,
        "y": y,
    }


def _plaid(
    name: str, raw: bytes, outcome: str = "stored", code: str | None = None, **more: Any
) -> Case:
    headers = {"Plaid-Verification": plaid_token(raw, more.pop("age_seconds", 2))}
    return taken("plaid", name, raw, headers, outcome, code, **more)


def plaid_cases() -> list[Case]:
    """Plaid's deliveries."""
    updates = plaid_body()
    login = plaid_body(
        "ERROR", "ITEM", error={"error_type": "ITEM_ERROR", "error_code": "ITEM_LOGIN_REQUIRED"}
    )
    foreign = plaid_body(
        "WEBHOOK_UPDATE_ACKNOWLEDGED", "ITEM", new_webhook_url="https://elsewhere.example/x"
    )
    own = f"https://api.example/test/webhooks/plaid/{KEYS['plaid']}"
    refused = {
        "stale_token": (plaid_token(updates, 301), "timestamp_stale"),
        "future_token": (plaid_token(updates, -61), "timestamp_future"),
        "other_body": (plaid_token(login), "body_hash_mismatch"),
        "unknown_key": (plaid_token(updates, kid="nobody"), "key_unknown"),
    }
    return [
        *(
            Case("plaid", name, updates, {"Plaid-Verification": token}, 401, "rejected", code)
            for name, (token, code) in refused.items()
        ),
        Case("plaid", "missing_token", updates, {}, 401, "rejected", "signature_missing"),
        _plaid("sync_updates", updates),
        _plaid("sync_updates_again", updates, "duplicate", repeats="sync_updates"),
        _plaid("sync_updates_later_identical", updates, age_seconds=1, repeats="sync_updates"),
        _plaid("login_required", login),
        _plaid(
            "webhook_moved_here",
            plaid_body("WEBHOOK_UPDATE_ACKNOWLEDGED", "ITEM", new_webhook_url=own),
        ),
        _plaid("webhook_moved_away", foreign, "quarantined", "foreign_webhook_url"),
        _plaid(
            "sandbox_notice", plaid_body(environment="sandbox"), "quarantined", "foreign_tenant"
        ),
        _plaid("unknown_code", plaid_body("BALANCE_TELEPORTED"), "quarantined", "unknown_type"),
        _plaid("not_json", b"", "quarantined", "invalid_json"),
    ]
