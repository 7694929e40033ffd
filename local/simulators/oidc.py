"""An OIDC issuer for local people: RS256, rotating keys, step-up, its own clock.

`POST /token` takes a known `sub` without a password: this exists on loopback only and must never
be reachable from anywhere else. It shows any factor at once, so a challenge's `acr_values` and
`max_age` (RFC 9470, section 4) are passed on as they are. `python -m local.simulators.oidc --data
DIR --port N`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.simulators.core import SimulatorCore
from local.simulators.messages import (
    ControlError,
    Json,
    SimRequest,
    SimResponse,
    json_response,
)
from local.simulators.routing import Route

_KEY_BITS = 2048
_TOKEN_SECONDS_MAX = 86_400


class OidcCore(SimulatorCore):
    """Tables: people, clients, keys. The newest key signs; retired ones stay in the key set."""

    rail = "oidc"
    default_settings: ClassVar[Mapping[str, Any]] = {
        "issuer": "",  # empty: the address it was called by
        "audience": "rowcol",
        "firm_claim": "rowcol_firm",
        "token_seconds": 3600,
        "acr": "urn:rowcol:acr:basic",
        "acr_step_up": "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "old_keys_kept": 1,
    }

    def prepare(self) -> None:
        """The first signing key."""
        if not self.document.rows("keys"):
            self._new_key()

    def routes(self) -> Iterable[Route]:
        """Discovery, keys, tokens."""
        return [
            Route("GET", "/.well-known/openid-configuration", self._discovery, "auth"),
            Route("GET", "/jwks.json", self._key_set, "auth"),
            Route("POST", "/token", self._token, "auth"),
        ]

    def fire(self, kind: str, payload: Json) -> None:
        """Nothing here waits for time."""

    def error(self, status: int, request: SimRequest) -> SimResponse:
        """OAuth's error shape."""
        return json_response(status, {"error": "temporarily_unavailable"})

    def seed(self, data: Json) -> Json:
        """`{"people": [{sub, firm, ...claims}], "clients": [{client_id, client_secret, sub}]}`."""
        if unknown := set(data) - {"people", "clients"}:
            raise ControlError(f"unknown keys {sorted(unknown)}")
        for person in data.get("people", []):
            row = {"firm": None, **person}
            self.document.put("people", person["sub"], row)
        for client in data.get("clients", []):
            row = {"secret": client["client_secret"], "sub": client["sub"]}
            self.document.put("clients", client["client_id"], row)
        self.document.commit()
        return {"people": sorted(self.document.rows("people"))}

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """Key rotation, and tokens as a caller over HTTP would get them."""
        return {"rotate_key": self.rotate_key, "forget_person": self.forget_person}

    def rotate_key(self, keep_old: bool = True) -> Json:
        """Sign with a new key. Without `keep_old` tokens of the old one no longer verify."""
        kid = self._new_key()
        kept = int(self.setting("old_keys_kept")) if keep_old else 0
        for old in [key for key in self.document.rows("keys") if key != kid][::-1][kept:]:
            self.document.delete("keys", old)
        return {"kid": kid, "keys": list(self.document.rows("keys"))}

    def forget_person(self, sub: str) -> Json:
        """The person has left: no new tokens."""
        self.document.delete("people", sub)
        return {"sub": sub}

    def mint(self, sub: str, issuer: str, **overrides: Any) -> str:
        """A token for a person. `overrides`: acr, step_up, aud, auth_time, seconds, any claim."""
        person = self.document.rows("people").get(sub)
        if person is None:
            raise ControlError(f"no person {sub}")
        now = int(self.clock.now().timestamp())
        seconds = int(overrides.pop("seconds", self.setting("token_seconds")))
        if seconds > _TOKEN_SECONDS_MAX:
            raise ControlError(f"a token lives at most {_TOKEN_SECONDS_MAX} s")
        stepped = bool(overrides.pop("step_up", False))
        known = {key: value for key, value in person.items() if key not in ("sub", "firm")}
        claims: Json = {
            **known,
            "iss": issuer,
            "sub": sub,
            "aud": self.setting("audience"),
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "auth_time": now,
            "acr": self.setting("acr_step_up" if stepped else "acr"),
            "jti": self.new_id(),
            self.setting("firm_claim"): person["firm"],
            **overrides,
        }
        kid = self._signing_kid()
        key = self.document.rows("keys")[kid]["private_pem"]
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})

    def _discovery(self, request: SimRequest) -> SimResponse:
        issuer = self._issuer(request)
        body = {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks.json",
            "token_endpoint": f"{issuer}/token",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "acr_values_supported": self._acr_values(),
        }
        return json_response(200, body)

    def _key_set(self, request: SimRequest) -> SimResponse:
        keys = []
        for kid, row in self.document.rows("keys").items():
            public = _private(row).public_key()
            jwk = jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True)
            keys.append({**jwk, "kid": kid, "use": "sig", "alg": "RS256"})
        return json_response(200, {"keys": keys}, {"cache-control": "max-age=60"})

    def _token(self, request: SimRequest) -> SimResponse:
        try:
            is_json = request.headers.get("content-type", "").startswith("application/json")
            asked: Json = request.json() if is_json else dict(request.form())
        except ValueError:
            return json_response(400, {"error": "invalid_request"})
        if asked.pop("grant_type", None) == "client_credentials":
            sub = self._client_sub(request, asked)
            if sub is None:
                return json_response(401, {"error": "invalid_client"})
            asked = {"sub": sub}
        sub = str(asked.pop("sub", ""))
        allowed = {"acr", "step_up", "aud", "auth_time", "seconds", "scope"}
        wanted, _ = asked.pop("acr_values", None), asked.pop("max_age", None)
        if sub not in self.document.rows("people") or set(asked) - allowed:
            return json_response(400, {"error": "invalid_grant"})
        if wanted is not None:
            known = [acr for acr in str(wanted).split() if acr in self._acr_values()]
            if not known:
                return json_response(400, {"error": "unmet_authentication_requirements"})
            asked["acr"] = known[0]
        seconds = int(asked.get("seconds", self.setting("token_seconds")))
        token = self.mint(sub, self._issuer(request), **asked)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
        return json_response(200, answer, {"cache-control": "no-store"})

    def _acr_values(self) -> list[str]:
        return [self.setting("acr"), self.setting("acr_step_up")]

    def _client_sub(self, request: SimRequest, form: Json) -> str | None:
        client_id, secret = form.get("client_id"), form.get("client_secret")
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
        client = self.document.rows("clients").get(str(client_id))
        right = client is not None and client["secret"] == secret
        return str(client["sub"]) if client is not None and right else None

    def _issuer(self, request: SimRequest) -> str:
        return str(self.setting("issuer") or request.base_url)

    def _signing_kid(self) -> str:
        rows = self.document.rows("keys")
        return max(rows, key=lambda kid: rows[kid]["number"])

    def _new_key(self) -> str:
        # RSA keys come from the system's randomness: a token's bytes are the one thing here
        # that a seed does not repeat.
        private = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        number = self.document.next_number("key")
        kid = f"local-{number}"
        self.document.put("keys", kid, {"number": number, "private_pem": pem.decode()})
        return kid


def _private(row: Json) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(row["private_pem"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


if __name__ == "__main__":
    from local.simulators.server import serve

    serve("oidc", OidcCore)
