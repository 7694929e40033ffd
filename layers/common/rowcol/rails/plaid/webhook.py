"""Plaid webhooks: who sent it and what it says (plaid contract, sections 5 to 7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from rowcol.rails.plaid.notices import read_notice
from rowcol.rails.untrusted import Unreadable, need_text, parse_object
from rowcol.service.intake_ports import (
    Delivery,
    Endpoint,
    Reading,
    Rejected,
    Verified,
    WebhookRail,
)

HEADER = "plaid-verification"
AGE_SECONDS_MAX = 300
FUTURE_SECONDS_MAX = 60
TOKEN_CHARACTERS_MAX = 8192
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_ECDSA = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One of Plaid's verification keys. An expired key is refused, whatever it signed."""

    kid: str
    public_key: ec.EllipticCurvePublicKey
    expired: bool


class SigningKeys(Protocol):
    """Plaid's verification keys.

    Raises IntakeUnavailable when it cannot be told whether a key exists.
    """

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        """The key of this id, or None when Plaid has none."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """The parts of a Plaid-Verification JWT, decoded and not yet believed."""

    kid: str
    signed: bytes
    signature: bytes
    issued_at: int | Decimal
    body_sha256: str


def read_token(text: str) -> Token | Rejected:
    """Split and decode the JWT; alg exactly ES256, kid of a plausible shape, 64 raw signature
    bytes. Believes nothing.
    """
    if not text:
        return Rejected("signature_missing")
    if len(text) > TOKEN_CHARACTERS_MAX:
        return Rejected("signature_malformed")
    try:
        head_part, claim_part, signature_part = text.split(".")
        head, claims = parse_object(_decode(head_part)), parse_object(_decode(claim_part))
        signature = _decode(signature_part)
    except ValueError:
        return Rejected("signature_malformed")
    kid, issued_at, body_sha256 = (
        head.get("kid"),
        claims.get("iat"),
        claims.get("request_body_sha256"),
    )
    if head.get("alg") != "ES256" or len(signature) != 64:
        return Rejected("algorithm_refused")
    if not isinstance(kid, str) or not _KEY_ID.match(kid):
        return Rejected("key_id_malformed")
    if (
        isinstance(issued_at, bool)
        or not isinstance(issued_at, (int, Decimal))
        or not isinstance(body_sha256, str)
    ):
        return Rejected("claims_malformed")
    return Token(kid, f"{head_part}.{claim_part}".encode(), signature, issued_at, body_sha256)


def _decode(part: str) -> bytes:
    if not _BASE64URL.match(part):
        raise ValueError("alphabet")
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def judge_claims(token: Token, raw: bytes, now: datetime) -> Rejected | None:
    """Age and body hash.

    Checked before any key is looked up: a stale or foreign token costs no call.
    """
    instant = int(now.timestamp())
    body_sha256 = hashlib.sha256(raw).hexdigest().encode()
    same_body = hmac.compare_digest(body_sha256, token.body_sha256.encode("utf-8", "surrogatepass"))
    if token.issued_at < instant - AGE_SECONDS_MAX:
        return Rejected("timestamp_stale")
    if token.issued_at > instant + FUTURE_SECONDS_MAX:
        return Rejected("timestamp_future")
    return None if same_body else Rejected("body_hash_mismatch")


def judge_signature(token: Token, key: SigningKey) -> Rejected | None:
    """ES256 over `header.payload` with a key that has not expired."""
    der = encode_dss_signature(
        int.from_bytes(token.signature[:32], "big"), int.from_bytes(token.signature[32:], "big")
    )
    try:
        key.public_key.verify(der, token.signed, _ECDSA)
    except InvalidSignature:
        return Rejected("signature_mismatch")
    return Rejected("key_expired") if key.expired else None


def signing_key(jwk: Mapping[str, object]) -> SigningKey:
    """The `key` object of /webhook_verification_key/get.

    Raises ValueError unless it is an ES256 key on P-256.
    """
    if (jwk.get("kty"), jwk.get("crv"), jwk.get("alg", "ES256")) != ("EC", "P-256", "ES256"):
        raise ValueError("not an ES256 key")
    x, y = (int.from_bytes(_decode(need_text(jwk.get(name), name)), "big") for name in ("x", "y"))
    public_key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    return SigningKey(
        need_text(jwk.get("kid"), "kid"), public_key, jwk.get("expired_at") is not None
    )


# The generator of P-256: a well-known point that an unknown endpoint's token is checked against,
# for equal timing.
_DECOY_X = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
_DECOY_Y = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5


def _decoy() -> SigningKey:
    return SigningKey(
        "", ec.EllipticCurvePublicNumbers(_DECOY_X, _DECOY_Y, ec.SECP256R1()).public_key(), True
    )


class TokenVerifier:
    """The verify step; `keys` is its only way out."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys
        self._decoy: SigningKey | None = None

    def verify(self, delivery: Delivery, endpoint: Endpoint, now: datetime) -> Verified | Rejected:
        """The JWT in Plaid-Verification.

        Its own hash is the delivery key: two notices may be byte-identical.
        """
        text = delivery.headers.get(HEADER, "")
        token = read_token(text)
        if isinstance(token, Rejected):
            return token
        rejected = judge_claims(token, delivery.raw, now)
        if rejected is not None:
            return rejected
        key = self._keys.find(token.kid, now) if endpoint.known else self._decoy_key()
        if key is None:
            return Rejected("key_unknown")
        rejected = judge_signature(token, key)
        return rejected or Verified(HEADER, "es256", hashlib.sha256(text.encode()).hexdigest())

    def _decoy_key(self) -> SigningKey:
        self._decoy = self._decoy or _decoy()
        return self._decoy


def understand(raw: bytes, endpoint: Endpoint, now: datetime) -> Reading:
    """One body, one notice.

    Bodies carry no id and no time: order and repeats are told by looking at the item.
    """
    try:
        return Reading(notices=(read_notice(parse_object(raw), endpoint),))
    except Unreadable as error:
        return Reading(quarantines=(error.quarantine(),))


def rail(keys: SigningKeys) -> WebhookRail:
    """Plaid's side of webhook intake."""
    return WebhookRail("plaid", TokenVerifier(keys).verify, understand)
