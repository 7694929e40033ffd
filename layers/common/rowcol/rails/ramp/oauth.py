"""Ramp's consent and tokens (ramp contract, section 2).

One consent, and one token, reach one business.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from rowcol.rails.http import Answer, Call, RailHttp
from rowcol.rails.oauth import App, TokenGrant
from rowcol.rails.ramp import wire
from rowcol.rails.ramp.client import PREFIX, RAIL
from rowcol.rails.wire_reading import model, parse
from rowcol.service.ports import ConnectionBroken, RailProtocolError

CONSENT_PAGES = {
    "https://api.ramp.com": "https://app.ramp.com/v1/authorize",
    "https://demo-api.ramp.com": "https://demo.ramp.com/v1/authorize",
}
SCOPES = (
    "bills:read",
    "bills:write",
    "vendors:read",
    "entities:read",
    "bank_accounts:read",
    "business:read",
    "accounting:read",
)


def consent_url(base_url: str, app: App, redirect_uri: str, state: str) -> str:
    """Where a client's Ramp admin agrees. A local rail has its page at its own address."""
    page = CONSENT_PAGES.get(base_url, f"{base_url}/v1/authorize")
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "state": state,
    }
    return f"{page}?{urlencode(query)}"


class RampTokens:
    """Calls of the token endpoint."""

    def __init__(self, http: RailHttp, app: App) -> None:
        self._http = http
        self._app = app

    def exchange(self, code: str, redirect_uri: str) -> TokenGrant:
        """The code of a consent, valid 10 minutes and once.

        Raises ConnectionBroken when refused.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._grant(self._post("token", form))

    def refresh(self, refresh_token: str) -> TokenGrant:
        """A new access token.

        Raises ConnectionBroken when refused: then a new consent is needed.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._grant(self._post("token", form))

    def client_credentials(self) -> TokenGrant:
        """A token of the business that owns the app. Without scopes it would be worth nothing."""
        form = {"grant_type": "client_credentials", "scope": " ".join(SCOPES)}
        return self._grant(self._post("token", form))

    def revoke(self, token: str) -> None:
        """End a token. One that is unknown counts as ended."""
        self._post("token/revoke", {"token": token})

    def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        call = Call("POST", f"{PREFIX}/{path}", form=form, headers=self._app.basic())
        return self._http.read_once(call)

    def _grant(self, answer: Answer) -> TokenGrant:
        if answer.status in (400, 401, 403):
            raise ConnectionBroken(RAIL, "the token endpoint refuses", f"token_{answer.status}")
        if answer.status != 200:
            raise RailProtocolError(RAIL, f"token endpoint answered {answer.status}")
        token = model(RAIL, wire.Token, parse(RAIL, answer))
        now = answer.read.began_at
        refresh_seconds = token.refresh_token_expires_in
        return TokenGrant(
            access_token=token.access_token,
            access_expires_at=now + timedelta(seconds=token.expires_in),
            refresh_token=token.refresh_token,
            refresh_expires_at=now + timedelta(seconds=refresh_seconds)
            if refresh_seconds
            else None,
            connection_ends_at=None,
            scopes=tuple((token.scope or "").split()),
        )
