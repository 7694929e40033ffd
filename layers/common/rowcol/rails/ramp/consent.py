"""A client's consent at Ramp (ramp contract, section 2). Implements ConsentRail."""

from __future__ import annotations

from collections.abc import Callable

from rowcol.rails.http import Call, RailHttp
from rowcol.rails.oauth import App, FixedToken, granted
from rowcol.rails.ramp import oauth, wire
from rowcol.rails.ramp.client import PREFIX, RAIL
from rowcol.rails.untrusted import SAFE_ID
from rowcol.rails.wire_reading import model, parse
from rowcol.service.connection_ports import Account
from rowcol.service.connections import Granted
from rowcol.service.ports import ConnectionBroken, RailProtocolError


class RampConsent:
    """Consents of any business. `app`: the product's own credentials, read when needed."""

    scopes = oauth.SCOPES

    def __init__(self, http: RailHttp, app: Callable[[], App]) -> None:
        self._http = http
        self._app = app

    def consent_url(self, redirect_uri: str, state: str) -> str:
        """Ramp's page."""
        return oauth.consent_url(self._http.base_url, self._app(), redirect_uri, state)

    def exchange(self, code: str, redirect_uri: str) -> Granted:
        """Tokens for a code."""
        return granted(oauth.RampTokens(self._http, self._app()).exchange(code, redirect_uri))

    def account(self, access: str, told: str | None) -> Account:
        """The business; the redirect says nothing of it. One token reaches one business."""
        answer = self._http.read(Call("GET", f"{PREFIX}/business"), FixedToken(RAIL, access))
        if answer.status == 403:
            raise ConnectionBroken(RAIL, "a scope is missing", "scope_missing")
        if answer.status != 200:
            raise RailProtocolError(RAIL, f"business answered {answer.status}")
        found = model(RAIL, wire.Business, parse(RAIL, answer))
        if not SAFE_ID.match(found.id):
            raise RailProtocolError(RAIL, "not a business id")
        return Account(found.id, found.business_name_legal or found.business_name_on_card)

    def revoke(self, token: str) -> None:
        """End a token."""
        oauth.RampTokens(self._http, self._app()).revoke(token)
