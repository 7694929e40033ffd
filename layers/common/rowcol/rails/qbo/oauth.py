"""Intuit's consent and tokens (qbo contract, section 1).

Never refresh one connection twice at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from rowcol.rails.http import Answer, Call, Patience, RailHttp, Site, check_base_url
from rowcol.rails.oauth import App, TokenGrant
from rowcol.rails.qbo import wire
from rowcol.rails.qbo.faults import RAIL
from rowcol.rails.untrusted import printable
from rowcol.rails.wire_reading import model, parse
from rowcol.service.ports import ConnectionBroken, RailProtocolError

CONSENT_PAGE = "https://appcenter.intuit.com/connect/oauth2"
SCOPE = "com.intuit.quickbooks.accounting"
TOKEN_HOSTS = frozenset({"oauth.platform.intuit.com"})
REVOKE_BASE = "https://developer.api.intuit.com"
REVOKE_PATH = "/v2/oauth2/tokens/revoke"
_FORM_HEADERS = {"x-include-refresh-token-hard-expires-in": "true"}


def consent_page(token_url: str) -> str:
    """Where people agree: Intuit's own page, or that of a local rail at its own address."""
    base = token_site(token_url)[0].base_url
    return CONSENT_PAGE if urlsplit(base).hostname in TOKEN_HOSTS else f"{base}/connect/oauth2"


def consent_url(app: App, redirect_uri: str, state: str, page: str = CONSENT_PAGE) -> str:
    """Where somebody of the client agrees. The redirect brings code, state and realmId."""
    query = {
        "client_id": app.client_id,
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{page}?{urlencode(query)}"


def token_site(token_url: str) -> tuple[Site, str]:
    """Where tokens are granted, and the path there."""
    parts = urlsplit(token_url)
    base = check_base_url(RAIL, f"{parts.scheme}://{parts.netloc}", TOKEN_HOSTS)
    return Site(RAIL, base, Patience(), "intuit_tid"), parts.path


class QboTokens:
    """Calls of the token endpoint. `http` is not the ledger's: it may POST."""

    def __init__(self, http: RailHttp, path: str, app: App) -> None:
        self._http = http
        self._path = path
        self._app = app

    def exchange(self, code: str, redirect_uri: str) -> TokenGrant:
        """The code of a consent. Raises ConnectionBroken when refused."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._grant(self._post(form))

    def refresh(self, refresh_token: str) -> TokenGrant:
        """New tokens; the refresh token may have changed.

        `invalid_grant` is final: ConnectionBroken.
        """
        return self._grant(
            self._post({"grant_type": "refresh_token", "refresh_token": refresh_token})
        )

    def _post(self, form: Mapping[str, str]) -> Answer:
        headers = {**self._app.basic(), **_FORM_HEADERS}
        return self._http.read_once(Call("POST", self._path, form=form, headers=headers))

    def _grant(self, answer: Answer) -> TokenGrant:
        if answer.status in (400, 401, 403):
            body = parse(RAIL, answer)
            told = body.get("error") if isinstance(body, dict) else None
            raise ConnectionBroken(RAIL, "the token endpoint refuses", printable(told or "unknown"))
        if answer.status != 200:
            raise RailProtocolError(RAIL, f"token endpoint answered {answer.status}")
        token = model(RAIL, wire.Token, parse(RAIL, answer))
        now = answer.read.began_at
        rolling, hard = token.x_refresh_token_expires_in, token.x_refresh_token_hard_expires_in
        return TokenGrant(
            access_token=token.access_token,
            access_expires_at=now + timedelta(seconds=token.expires_in),
            refresh_token=token.refresh_token,
            refresh_expires_at=now + timedelta(seconds=rolling) if rolling else None,
            connection_ends_at=now + timedelta(seconds=hard) if hard else None,
            scopes=(SCOPE,),
        )


def revoke_site(token_url: str) -> Site:
    """Where consents end: a host of its own, or the local rail's."""
    base = token_site(token_url)[0].base_url
    is_intuit = urlsplit(base).hostname in TOKEN_HOSTS
    return Site(RAIL, REVOKE_BASE if is_intuit else base, Patience(), "intuit_tid")


def revoke(http: RailHttp, app: App, token: str) -> None:
    """End a connection by one of its tokens. `http` is at revoke_site; 400 is one unknown there.

    Raises RailProtocolError for any other answer, ConnectionBroken when the app is refused.
    """
    call = Call("POST", REVOKE_PATH, body={"token": token}, headers=app.basic())
    answer = http.read(call)
    if answer.status == 401:
        raise ConnectionBroken(RAIL, "the app is refused", "invalid_client")
    if answer.status not in (200, 204, 400):
        raise RailProtocolError(RAIL, f"revocation answered {answer.status}")
