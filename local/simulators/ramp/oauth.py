"""Consent page, token endpoint and scopes (ramp contract, section 2)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from local.simulators.messages import SimRequest, SimResponse, json_response
from local.simulators.ramp.errors import error_response, refuse

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

CLIENT_TOKEN_SECONDS = 864_000
USER_TOKEN_SECONDS = 3_600
CODE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Access:
    """Whose token this call carries. One token = one business."""

    business_id: str
    scopes: frozenset[str]
    token: str


class OAuth:
    """Tables: apps, codes, tokens, refresh_tokens."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def authorize(self, request: SimRequest) -> SimResponse:
        """Consent page: consents at once and sends the browser back with a code.

        `business_id` picks who consents (a person would pick by signing in).
        """
        query = request.query
        app = self._core.document.get("apps", query.get("client_id", ""))
        redirect = query.get("redirect_uri", "")
        if app is None or redirect not in app["redirect_uris"] or not self._safe(redirect):
            return error_response(400, "client_id or redirect_uri is not registered")
        state = {"state": query["state"]} if "state" in query else {}
        asked = query.get("scope", "").split()
        if query.get("response_type") != "code" or set(asked) - set(app["scopes"]):
            error = "invalid_scope" if query.get("response_type") == "code" else "invalid_request"
            return _redirect(redirect, {"error": error, **state})
        if self._core.faults.take("consent_denied", path=request.path) is not None:
            return _redirect(redirect, {"error": "access_denied", **state})
        businesses = self._core.document.rows("businesses")
        business_id = query.get("business_id") or next(iter(businesses), "")
        if business_id not in businesses:
            return _redirect(redirect, {"error": "access_denied", **state})
        code = self._secret("ramp_code_")
        row = {
            "client_id": query["client_id"],
            "redirect_uri": redirect,
            "scopes": asked,
            "business_id": business_id,
            "expires_at": self._until(CODE_SECONDS),
        }
        self._core.document.put("codes", code, row)
        return _redirect(redirect, {"code": code, **state})

    def token(self, request: SimRequest) -> SimResponse:
        """Token endpoint: Basic authentication and a form body, nothing else."""
        client_id = self._client(request)
        if client_id is None:
            return error_response(401, "invalid_client")
        if not _is_form(request):
            return error_response(422, "the token request must be a form")
        form = request.form()
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self._client_credentials(client_id, form)
        if grant == "authorization_code":
            return self._exchange_code(client_id, form)
        if grant == "refresh_token":
            return self._refresh(client_id, form)
        return error_response(400, "unsupported_grant_type")

    def revoke(self, request: SimRequest) -> SimResponse:
        """Revoke an access or refresh token; unknown ones are fine."""
        client_id = self._client(request)
        if client_id is None:
            return error_response(401, "invalid_client")
        form = request.form() if _is_form(request) else {}
        if "token" not in form:
            return error_response(422, "token is required", fields={"token": ["Required."]})
        for table in ("tokens", "refresh_tokens"):
            row = self._core.document.rows(table).get(form["token"])
            if row is not None and row["client_id"] == client_id:
                self._core.document.delete(table, form["token"])
        return json_response(200, {})

    def forget(self, token: str) -> None:
        """Make a token useless."""
        for table in ("tokens", "refresh_tokens"):
            if token in self._core.document.rows(table):
                self._core.document.delete(table, token)

    def access(self, request: SimRequest, scope: str) -> Access:
        """The caller. Raises Refusal 401 without a live token, 403 without the scope."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        row = self._core.document.rows("tokens").get(token)
        if scheme.lower() != "bearer" or row is None or self._expired(row):
            raise refuse(401, "token is missing, expired or revoked")
        # The token endpoint gave whatever was asked for; what the app may do counts here.
        granted = frozenset(row["scopes"]) & self._app_scopes(row["client_id"])
        access = Access(row["business_id"], granted, token)
        if scope and scope not in access.scopes:
            raise refuse(403, f"scope {scope} is missing")
        return access

    def connect(self, client_id: str, business_id: str, scopes: list[str]) -> dict[str, Any]:
        """Tokens as after a finished consent (for seeds and the local world)."""
        return self._issue(client_id, business_id, scopes, USER_TOKEN_SECONDS, refresh=True)

    def _client_credentials(self, client_id: str, form: dict[str, str]) -> SimResponse:
        app = self._core.document.rows("apps")[client_id]
        if app["business_id"] is None:
            return error_response(400, "unauthorized_client")
        # Grants are not checked here; a call without its scope answers 403 later.
        scopes = form.get("scope", "").split()
        issued = self._issue(
            client_id, app["business_id"], scopes, CLIENT_TOKEN_SECONDS, refresh=False
        )
        return json_response(200, issued)

    def _exchange_code(self, client_id: str, form: dict[str, str]) -> SimResponse:
        row = self._core.document.get("codes", form.get("code", ""))
        if row is not None:
            self._core.document.delete("codes", form["code"])
        right = (
            row is not None
            and row["client_id"] == client_id
            and row["redirect_uri"] == form.get("redirect_uri")
            and not self._expired(row)
        )
        if row is None or not right:
            return error_response(400, "invalid_grant")
        return json_response(200, self.connect(client_id, row["business_id"], row["scopes"]))

    def _refresh(self, client_id: str, form: dict[str, str]) -> SimResponse:
        token = form.get("refresh_token", "")
        row = self._core.document.rows("refresh_tokens").get(token)
        if row is None or row["client_id"] != client_id or self._expired(row):
            return error_response(400, "invalid_grant")
        rotate = bool(self._core.setting("rotate_refresh_tokens"))
        issued = self._issue(
            client_id, row["business_id"], row["scopes"], USER_TOKEN_SECONDS, refresh=rotate
        )
        if rotate:
            self._core.document.delete("refresh_tokens", token)
        else:
            issued["refresh_token"] = token
            if row.get("expires_at"):
                left = datetime.fromisoformat(row["expires_at"]) - self._core.now()
                issued["refresh_token_expires_in"] = int(left.total_seconds())
        return json_response(200, issued)

    def _issue(
        self, client_id: str, business_id: str, scopes: list[str], seconds: int, *, refresh: bool
    ) -> dict[str, Any]:
        kind = "ramp_user_tok_" if seconds == USER_TOKEN_SECONDS else "ramp_business_tok_"
        row: dict[str, Any] = {"client_id": client_id, "business_id": business_id}
        row["scopes"] = scopes
        access_token = self._secret(kind)
        token_row = {**row, "expires_at": self._until(seconds)}
        self._core.document.put("tokens", access_token, token_row)
        answer: dict[str, Any] = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": " ".join(scopes),
        }
        if refresh:
            answer["refresh_token"] = self._secret("ramp_tok_")
            lasting = self._core.setting("refresh_token_seconds")
            if lasting is not None:
                row["expires_at"] = self._until(int(lasting))
                answer["refresh_token_expires_in"] = int(lasting)
            self._core.document.put("refresh_tokens", answer["refresh_token"], row)
        return answer

    def _app_scopes(self, client_id: str) -> frozenset[str]:
        return frozenset(self._core.document.rows("apps").get(client_id, {}).get("scopes", ()))

    def _client(self, request: SimRequest) -> str | None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        app = self._core.document.rows("apps").get(client_id)
        right = scheme.lower() == "basic" and app is not None and app["secret"] == secret
        return client_id if right else None

    def _safe(self, redirect: str) -> bool:
        parts = urlsplit(redirect)
        loopback = parts.hostname in ("localhost", "127.0.0.1")
        return parts.scheme == "https" or (
            loopback and bool(self._core.setting("loopback_allowed"))
        )

    def _secret(self, prefix: str) -> str:
        return f"{prefix}{self._core.rng.getrandbits(160):040x}"

    def _until(self, seconds: int) -> str:
        return (self._core.now() + timedelta(seconds=seconds)).isoformat()

    def _expired(self, row: dict[str, Any]) -> bool:
        end = row.get("expires_at")
        return end is not None and datetime.fromisoformat(end) <= self._core.now()


def _is_form(request: SimRequest) -> bool:
    kind = request.headers.get("content-type", "")
    return kind.startswith("application/x-www-form-urlencoded")


def _redirect(target: str, fields: dict[str, str]) -> SimResponse:
    joint = "&" if "?" in target else "?"
    return SimResponse(302, {"location": f"{target}{joint}{urlencode(fields)}"})
