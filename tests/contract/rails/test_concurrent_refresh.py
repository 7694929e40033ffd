"""Fifty processes that need a new token of QuickBooks at one moment, and deaths in between.

The simulated rail kills a connection whose refresh token is used twice at once, as the contract
says it may (qbo contract, section 1).
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest

from local.memory_store import MemoryStore
from local.simulation.secrets import MemoryVault
from local.simulators.core import Ambient
from local.simulators.document import Document
from local.simulators.qbo import QboCore
from local.simulators.sample import QBO_APP, sample_world
from local.simulators.transport import SimulatorTransport, rail_hosts
from rowcol.domain.client import Client
from rowcol.domain.connection import Connection, ConnectionState
from rowcol.domain.scope import Scope
from rowcol.service.connections import LEASE, REFRESH_LOST, Granted, connect
from rowcol.service.ports import ConnectionBroken, RailUnavailable, Surroundings
from rowcol.wiring_rails import RailsOfClients
from tests.conformance.races import together
from tests.support.rails.scripted import NumberedIds
from tests.unit.simulators.conftest import START, BaseClock

PROCESSES = 50
OWNER = Scope("maple", "bluebird")
URLS = {
    "QBO_BASE_URL": "https://quickbooks.api.intuit.com",
    "QBO_TOKEN_URL": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
}


class Apps:
    def app(self, rail: str) -> dict[str, str]:
        assert rail == "qbo"
        return QBO_APP


class Died(BaseException):
    """The process ended here."""


@dataclass
class Counting(httpx.BaseTransport):
    """The simulated rail; a refresh takes a moment, in which everybody arrives."""

    inner: httpx.BaseTransport
    seconds: float = 0.0
    refreshes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            is_refresh = b"refresh_token" in request.read()
            self.refreshes += is_refresh
            answer = self.inner.handle_request(request)
        if is_refresh:
            time.sleep(self.seconds)
        return answer


class Office:
    """One client connected to the simulated QuickBooks, and processes that read its ledger."""

    def __init__(self) -> None:
        self.clock = BaseClock()
        self.calls: list[str] = []
        self.die_at = 0
        self.pace = 0.1
        self.store = MemoryStore(self.clock.now, self._called)
        self.vault = MemoryVault()
        qbo = QboCore(Document(), Ambient(self.clock.now, "1"))
        sample = sample_world(START.date())
        sample.load(qbo=qbo)
        self.transport = Counting(SimulatorTransport(rail_hosts(qbo=qbo)))
        realm = sample.clients[0].realm_id
        books = self.store.books(OWNER)
        assert books.save(Client(OWNER.client, 0, "Bluebird", "USD", ledger_realm_id=realm))
        made = qbo.oauth.connect(QBO_APP["client_id"], realm)
        ends = self.clock.now() + timedelta(hours=1)
        connect(
            books, self.vault, "qbo", Granted(made["access_token"], ends, made["refresh_token"])
        )

    def _called(self, call: str) -> None:
        if self.die_at:
            self.calls.append(call)
            if len(self.calls) == self.die_at:
                raise Died

    def process(self) -> RailsOfClients:
        """A fresh process: nothing remembered."""
        surroundings = Surroundings(
            self.clock,
            NumberedIds(),
            random.Random(1),  # noqa: S311 - a seeded run
            lambda seconds: time.sleep(seconds * self.pace),
        )
        return RailsOfClients(self.store, self.vault, Apps(), surroundings, URLS, self.transport)

    def token(self) -> str:
        """The access token, as a fresh process gets it."""
        rails = self.process()
        return rails._kept(OWNER, "qbo", rails._refresh_qbo).token()

    def read(self) -> str:
        """Read a bill that is not there; "read" when the ledger answered."""
        ledger = self.process().ledger(OWNER.firm, OWNER.client)
        assert ledger.read_bill("999999") is None
        return "read"

    @property
    def stored(self) -> Connection:
        found = self.store.books(OWNER).get(Connection, "qbo")
        assert found is not None
        return found


@pytest.fixture
def office() -> Office:
    return Office()


def test_fifty_that_come_at_once_refresh_once_per_expiry(office: Office) -> None:
    office.transport.seconds = 0.05
    for expiry in range(1, 6):
        # Over a day in all, so that the refresh token's value changes on the way too.
        office.clock.move(hours=7)
        found = together(lambda _: office.token(), PROCESSES)
        assert [token for token in found if not isinstance(token, str)] == []
        assert len(set(found)) == 1
        assert office.transport.refreshes == expiry
        assert office.read() == "read"
    assert office.stored.state is ConnectionState.HEALTHY
    assert not office.stored.refresh_open


@pytest.mark.parametrize("hours", [2, 30], ids=["same value", "the refresh token changes"])
def test_wherever_a_refresher_dies_the_next_repairs_it_or_says_what_is_lost(hours: int) -> None:
    died = lost = repaired = 0
    for die_at in range(1, 12):
        office = Office()
        office.clock.move(hours=hours)
        office.die_at, office.pace = die_at, 0.002
        try:
            office.read()
        except Died:
            died += 1
        else:
            break
        office.die_at = 0
        open_before, asked = office.stored.refresh_open, office.transport.refreshes
        if open_before:
            with pytest.raises(RailUnavailable):
                office.read()  # the lease stands: nobody asks the rail a second time
            assert office.transport.refreshes == asked
        office.clock.move(seconds=LEASE.total_seconds())
        code = _code_of_reading(office)
        if code is None:
            repaired += 1
            assert office.stored.state is ConnectionState.HEALTHY
        else:
            lost += 1
            assert (asked, open_before, code) == (1, True, REFRESH_LOST)
            assert office.stored.state is ConnectionState.NEEDS_LOGIN
            assert office.stored.due_at is not None
        assert not office.stored.refresh_open
    assert died >= 5
    # What was answered and never written is lost only where the rail has changed the value.
    assert (lost > 0) is (hours > 24)
    assert repaired + lost == died


def _code_of_reading(office: Office) -> str | None:
    """None when the ledger was read, else what a person has to repair."""
    try:
        office.read()
    except ConnectionBroken as broken:
        return broken.code
    return None
