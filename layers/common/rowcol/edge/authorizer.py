"""The REQUEST authorizer: verify the OIDC provider's JWT, and nothing more.

Rights are decided at each write. RS256 only; issuer, audience, expiry and subject are required;
JWKS cached, an unknown key id re-read at most once a minute (RFC 7519, RFC 8725).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt

KEYS_KEPT = timedelta(hours=1)
KEYS_AGAIN_AFTER = timedelta(minutes=1)
LEEWAY_SECONDS = 30
TOKEN_CHARACTERS_MAX = 8192


class Unauthorized(Exception):
    """API Gateway answers 401 for an exception of exactly this text."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


@dataclass
class KeySet:
    """The provider's keys by id, re-read when old or when a key id is unknown.

    `fetch` gives the JWKS document.
    """

    fetch: Callable[[], bytes]
    keys: dict[str, Any] = field(default_factory=dict)
    read_at: datetime | None = None

    def find(self, key_id: str, now: datetime) -> Any | None:
        """The public key, or None. At most one read a minute for unknown ids."""
        age = now - self.read_at if self.read_at else KEYS_KEPT
        unknown = key_id not in self.keys and age >= KEYS_AGAIN_AFTER
        if age >= KEYS_KEPT or age < timedelta(0) or unknown:
            document = json.loads(self.fetch())
            found = [
                key
                for key in document.get("keys", [])
                if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"
            ]
            self.keys = {
                key["kid"]: jwt.PyJWK.from_dict(key, algorithm="RS256").key
                for key in found
                if "kid" in key
            }
            self.read_at = now
        return self.keys.get(key_id)


@dataclass(frozen=True, slots=True)
class Provider:
    """Whose tokens are accepted. `firm_claim` names the claim that carries the firm's id."""

    issuer: str
    audience: str
    firm_claim: str


def authorize(
    event: Mapping[str, Any], provider: Provider, keys: KeySet, now: datetime
) -> dict[str, Any]:
    """An Allow policy for the whole stage with the verified claims. Raises Unauthorized."""
    claims = verified(_token(event), provider, keys, now)
    subject, firm = claims.get("sub"), claims.get(provider.firm_claim)
    if not isinstance(subject, str) or not isinstance(firm, str):
        raise Unauthorized
    context = {
        "sub": subject,
        "firm": firm,
        "acr": str(claims.get("acr", "")),
        "auth_time": str(claims.get("auth_time", "")),
    }
    # API Gateway caches the policy by token, so it names every method of this stage: routes decide
    # rights themselves.
    stage = "/".join(str(event["methodArn"]).split("/")[:2])
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{stage}/*"}
    return {
        "principalId": subject,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }


def _token(event: Mapping[str, Any]) -> str:
    headers = {str(key).lower(): str(value) for key, value in (event.get("headers") or {}).items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > TOKEN_CHARACTERS_MAX:
        raise Unauthorized
    return token.strip()


def verified(token: str, provider: Provider, keys: KeySet, now: datetime) -> dict[str, Any]:
    """The claims of a valid token. Raises Unauthorized, without saying why."""
    try:
        header = jwt.get_unverified_header(token)
        key = keys.find(str(header.get("kid", "")), now) if header.get("alg") == "RS256" else None
        if key is None:
            raise Unauthorized
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=provider.audience,
            issuer=provider.issuer,
            # Times are checked below against the clock handed in, not against PyJWT's own.
            options={
                "require": ["exp", "iat", "sub", "aud", "iss"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as error:
        raise Unauthorized from error
    _check_times(claims, now.timestamp())
    return claims


def _check_times(claims: Mapping[str, Any], now_seconds: float) -> None:
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name)
        if value is None and name == "nbf":
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unauthorized
    if (
        claims["exp"] + LEEWAY_SECONDS <= now_seconds
        or claims["iat"] - LEEWAY_SECONDS > now_seconds
    ):
        raise Unauthorized
    if claims.get("nbf") is not None and claims["nbf"] - LEEWAY_SECONDS > now_seconds:
        raise Unauthorized
