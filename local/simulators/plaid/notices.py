"""Plaid's webhooks: bodies, keys, signatures, retries (plaid contract, sections 5 to 7)."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from local.simulators.clock import parse_instant
from local.simulators.messages import ControlError, Json, SimRequest, SimResponse, to_wire
from local.simulators.plaid.errors import plaid_error, refuse
from local.simulators.plaid.view import item_error

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

_NOTICE_DAYS = 7
_RETRY_FIRST_SECONDS, _RETRY_FACTOR, _RETRY_SPAN_SECONDS = 30, 4, 24 * 3600


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Notices:
    """Table: keys (private number, created_at, expired_at); the newest signs."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def new_key(self) -> str:
        """Make the key that signs from now on; gives its id."""
        number = self._core.document.next_number("key")
        kid = self._core.new_id()
        row = {
            "number": number,
            "private": str(self._core.rng.getrandbits(255) + 1),
            "created_at": int(self._core.now().timestamp()),
            "expired_at": None,
        }
        self._core.document.put("keys", kid, row)
        return kid

    def signing_key(self) -> str:
        """The id of the newest key."""
        rows = self._core.document.rows("keys")
        return max(rows, key=lambda kid: rows[kid]["number"])

    def expire(self, kid: str) -> None:
        """Mark a key expired."""
        row = self._core.document.get("keys", kid)
        if row is None:
            raise ControlError(f"no key {kid}")
        row["expired_at"] = int(self._core.now().timestamp())
        self._core.document.put("keys", kid, row)

    def get_key(self, request: SimRequest) -> SimResponse:
        """`/webhook_verification_key/get`: the public key as JWK."""
        body = self._core.body(request, {"key_id"}, {"key_id"})
        row = self._core.document.rows("keys").get(str(body["key_id"]))
        if row is None:
            raise refuse(self._core.setting("unknown_key_code"), "no such key")
        public = _private(row).public_key().public_numbers()
        key = {
            "alg": "ES256",
            "created_at": row["created_at"],
            "crv": "P-256",
            "expired_at": row["expired_at"],
            "kid": body["key_id"],
            "kty": "EC",
            "use": "sig",
            "x": _b64(public.x.to_bytes(32, "big")),
            "y": _b64(public.y.to_bytes(32, "big")),
        }
        return self._core.answer({"key": key})

    def sign(self, body: bytes, first_sent: datetime | None = None) -> str:
        """The JWT of `Plaid-Verification`: ES256 over header and claims, 64 raw bytes.

        `first_sent`: a retry that keeps the `iat` of the first attempt.
        """
        kid = self.signing_key()
        header = {"alg": "ES256", "kid": kid, "typ": "JWT"}
        now = self._core.clock.now() if self._core.setting("sign_with_own_clock") else None
        issued = first_sent or now or self._core.ambient.now()
        claims = {
            "iat": int(issued.timestamp()),
            "request_body_sha256": hashlib.sha256(body).hexdigest(),
        }
        parts = [
            _b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)
        ]
        message = ".".join(parts)
        # Deterministic (RFC 6979), so that one seed replays one run to the byte.
        algorithm = ec.ECDSA(SHA256(), deterministic_signing=True)
        der = _private(self._core.document.rows("keys")[kid]).sign(message.encode(), algorithm)
        r, s = decode_dss_signature(der)
        return f"{message}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def fire(self, item_id: str, kind: str, code: str, extra: Json | None = None) -> None:
        """Queue a notice to the Item's address. Bodies have no id and no time."""
        item = self._core.items.find(item_id)
        if not item["webhook"] or item["removed"]:
            return
        body = {
            "webhook_type": kind,
            "webhook_code": code,
            "item_id": item_id,
            "environment": self._core.setting("environment"),
            **(extra or {}),
        }
        if (user_id := self._core.setting("webhook_user_id")) is not None:
            body["user_id"] = user_id
        indent = 2 if self._core.setting("body_layout") == "indented" else None
        raw = to_wire(body, indent=indent, sort_keys=True)
        self._core.outbox.add(item["webhook"], code, raw, self._core.now(), item_id=item_id)
        item["last_webhook"] = {"sent_at": self._core.zulu(), "code_sent": code}
        self._core.document.put("items", item_id, item)

    def sync_available(self, item_id: str) -> None:
        """SYNC_UPDATES_AVAILABLE."""
        item = self._core.items.find(item_id)
        extra = self.fields_of("SYNC_UPDATES_AVAILABLE", item)
        self.fire(item_id, "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", extra)

    def legacy(self, item_id: str, unseen: list[Json]) -> None:
        """The notices of `/transactions/get`'s days, which some clients still get."""
        added = [entry["line"]["id"] for entry in unseen if entry["op"] == "added"]
        removed = [entry["line"]["id"] for entry in unseen if entry["op"] == "removed"]
        if added:
            extra: Json = {"new_transactions": len(added), "error": None}
            self.fire(item_id, "TRANSACTIONS", "DEFAULT_UPDATE", extra)
        if removed:
            extra = {"removed_transactions": removed, "error": None}
            self.fire(item_id, "TRANSACTIONS", "TRANSACTIONS_REMOVED", extra)

    def refused_too_often(self, url: str) -> bool:
        """More than the allowed share of a day's deliveries to an address was refused."""
        begin = self._core.clock.now() - timedelta(hours=24)
        answers = [
            entry["status"]
            for row in self._core.document.rows("deliveries").values()
            if row["url"] == url
            for entry in row["log"]
            if parse_instant(entry["at"]) >= begin
        ]
        refused = sum(status != 200 for status in answers)
        enough = len(answers) >= int(self._core.setting("refused_attempts_min"))
        return enough and refused > float(self._core.setting("refused_share_max")) * len(answers)

    def fields_of(self, code: str, item: Json) -> Json:
        """The extra fields of a code (contract, section 7)."""
        if code == "SYNC_UPDATES_AVAILABLE":
            status = item["update_status"]
            return {
                "initial_update_complete": status != "NOT_READY",
                "historical_update_complete": status == "HISTORICAL_UPDATE_COMPLETE",
            }
        if code == "ERROR":
            return {"error": item_error(item) or plaid_error("ITEM_LOGIN_REQUIRED")}
        if code == "PENDING_DISCONNECT":
            at = self._core.now() + timedelta(days=_NOTICE_DAYS)
            return {
                "reason": "INSTITUTION_TOKEN_EXPIRATION",
                "disconnect_time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        if code == "PENDING_EXPIRATION":
            return {"consent_expiration_time": item["consent_expiration_time"]}
        if code == "USER_PERMISSION_REVOKED":
            return {"error": {**plaid_error("USER_PERMISSION_REVOKED"), "status": 400}}
        if code == "USER_ACCOUNT_REVOKED":
            return {"account_id": self._core.items.accounts(item["id"])[0]["id"]}
        if code == "TRANSACTIONS_REMOVED":
            return {"removed_transactions": [], "error": None}
        if code in ("DEFAULT_UPDATE", "INITIAL_UPDATE", "HISTORICAL_UPDATE"):
            return {"new_transactions": 0, "error": None}
        if code == "RECURRING_TRANSACTIONS_UPDATE":
            return {"account_ids": [row["id"] for row in self._core.items.accounts(item["id"])]}
        return {"error": None} if code == "NEW_ACCOUNTS_AVAILABLE" else {}

    def retry_delay(self, attempt: int) -> float | None:
        """30 s, then four times the last, within 24 hours."""
        waits = [_RETRY_FIRST_SECONDS * _RETRY_FACTOR**n for n in range(attempt)]
        return float(waits[-1]) if sum(waits) <= _RETRY_SPAN_SECONDS else None


def _private(row: Json) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(row["private"]), ec.SECP256R1())
