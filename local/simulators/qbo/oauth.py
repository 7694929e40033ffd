"""OAuth 2: rotating refresh tokens that die when used twice at once (qbo contract, section 1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from local.simulators.messages import Json, SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8_640_000
HARD_SECONDS = 5 * 365 * 86_400
CODE_SECONDS = 600
SCOPE = "com.intuit.quickbooks.accounting"
HARD_HEADER = "x-include-refresh-token-hard-expires-in"


class OAuth:
    """Tables: apps, codes, connections (by `client/realm`), refresh_values, access_tokens."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    def discovery(self, request: SimRequest) -> SimResponse:
        """Where everything is."""
        base = request.base_url
        body = {
            "issuer": "https://oauth.platform.intuit.com/op/v1",
            "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "scopes_supported": [SCOPE],
        }
        return json_response(200, body)

    def authorize(self, request: SimRequest) -> SimResponse:
        """Consent page: consents at once; `realm_id` picks the company a person would pick."""
        query = request.query
        app = self._core.document.get("apps", query.get("client_id", ""))
        redirect = query.get("redirect_uri", "")
        wrong = query.get("response_type") != "code" or SCOPE not in query.get("scope", "").split()
        if app is None or redirect not in app["redirect_uris"] or wrong:
            return json_response(400, {"error": "invalid_request"})
        if query.get("deny"):  # the person says no
            said = {"error": "access_denied", "state": query.get("state", "")}
            return SimResponse(302, {"location": f"{redirect}?{urlencode(said)}"})
        realm = query.get("realm_id") or next(iter(self._core.document.rows("companies")))
        code = f"AB{self._core.rng.getrandbits(128):032x}"
        row = {
            "client_id": query["client_id"],
            "realm": realm,
            "redirect_uri": redirect,
            "expires_at": self._after(CODE_SECONDS),
        }
        self._core.document.put("codes", code, row)
        fields = {"code": code, "state": query.get("state", ""), "realmId": realm}
        return SimResponse(302, {"location": f"{redirect}?{urlencode(fields)}"})

    def token(self, request: SimRequest) -> SimResponse:
        """Code and refresh grants."""
        client_id = self._client(request)
        if client_id is None:
            return json_response(401, {"error": "invalid_client"})
        form = request.form()
        hard = request.headers.get(HARD_HEADER, "").lower() == "true"
        if form.get("grant_type") == "refresh_token":
            return self._refresh(client_id, form.get("refresh_token", ""), hard=hard)
        if form.get("grant_type") == "authorization_code":
            row = self._core.document.get("codes", form.get("code", ""))
            right = row is not None and row["client_id"] == client_id
            if row is None or not right or self._past(row["expires_at"]):
                return _invalid_grant("Authorization code is invalid")
            self._core.document.delete("codes", form["code"])
            if row["redirect_uri"] != form.get("redirect_uri"):
                return _invalid_grant("redirect_uri does not match")
            return json_response(200, self.connect(client_id, row["realm"], hard=hard))
        return json_response(400, {"error": "unsupported_grant_type"})

    def revoke(self, request: SimRequest) -> SimResponse:
        """Revoke by refresh or access token, the app's own: the whole connection ends."""
        client_id = self._client(request)
        if client_id is None:
            return json_response(401, {"error": "invalid_client"})
        try:
            token = str((request.json() or {}).get("token", ""))
        except ValueError:
            return json_response(400, {"error": "invalid_request"})
        key = self._core.document.rows("refresh_values").get(token)
        key = key or (self._core.document.rows("access_tokens").get(token) or {}).get("connection")
        if key is None or not key.startswith(f"{client_id}/"):
            return json_response(400, {"error": "invalid_request"})
        self.kill(key)
        return SimResponse(200)

    def connect(self, client_id: str, realm: str, *, hard: bool = False) -> Json:
        """Tokens as after a finished consent."""
        key = f"{client_id}/{realm}"
        now = self._core.now().isoformat()
        connection = {
            "client_id": client_id,
            "realm": realm,
            "hard_expires_at": self._after(HARD_SECONDS),
            "refreshed_at": None,
            "dead": False,
            "refresh_token": None,
            "value_since": now,
            "expires_at": None,
        }
        self._new_value(key, connection)
        return self._issue(key, connection, hard=hard)

    def kill(self, key: str) -> None:
        """The connection ends: no token of it works again."""
        connection = self._core.document.get("connections", key)
        if connection is not None:
            connection["dead"] = True
            self._core.document.put("connections", key, connection)
        for token, row in list(self._core.document.rows("access_tokens").items()):
            if row["connection"] == key:
                self._core.document.delete("access_tokens", token)

    def forget_access(self, token: str) -> None:
        """Make one access token useless."""
        if token in self._core.document.rows("access_tokens"):
            self._core.document.delete("access_tokens", token)

    def access(self, request: SimRequest) -> Mapping[str, Any] | None:
        """The live access token of a call (its realm and client), or None."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        row = self._core.document.rows("access_tokens").get(token)
        if scheme.lower() != "bearer" or row is None or self._past(row["expires_at"]):
            return None
        found: Mapping[str, Any] = row
        return found

    def _refresh(self, client_id: str, token: str, *, hard: bool) -> SimResponse:
        key = self._core.document.rows("refresh_values").get(token)
        connection = self._core.document.get("connections", key or "")
        if connection is None or connection["client_id"] != client_id or connection["dead"]:
            return _invalid_grant()
        over = self._past(connection["expires_at"]) or self._past(connection["hard_expires_at"])
        old_value = connection["refresh_token"] != token
        if over or old_value or self._in_parallel(connection):
            # The second user of a token gets nothing and takes the connection down with it.
            self.kill(str(key))
            return _invalid_grant()
        changes_after = float(self._core.setting("refresh_value_seconds"))
        since = datetime.fromisoformat(connection["value_since"])
        if (self._core.now() - since).total_seconds() >= changes_after:
            self._new_value(str(key), connection)
        connection["refreshed_at"] = self._core.ambient.now().isoformat()
        return json_response(200, self._issue(str(key), connection, hard=hard))

    def _in_parallel(self, connection: Json) -> bool:
        window = float(self._core.setting("parallel_refresh_seconds"))
        if not window or connection["refreshed_at"] is None:
            return False
        last = datetime.fromisoformat(connection["refreshed_at"])
        return (self._core.ambient.now() - last).total_seconds() < window

    def _new_value(self, key: str, connection: Json) -> None:
        number = self._core.document.next_number("refresh")
        value = f"RT1-{number}-H0-{self._core.rng.getrandbits(96):024x}"
        connection["refresh_token"] = value
        connection["value_since"] = self._core.now().isoformat()
        self._core.document.put("refresh_values", value, key)

    def _issue(self, key: str, connection: Json, *, hard: bool) -> Json:
        connection["expires_at"] = self._after(REFRESH_SECONDS)
        self._core.document.put("connections", key, connection)
        token = f"eyJlbmMiOiJBMTI4Q0JDLUhTMjU2.{self._core.rng.getrandbits(200):050x}"
        row = {
            "connection": key,
            "realm": connection["realm"],
            "client_id": connection["client_id"],
            "expires_at": self._after(ACCESS_SECONDS),
        }
        self._core.document.put("access_tokens", token, row)
        answer: Json = {
            "token_type": "bearer",
            "access_token": token,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": connection["refresh_token"],
            "x_refresh_token_expires_in": REFRESH_SECONDS,
        }
        if hard:
            left = datetime.fromisoformat(connection["hard_expires_at"]) - self._core.now()
            answer["x_refresh_token_hard_expires_in"] = int(left.total_seconds())
        return answer

    def _client(self, request: SimRequest) -> str | None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        app = self._core.document.rows("apps").get(client_id)
        right = scheme.lower() == "basic" and app is not None and app["secret"] == secret
        return client_id if right else None

    def _after(self, seconds: int) -> str:
        return (self._core.now() + timedelta(seconds=seconds)).isoformat()

    def _past(self, text: str) -> bool:
        return datetime.fromisoformat(text) <= self._core.now()


def _invalid_grant(text: str = "Incorrect or invalid refresh token") -> SimResponse:
    return json_response(400, {"error": "invalid_grant", "error_description": text})
