"""A client's consent at Intuit (qbo contract, section 1). Implements ConsentRail."""

from __future__ import annotations

import re
from collections.abc import Callable

from rowcol.rails.http import Call, RailHttp
from rowcol.rails.oauth import App, FixedToken, granted
from rowcol.rails.qbo import oauth, wire
from rowcol.rails.qbo.client import MINOR_VERSION
from rowcol.rails.qbo.faults import RAIL, error_of, fault_of
from rowcol.rails.wire_reading import model, parse
from rowcol.service.connection_ports import Account
from rowcol.service.connections import Granted
from rowcol.service.ports import ConnectionBroken, RailProtocolError

_REALM = re.compile(r"[0-9]{1,20}\Z")


class QboConsent:
    """Consents of any company. `ledger`: built on `ledger_client`, which cannot write.

    `tokens` and `ends` are at the sites of `oauth.token_site` and `oauth.revoke_site`.
    """

    scopes = (oauth.SCOPE,)

    def __init__(
        self,
        token_url: str,
        tokens: RailHttp,
        ends: RailHttp,
        ledger: RailHttp,
        app: Callable[[], App],
    ) -> None:
        self._tokens = tokens
        self._ends = ends
        self._token_url = token_url
        self._ledger = ledger
        self._app = app

    def consent_url(self, redirect_uri: str, state: str) -> str:
        """Intuit's page, or a local rail's own."""
        page = oauth.consent_page(self._token_url)
        return oauth.consent_url(self._app(), redirect_uri, state, page)

    def exchange(self, code: str, redirect_uri: str) -> Granted:
        """Tokens for a code."""
        _, path = oauth.token_site(self._token_url)
        return granted(
            oauth.QboTokens(self._tokens, path, self._app()).exchange(code, redirect_uri)
        )

    def account(self, access: str, told: str | None) -> Account:
        """The company of the realm that the redirect named: only its own token can read it."""
        if told is None or not _REALM.match(told):
            raise ConnectionBroken(RAIL, "the redirect names no company", "realm_missing")
        path = f"/v3/company/{told}/companyinfo/{told}"
        call = Call("GET", path, {"minorversion": MINOR_VERSION}, owner=told)
        answer = self._ledger.read(call, FixedToken(RAIL, access))
        fault = fault_of(answer)
        if fault is not None:
            raise error_of(fault, answer, self._ledger.trace_id(answer))
        body = parse(RAIL, answer)
        if answer.status != 200 or not isinstance(body, dict):
            raise RailProtocolError(RAIL, f"company answered {answer.status}")
        return Account(told, model(RAIL, wire.Company, body.get("CompanyInfo")).name)

    def revoke(self, token: str) -> None:
        """End the whole connection; one that is unknown counts as ended."""
        oauth.revoke(self._ends, self._app(), token)
