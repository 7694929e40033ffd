"""The rails' clients in front of the simulators, in one process."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from local.simulators.sample import PLAID_CLIENT, QBO_APP, RAMP_APP, SampleClient
from local.simulators.transport import SimulatorTransport, rail_hosts
from rowcol.rails.http import RailHttp, Site, make_client
from rowcol.rails.oauth import App
from rowcol.rails.plaid.bank import ItemAccess, PlaidBank
from rowcol.rails.plaid.client import PlaidApp, PlaidClient
from rowcol.rails.plaid.client import site as plaid_site
from rowcol.rails.qbo.client import QboLedger, ledger_client
from rowcol.rails.qbo.client import site as qbo_site
from rowcol.rails.qbo.oauth import QboTokens, token_site
from rowcol.rails.ramp.client import RampBills
from rowcol.rails.ramp.client import site as ramp_site
from rowcol.rails.ramp.oauth import SCOPES, RampTokens
from rowcol.rails.ramp.subscriptions import RampSubscriptions
from rowcol.service.ports import Surroundings
from tests.support.rails.scripted import NumberedIds
from tests.unit.simulators.conftest import Bench, make_bench


@dataclass
class Refreshing:
    """TokenSource over a refresh function, as the product's own does it, without a store."""

    access_token: str
    refresh_token: str
    refresh: Callable[[str], tuple[str, str]]
    renewals: int = 0

    def token(self) -> str:
        return self.access_token

    def renewed(self, refused: str) -> str:
        assert refused == self.access_token
        self.renewals += 1
        self.access_token, self.refresh_token = self.refresh(self.refresh_token)
        return self.access_token


@dataclass
class World:
    """Simulators, and the clients of the first sample client."""

    bench: Bench
    pauses: list[float] = field(default_factory=list)

    @property
    def who(self) -> SampleClient:
        return self.bench.sample.clients[0]

    def surroundings(self) -> Surroundings:
        return Surroundings(
            self.bench.base,
            NumberedIds(),
            random.Random(1),  # noqa: S311 - a seeded run
            self.pauses.append,
        )

    def transport(self) -> httpx.BaseTransport:
        hosts = rail_hosts(ramp=self.bench.ramp, qbo=self.bench.qbo, plaid=self.bench.plaid)
        return SimulatorTransport(hosts, self.pauses.append)

    def http(self, site: Site) -> RailHttp:
        return RailHttp(site, make_client(self.transport()), self.surroundings())

    def ramp_site(self) -> RailHttp:
        return self.http(ramp_site("https://api.ramp.com"))

    def ramp_tokens(self) -> Refreshing:
        client_id = RAMP_APP["client_id"]
        made = self.bench.ramp.oauth.connect(client_id, self.who.business_id, list(SCOPES))
        grants = RampTokens(self.ramp_site(), App(client_id, RAMP_APP["client_secret"]))

        def refresh(refresh_token: str) -> tuple[str, str]:
            grant = grants.refresh(refresh_token)
            return grant.access_token, grant.refresh_token or refresh_token

        return Refreshing(made["access_token"], made["refresh_token"], refresh)

    def ramp(self) -> RampBills:
        return RampBills(self.ramp_site(), self.ramp_tokens())

    def subscriptions(self) -> RampSubscriptions:
        return RampSubscriptions(self.ramp_site(), self.ramp_tokens())

    def qbo_tokens(self) -> Refreshing:
        made = self.bench.qbo.oauth.connect(QBO_APP["client_id"], self.who.realm_id)
        where, path = token_site("https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer")
        app = App(QBO_APP["client_id"], QBO_APP["client_secret"])
        grants = QboTokens(self.http(where), path, app)

        def refresh(refresh_token: str) -> tuple[str, str]:
            grant = grants.refresh(refresh_token)
            return grant.access_token, grant.refresh_token or refresh_token

        return Refreshing(made["access_token"], made["refresh_token"], refresh)

    def ledger(self, tokens: Refreshing | None = None) -> QboLedger:
        http = RailHttp(
            qbo_site("https://quickbooks.api.intuit.com"),
            ledger_client(self.transport()),
            self.surroundings(),
        )
        return QboLedger(http, tokens or self.qbo_tokens(), self.who.realm_id)

    def plaid(self) -> PlaidClient:
        app = PlaidApp(PLAID_CLIENT["client_id"], PLAID_CLIENT["secret"])
        return PlaidClient(self.http(plaid_site("https://production.plaid.com")), app)

    def bank(self) -> PlaidBank:
        item = ItemAccess(self.who.item_id, self.who.plaid_access_token)
        return PlaidBank(self.plaid(), (item,), self.surroundings())


@pytest.fixture
def world() -> World:
    return World(make_bench())
