"""Builds the rails of a client: HTTP, tokens, budgets. HTTP clients are kept per process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

import httpx

from rowcol.domain.client import Client
from rowcol.domain.connection import Connection
from rowcol.domain.scope import Scope, key_of
from rowcol.rails.budget import Budget
from rowcol.rails.http import Patience, RailHttp, Site, make_client
from rowcol.rails.oauth import App, TokenGrant
from rowcol.rails.plaid import client as plaid_client
from rowcol.rails.plaid import webhook as plaid_webhook
from rowcol.rails.plaid.bank import ItemAccess, PlaidBank
from rowcol.rails.qbo import client as qbo_client
from rowcol.rails.qbo import oauth as qbo_oauth
from rowcol.rails.qbo import webhook as qbo_webhook
from rowcol.rails.ramp import client as ramp_client
from rowcol.rails.ramp import oauth as ramp_oauth
from rowcol.rails.ramp import webhook as ramp_webhook
from rowcol.rails.ramp.subscriptions import RampSubscriptions
from rowcol.rails.stripe import webhook as stripe_webhook
from rowcol.rails.untrusted import printable
from rowcol.service.connections import Granted, KeptTokens, Vault
from rowcol.service.intake_ports import Understand
from rowcol.service.ports import (
    BankRail,
    ConnectionBroken,
    ExecutionRail,
    LedgerRail,
    Meter,
    Surroundings,
)
from rowcol.service.store import Store
from rowcol.service.subscription_ports import SubscriptionRail
from rowcol.wiring_budgets import BudgetsOfRails

Refresh = Callable[[str], Granted]


class Apps(Protocol):
    """The product's own credentials."""

    def app(self, rail: str) -> Mapping[str, str]:
        """Those at one rail, such as client_id and client_secret."""
        ...


RAMP = "ramp"
QBO = "qbo"
PLAID = "plaid"
ASK_AGAIN_AFTER = timedelta(minutes=5)


@cache
def readers() -> Mapping[str, Understand]:
    """What a delivery says, by rail."""
    return {
        RAMP: ramp_webhook.RAIL.understand,
        QBO: qbo_webhook.RAIL.understand,
        "stripe": stripe_webhook.RAIL.understand,
        PLAID: plaid_webhook.understand,
    }


class RailsOfClients:
    """Port Rails. `transport` stands in for the network in tests."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        apps: Apps,
        surroundings: Surroundings,
        environment: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._apps = apps
        self._surroundings = surroundings
        self._environment = environment
        self._client = make_client(transport)
        self._ledger_client = qbo_client.ledger_client(transport)
        self._budgets: BudgetsOfRails | None = None
        self._tokens: dict[tuple[Scope, str], KeptTokens] = {}
        self._asked: dict[tuple[Scope, str], datetime] = {}
        self._meter: Meter | None = None
        self._patience: Patience | None = None

    def counting(self, meter: Meter) -> RailsOfClients:
        """The same with every call told to the meter; budgets and tokens stay shared."""
        counted = copy(self)
        counted._meter = meter  # noqa: SLF001 - its own copy
        return counted

    def within(self, budgets: BudgetsOfRails) -> RailsOfClients:
        """The same with every call rationed, as in all processes that share these limits."""
        rationed = copy(self)
        rationed._budgets = budgets  # noqa: SLF001 - its own copy
        return rationed

    def hurried(self, patience: Patience) -> RailsOfClients:
        """The same with every rail waited for like this, for an answer that a person waits for."""
        hurried = copy(self)
        hurried._patience = patience  # noqa: SLF001 - its own copy
        # Kept tokens renew themselves by the rails of who keeps them.
        hurried._tokens = {}  # noqa: SLF001 - as above
        return hurried

    def subscriptions(self, scope: Scope) -> SubscriptionRail:
        """Webhook subscriptions of the client's business at Ramp."""
        tokens = self._kept(scope, RAMP, self._refresh_ramp)
        return RampSubscriptions(self._http_of_ramp(), tokens)

    def execution(self, firm: str, client: str) -> ExecutionRail:
        """Ramp, with the client's own consent."""
        scope = Scope(firm, client)
        http = self._http_of_ramp()
        return ramp_client.RampBills(http, self._kept(scope, RAMP, self._refresh_ramp))

    def ledger(self, firm: str, client: str) -> LedgerRail:
        """QBO, through a transport that cannot write. ConnectionBroken when no realm is known."""
        scope = Scope(firm, client)
        realm = self._client_of(scope).ledger_realm_id
        if realm is None:
            raise ConnectionBroken(QBO, "no company is connected", "not_connected")
        site = qbo_client.site(self._environment["QBO_BASE_URL"])
        http = self._http(site, self._budgets.qbo(realm) if self._budgets else None, ledger=True)
        return qbo_client.QboLedger(http, self._kept(scope, QBO, self._refresh_qbo), realm)

    def bank(self, firm: str, client: str) -> BankRail:
        """Plaid, with every item of the client."""
        scope = Scope(firm, client)
        books = self._store.books(scope)
        items: list[ItemAccess] = []
        waiting: dict[str, tuple[str, str | None]] = {}
        for item_id in self._client_of(scope).bank_item_ids:
            connection_id = key_of(PLAID, item_id)
            connection = books.get(Connection, connection_id)
            institution = connection.institution_id if connection else None
            if connection is not None and not connection.is_usable:
                token = self.tokens_on_trial(scope, connection_id).token()
                waiting[connection_id] = (token, connection.code)
            else:
                token = self._kept(scope, connection_id, _no_refresh).token()
            items.append(ItemAccess(item_id, token, institution))
        if not items:
            raise ConnectionBroken(PLAID, "no bank is connected", "not_connected")
        app = self._apps.app(PLAID)
        site = plaid_client.site(self._environment["PLAID_BASE_URL"])
        http = self._http(site, self._budgets.plaid if self._budgets else None)
        keys = plaid_client.PlaidApp(app["client_id"], app["secret"])
        plaid = plaid_client.PlaidClient(http, keys)
        for connection_id, (token, code) in waiting.items():
            self._ask_waiting(plaid, (scope, connection_id), token, code)
        return PlaidBank(plaid, items, self._surroundings)

    def _ask_waiting(
        self,
        plaid: plaid_client.PlaidClient,
        place: tuple[Scope, str],
        token: str,
        code: str | None,
    ) -> None:
        """Free, and works in any state: so a login that was repaired unsaid is found.

        Many payments wait for one login, so it is not asked again within minutes.
        """
        now = self._surroundings.clock.now()
        asked_at = self._asked.get(place)
        if asked_at is None or now - asked_at >= ASK_AGAIN_AFTER:
            self._asked[place] = now
            error = plaid.item_get(token).item.error
            if error is None:
                del self._asked[place]
                return
            code = printable(error.error_code)
        raise ConnectionBroken(place[1], "the item needs a person", code or "ITEM_LOGIN_REQUIRED")

    def _client_of(self, scope: Scope) -> Client:
        client = self._store.books(scope).get(Client, scope.client)
        if client is None:
            raise ConnectionBroken("rail", "no such client", "not_connected")
        return client

    def _kept(self, scope: Scope, connection_id: str, refresh: Refresh) -> KeptTokens:
        known = self._tokens.get((scope, connection_id))
        if known is None:
            known = KeptTokens(
                self._store.books(scope), self._vault, connection_id, refresh, self._surroundings
            )
            self._tokens[(scope, connection_id)] = known
        return known

    def tokens_on_trial(self, scope: Scope, connection_id: str) -> KeptTokens:
        """Tokens of a connection that a person has tried, also while it waits for one."""
        refresh = {RAMP: self._refresh_ramp, QBO: self._refresh_qbo}.get(connection_id, _no_refresh)
        books = self._store.books(scope)
        return KeptTokens(
            books, self._vault, connection_id, refresh, self._surroundings, trial=True
        )

    def _http_of_ramp(self) -> RailHttp:
        site = ramp_client.site(self._environment["RAMP_BASE_URL"])
        return self._http(site, self._budgets.ramp if self._budgets else None)

    def _http(self, site: Site, budget: Budget | None, *, ledger: bool = False) -> RailHttp:
        site = replace(site, patience=self._patience) if self._patience else site
        client = self._ledger_client if ledger else self._client
        return RailHttp(site, client, self._surroundings, budget, self._meter)

    def _refresh_ramp(self, refresh_token: str) -> Granted:
        app = self._apps.app(RAMP)
        tokens = ramp_oauth.RampTokens(
            self._http_of_ramp(), App(app["client_id"], app["client_secret"])
        )
        return _granted(tokens.refresh(refresh_token))

    def _refresh_qbo(self, refresh_token: str) -> Granted:
        app = self._apps.app(QBO)
        site, path = qbo_oauth.token_site(self._environment["QBO_TOKEN_URL"])
        http = self._http(site, None)
        tokens = qbo_oauth.QboTokens(http, path, App(app["client_id"], app["client_secret"]))
        return _granted(tokens.refresh(refresh_token))


def _granted(grant: TokenGrant) -> Granted:
    return Granted(
        grant.access_token,
        grant.access_expires_at,
        grant.refresh_token,
        grant.refresh_expires_at,
        grant.connection_ends_at,
    )


def _no_refresh(_refresh_token: str) -> Granted:
    """Plaid's access tokens do not expire; an item that needs a login is repaired by a person."""
    raise ConnectionBroken(PLAID, "the item needs a login", "login_required")
