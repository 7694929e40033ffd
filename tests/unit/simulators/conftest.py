"""A world of simulators in this process with one movable base clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import Json
from local.simulators.oidc import OidcCore
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore
from local.simulators.sample import PLAID_CLIENT, QBO_APP, RAMP_APP, SampleWorld, sample_world
from local.simulators.stripe import StripeCore
from local.simulators.transport import SimulatorTransport, rail_hosts
from local.simulators.world import World

# A Thursday, 10:00 in New York; Wednesday 2026-11-11 is a bank holiday.
START = datetime(2026, 11, 5, 15, 0, tzinfo=UTC)
RAMP_SCOPES = ["bills:read", "bills:write", "vendors:read", "entities:read", "vendors:write"]


@dataclass
class BaseClock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def move(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@dataclass
class Bench:
    """All rails, the world between them, and clients that speak to them."""

    base: BaseClock
    ramp: RampCore
    qbo: QboCore
    plaid: PlaidCore
    oidc: OidcCore
    stripe: StripeCore
    world: World
    sample: SampleWorld
    seeded: dict[str, Json]
    http: httpx.Client
    paused: list[float] = field(default_factory=list)
    scopes: list[str] = field(default_factory=RAMP_SCOPES.copy)

    def to(self, instant: datetime) -> None:
        """Time passes for everybody, in steps of six hours, and the world carries the facts."""
        while self.base.at < instant:
            self.base.at = min(self.base.at + timedelta(hours=6), instant)
            for core in (self.ramp, self.qbo, self.stripe, self.plaid):
                core.catch_up()
            self.world.settle()

    def ramp_call(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        client = self.sample.clients[0]
        issued = self.ramp.oauth.connect(RAMP_APP["client_id"], client.business_id, self.scopes)
        headers = {"authorization": f"Bearer {issued['access_token']}"}
        url = f"https://api.ramp.com/developer/v1{path}"
        return self.http.request(method, url, headers=headers, json=body)

    def plaid_call(self, path: str, **body: object) -> httpx.Response:
        client = self.sample.clients[0]
        headers = {
            "PLAID-CLIENT-ID": PLAID_CLIENT["client_id"],
            "PLAID-SECRET": PLAID_CLIENT["secret"],
        }
        full = {"access_token": client.plaid_access_token, **body}
        url = f"https://production.plaid.com{path}"
        return self.http.post(url, headers=headers, json=full)

    def qbo_call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        params: dict[str, str] | None = None,
    ) -> httpx.Response:
        realm = self.sample.clients[0].realm_id
        issued = self.qbo.oauth.connect(QBO_APP["client_id"], realm)
        headers = {"authorization": f"Bearer {issued['access_token']}"}
        url = f"https://quickbooks.api.intuit.com/v3/company/{realm}{path}"
        return self.http.request(method, url, headers=headers, json=body, params=params)

    def query(self, text: str) -> Json:
        answer: Json = self.qbo_call("GET", "/query", params={"query": text}).json()
        found: Json = answer.get("QueryResponse", answer)
        return found


def make_bench(seed: str = "1", clients: int = 1) -> Bench:
    base = BaseClock()
    ambient = Ambient(base.now, seed)
    ramp, qbo = RampCore(Document(), ambient), QboCore(Document(), ambient)
    plaid, oidc = PlaidCore(Document(), ambient), OidcCore(Document(), ambient)
    hooks = {
        rail: f"http://127.0.0.1:9/{rail}/{{client}}" for rail in ("ramp", "plaid", "qbo", "stripe")
    }
    sample = sample_world(START.date(), clients=clients, webhooks=hooks)
    stripe = StripeCore(Document(), ambient)
    cores: dict[str, SimulatorCore] = {"ramp": ramp, "qbo": qbo, "stripe": stripe, "plaid": plaid}
    seeded = sample.load(**cores, oidc=oidc)
    world = World.in_process(None, **cores)
    paused: list[float] = []
    hosts = rail_hosts(ramp=ramp, qbo=qbo, plaid=plaid, oidc=oidc, stripe=stripe)
    http = httpx.Client(transport=SimulatorTransport(hosts, paused.append), timeout=70)
    return Bench(base, ramp, qbo, plaid, oidc, stripe, world, sample, seeded, http, paused)


@pytest.fixture
def bench() -> Bench:
    return make_bench()
