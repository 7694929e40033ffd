"""Plaid's calls, one method each (plaid contract, sections 1 to 4 and 8).

Every call is a POST with keys in headers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rowcol.rails.http import Answer, Call, Patience, RailHttp, Site, check_base_url
from rowcol.rails.plaid import wire
from rowcol.rails.plaid.errors import RAIL, error_of, throttles
from rowcol.rails.wire_reading import Model, model, parse

HOSTS = frozenset({"production.plaid.com", "sandbox.plaid.com"})
PATIENCE = Patience(read_seconds=30.0, read_attempts_max=3)
# The live call asks the bank: usually under 10 s, at times 30 s and more.
LIVE_READ_SECONDS = 65.0
SYNC_ROWS_MAX = 500
HISTORY_DAYS = 730
CLIENT_NAME_CHARACTERS_MAX = 30


def site(base_url: str) -> Site:
    """Plaid at a checked base URL."""
    return Site(RAIL, check_base_url(RAIL, base_url, HOSTS), PATIENCE, "", throttles)


@dataclass(frozen=True, slots=True)
class PlaidApp:
    """The product's own keys of one environment."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """Who opens Link.

    `access_token` set = repair that item; its token stays, nothing is exchanged afterwards.
    """

    firm_name: str
    user_id: str
    webhook_url: str
    access_token: str | None = field(default=None, repr=False)
    select_accounts: bool = False


def owner_of(access_token: object) -> str:
    """A name for an item that its limits can be counted by: its token is a secret."""
    if not isinstance(access_token, str):
        return "none"
    return hashlib.sha256(f"item {access_token}".encode()).hexdigest()[:20]


class PlaidClient:
    """Plaid's endpoints. Raises the errors of rails/plaid/errors.py and of service/ports.py."""

    def __init__(self, http: RailHttp, app: PlaidApp) -> None:
        self._http = http
        self._app = app

    def accounts_get(self, access_token: str) -> tuple[wire.Accounts, Answer]:
        """Accounts with the balances Plaid has: free, about a day old at worst."""
        return self._call(wire.Accounts, "/accounts/get", {"access_token": access_token})

    def balance_get(
        self,
        access_token: str,
        *,
        updated_since: datetime | None = None,
        account_ids: Sequence[str] = (),
    ) -> tuple[wire.Accounts, Answer]:
        """Balances asked at the bank now: billed, slow, and therefore not repeated here.

        `updated_since` matters for one bank's credit accounts only; without it that bank's call is
        refused.
        """
        options: dict[str, object] = {}
        if updated_since is not None:
            options["min_last_updated_datetime"] = updated_since.isoformat(timespec="seconds")
        if account_ids:
            options["account_ids"] = list(account_ids)
        body: dict[str, object] = {"access_token": access_token}
        if options:
            body["options"] = options
        return self._call(
            wire.Accounts, "/accounts/balance/get", body, once=True, seconds=LIVE_READ_SECONDS
        )

    def item_get(self, access_token: str) -> wire.ItemAnswer:
        """State of an item and when Plaid last saw its bank."""
        return self._call(wire.ItemAnswer, "/item/get", {"access_token": access_token})[0]

    def transactions_page(
        self, access_token: str, cursor: str | None
    ) -> tuple[wire.SyncPage, Answer]:
        """One page after `cursor`.

        Never repeated alone: whoever pages starts again from the beginning.
        """
        body: dict[str, object] = {
            "access_token": access_token,
            "count": SYNC_ROWS_MAX,
            "options": {"include_original_description": True, "days_requested": HISTORY_DAYS},
        }
        if cursor is not None:
            body["cursor"] = cursor
        return self._call(wire.SyncPage, "/transactions/sync", body, once=True)

    def link_token_create(self, request: LinkRequest) -> wire.LinkToken:
        """A token for the Link window: a new item, or the repair of one."""
        body: dict[str, object] = {
            "client_name": request.firm_name[:CLIENT_NAME_CHARACTERS_MAX],
            "language": "en",
            "country_codes": ["US"],
            "user": {"client_user_id": request.user_id},
            "webhook": request.webhook_url,
        }
        if request.access_token is None:
            body["products"] = ["transactions"]
            body["transactions"] = {"days_requested": HISTORY_DAYS}
        else:
            body["access_token"] = request.access_token
            if request.select_accounts:
                body["update"] = {"account_selection_enabled": True}
        return self._call(wire.LinkToken, "/link/token/create", body)[0]

    def public_token_exchange(self, public_token: str) -> wire.Exchange:
        """What Link gave, for the item's access token. Sent once: a public token works once."""
        body = {"public_token": public_token}
        return self._call(wire.Exchange, "/item/public_token/exchange", body, once=True)[0]

    def item_remove(self, access_token: str) -> None:
        """End access and billing of an item."""
        answer = self._send(
            "/item/remove", {"access_token": access_token}, once=False, seconds=None
        )
        if answer.status != 200:
            raise error_of(answer)

    def _call(
        self,
        kind: type[Model],
        path: str,
        body: Mapping[str, object],
        *,
        once: bool = False,
        seconds: float | None = None,
    ) -> tuple[Model, Answer]:
        answer = self._send(path, body, once=once, seconds=seconds)
        if answer.status != 200:
            raise error_of(answer)
        return model(RAIL, kind, parse(RAIL, answer)), answer

    def _send(
        self, path: str, body: Mapping[str, object], *, once: bool, seconds: float | None
    ) -> Answer:
        headers = {
            "PLAID-CLIENT-ID": self._app.client_id,
            "PLAID-SECRET": self._app.secret,
            "Plaid-Version": "2020-09-14",
        }
        owner = owner_of(body.get("access_token"))
        call = Call("POST", path, {}, dict(body), None, headers, seconds, owner)
        return self._http.read_once(call) if once else self._http.read(call)
