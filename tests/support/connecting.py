"""Two clients of a firm beside the simulated rails, and the API that connects them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from local.memory_cells import MemoryCells
from local.memory_consents import MemoryConsents
from local.simulators.core import Ambient
from local.simulators.document import Document
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore
from local.simulators.sample import PLAID_CLIENT, QBO_APP, RAMP_APP, SampleClient, sample_world
from local.simulators.transport import SimulatorTransport, rail_hosts
from rowcol.domain.client import Client
from rowcol.domain.connection import Connection
from rowcol.domain.scope import FIRM_WIDE, Role, Scope
from rowcol.edge import connections, consent_callback
from rowcol.service.connections import KeptTokens
from rowcol.wiring_budgets import BudgetsOfRails
from rowcol.wiring_connections import PATIENCE, Parts, connecting_over
from rowcol.wiring_rails import RailsOfClients
from tests.support.api import Answer, Web
from tests.support.connecting_stubs import PUBLIC_URL, MemoryEndpoints
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import client
from tests.support.storage.tokens import PlainVault

OWNER, VIEWER, OTHER = "owen", "vera", "cedar"
URLS = {
    "RAMP_BASE_URL": "https://api.ramp.com",
    "PLAID_BASE_URL": "https://production.plaid.com",
    "QBO_BASE_URL": "https://quickbooks.api.intuit.com",
    "QBO_TOKEN_URL": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
    "PUBLIC_URL": PUBLIC_URL,
}
APPS: Mapping[str, Mapping[str, str]] = {"ramp": RAMP_APP, "qbo": QBO_APP, "plaid": PLAID_CLIENT}


class SeededRandom:
    """43 characters a time, the same in every run."""

    def __init__(self) -> None:
        self.source = random.Random(5)  # noqa: S311 - seeded on purpose

    def token(self) -> str:
        letters = "ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz0123456789-_"
        return "".join(self.source.choices(letters, k=43))


class Apps:
    """The product's own credentials."""

    def app(self, rail: str) -> Mapping[str, str]:
        return APPS[rail]


class ConnectingDesk(Desk):
    """Bluebird and Cedar, nothing connected; `web` is the API, `sample` the rails' two clients."""

    def __init__(self, **settings: str) -> None:
        super().__init__(rail_business_id=None, ledger_realm_id=None, bank_item_ids=())
        self.join(OWNER, Role.CLIENT_OWNER)
        self.join(VIEWER, Role.VIEWER)
        firm = self.store.books(Scope(SCOPE.firm))
        assert firm.save(Client(FIRM_WIDE, 0, "Maple Street", "USD"))
        self.other = Scope(SCOPE.firm, OTHER)
        unbound = client(id=OTHER, version=0, rail_business_id=None, bank_item_ids=())
        assert self.store.books(self.other).save(replace(unbound, ledger_realm_id=None))
        self.urls = {**URLS, **settings}
        self.vault, self.consents, self.endpoints = (
            PlainVault(),
            MemoryConsents(),
            MemoryEndpoints(),
        )
        ambient = Ambient(self.clock.now, "1")
        self.ramp, self.qbo = RampCore(Document(), ambient), QboCore(Document(), ambient)
        self.plaid = PlaidCore(Document(), ambient)
        world = sample_world(self.clock.now().date(), clients=2)
        self.sample: tuple[SampleClient, ...] = world.clients
        for rail in ("ramp", "qbo"):
            redirect = f"{PUBLIC_URL}/connections/{rail}/callback"
            world.seeds[rail]["apps"][0]["redirect_uris"] = [redirect]
        world.load(ramp=self.ramp, qbo=self.qbo, plaid=self.plaid)
        hosts = rail_hosts(ramp=self.ramp, qbo=self.qbo, plaid=self.plaid)
        self.transport = SimulatorTransport(hosts)
        self.browser = httpx.Client(transport=self.transport)
        surroundings = self.environment.surroundings
        self.cells = MemoryCells(self.clock.now)
        budgets = BudgetsOfRails(self.cells, surroundings, self.urls)
        given = self.store, self.vault, Apps(), surroundings, self.urls, self.transport
        rails = RailsOfClients(*given).within(budgets).hurried(PATIENCE)
        parts = Parts(
            self.consents,
            self.endpoints,
            self.vault,
            rails.tokens_on_trial,
            SeededRandom(),
            self.transport,
        )
        connecting = connecting_over(parts, Apps(), self.urls, surroundings, budgets)
        self.environment = replace(self.environment, rails=rails, connecting=connecting)
        self.web = Web(self.environment, connections.OPERATIONS, SCOPE.firm)
        self.said: list[str] = []
        self.brought: list[str] = []

    def ask(
        self, method: str, path: str, body: object = None, *, of: Scope = SCOPE, **how: Any
    ) -> Answer:
        """One call below a client's connections, such as "/ramp/authorize"; as its owner."""
        route, named = "/clients/{client}/connections", {"client": of.client}
        first, _, rest = path.removeprefix("/").partition("/")
        if (rest and first not in ("plaid", "stripe")) or rest in ("test", "rotate", "disconnect"):
            route, named = f"{route}/{{connection}}/{rest}", {**named, "connection": first}
        elif path:
            route += path
        how = {"person": OWNER, **how}
        answer = self.web.call(method, route, body, path=named, **how)
        if rest not in ("authorize", "link-token"):  # which give an address, and what opens Link
            self.said.append(str(answer))
        return answer

    def authorize(self, rail: str, of: Scope = SCOPE) -> str:
        """The consent's address."""
        answer = self.ask("POST", f"/{rail}/authorize", of=of)
        assert answer.status == 201, answer.body
        return str(answer.body["url"])

    def agree(self, url: str, who: SampleClient) -> dict[str, str]:
        """The client's administrator agrees; gives what the browser brings back."""
        picked = {"business_id": who.business_id, "realm_id": who.realm_id}
        answer = self.browser.get(url, params={**dict(httpx.URL(url).params), **picked})
        assert answer.status_code == 302, answer.text
        target = urlsplit(answer.headers["location"])
        assert f"{target.scheme}://{target.netloc}{target.path}".startswith(PUBLIC_URL)
        came = dict(parse_qsl(target.query))
        self.brought += [came["state"], came["code"]]
        return came

    def back(self, rail: str, query: Mapping[str, str] | None) -> dict[str, Any]:
        """The browser comes back."""
        event = {
            "httpMethod": "GET",
            "resource": consent_callback.ROUTE,
            "pathParameters": {"rail": rail},
            "queryStringParameters": dict(query) if query is not None else None,
        }
        page = consent_callback.answer(event, self.environment)
        self.said.append(str(page))
        return page

    def connect(self, rail: str, number: int = 1, of: Scope = SCOPE) -> dict[str, Any]:
        """The whole way, for the sample client of a number."""
        return self.back(rail, self.agree(self.authorize(rail, of), self.sample[number - 1]))

    def link(self, **body: object) -> str:
        """A link token by the API."""
        answer = self.ask("POST", "/plaid/link-token", body)
        assert answer.status == 201, answer.body
        return str(answer.body["link_token"])

    def public_token(self) -> str:
        """What Link gives a person who finished it for a new bank."""
        done = self.plaid.act("complete_link", link_token=self.link())
        return str(done["public_token"])

    def linked(self) -> str:
        """A bank that was linked by the API; gives its connection's id."""
        answer = self.ask("POST", "/plaid/exchange", {"public_token": self.public_token()})
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def stored(self, name: str, of: Scope = SCOPE) -> Connection:
        """A connection as it is kept."""
        found = self.store.books(of).get(Connection, name)
        assert found is not None
        return found

    def tokens(self, name: str, of: Scope = SCOPE) -> KeptTokens:
        """Its tokens, as a caller of the rail has them."""
        assert self.environment.connecting is not None
        return self.environment.connecting.tokens(of, name)

    def secrets(self) -> list[str]:
        """Everything that must never be told: tokens at the rails, sealed ones, states, codes."""
        known = list(self.brought)
        for core in (self.ramp, self.qbo):
            for name in ("tokens", "refresh_tokens", "access_tokens", "refresh_values"):
                known += list(core.document.rows(name))
        known += [row["access_token"] for row in self.plaid.document.rows("items").values()]
        known += [secret for one in self.endpoints.kept.values() for secret in one.secrets]
        kept = [one for one in self.store.items.values() if isinstance(one, Connection)]
        known += [text for one in kept for text in (one.access, one.refresh) if text]
        apps = (RAMP_APP["client_secret"], QBO_APP["client_secret"], PLAID_CLIENT["secret"])
        return [*known, *apps]
