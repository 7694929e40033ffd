"""The path of a webhook in one process: simulated Ramp, real intake, application, relay and views.

Store, inbox and views are given: in memory to measure the product's own work, or DynamoDB's
adapters to count calls.
"""

from __future__ import annotations

import hmac
import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from local.simulation.clock import CountingIds, SimulatedClock
from local.simulation.rails import PLAID_ENDPOINT, QBO_ENDPOINT, RAMP_ENDPOINT, SimulatedRails
from local.simulation.registration import FIRM, client_id, register
from local.simulation.secrets import MemoryParameterStore, MemoryVault, parameters_over
from local.simulators.core import Ambient
from local.simulators.document import Document
from local.simulators.messages import Delivery as Sent
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore
from local.simulators.sample import sample_world
from local.simulators.transport import SimulatorTransport, rail_hosts
from local.simulators.world import World
from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.edge.webhook import handle
from rowcol.rails.ramp.webhook import RAIL as RAMP_RAIL
from rowcol.service.apply_event import apply_rows
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import Inbox, InboxRow
from rowcol.service.intake import Ports, accept
from rowcol.service.intake_ports import InboxWriter, Reading
from rowcol.service.ports import Surroundings
from rowcol.service.projection import Arrived, project_batch
from rowcol.service.rail_budget_ports import Cells
from rowcol.service.relay import Bus, relay
from rowcol.service.store import Store
from rowcol.service.sweep_request import SweepRequests
from rowcol.service.view_ports import Views
from rowcol.wiring_budgets import BudgetsOfRails
from rowcol.wiring_rails import RailsOfClients, readers

START = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
_ADDRESS = "https://rowcol.test/webhooks"
_URLS = {
    "RAMP_BASE_URL": "https://api.ramp.com",
    "PLAID_BASE_URL": "https://production.plaid.com",
    "QBO_BASE_URL": "https://quickbooks.api.intuit.com",
    "QBO_TOKEN_URL": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
}


class WholeInbox(Inbox, InboxWriter, Protocol):
    """Both sides of the inbox."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where things are kept."""

    store: Store
    views: Views
    inbox: WholeInbox
    bus: Bus
    cells: Cells


@dataclass
class IdleExecutions:
    """A workflow engine that only counts what it is asked."""

    asked: int = 0

    def start(self, scope: Scope, payment_id: str, attempt: int) -> None:
        """Counted."""
        self.asked += 1

    def resume(self, token: str, output: dict[str, object]) -> bool:
        """Counted."""
        self.asked += 1
        return True

    def clear_date(self, scope: Scope, bill_id: str) -> None:
        """Counted."""
        self.asked += 1

    def refresh_balance(self, scope: Scope) -> None:
        """Counted."""
        self.asked += 1

    def advance_batch(self, scope: Scope, batch_id: str) -> None:
        """Counted."""
        self.asked += 1

    def send_digest(self, scope: Scope, member_id: str) -> None:
        """Counted."""
        self.asked += 1

    def run_decisions(self, scope: Scope, batch_id: str, attempt: int) -> None:
        """Counted."""
        self.asked += 1


class CountingTransport(SimulatorTransport):
    """The network to the simulators; counts calls."""

    calls = 0

    def handle_request(self, request: Any) -> Any:
        """One call."""
        self.calls += 1
        return super().handle_request(request)


@dataclass
class Path:
    """One firm, one client, some bills."""

    kept: Callable[[Callable[[], datetime]], Kept]
    bills: int
    _position: int = 0
    rails: SimulatedRails = field(init=False)

    def __post_init__(self) -> None:
        self.rails = _rails(self.bills)
        clock = self.rails.clock
        self.at = self.kept(clock.now)
        values, vault = MemoryParameterStore(), MemoryVault()
        self.clients = register(self.at.store, vault, values, self.rails)
        self.scope = Scope(FIRM, client_id(self.rails.sample.clients[0]))
        hosts = rail_hosts(ramp=self.rails.ramp, plaid=self.rails.plaid, qbo=self.rails.qbo)
        self.network = CountingTransport(hosts, clock.pause)
        chance = random.Random("bench")
        surroundings = Surroundings(clock, CountingIds(), chance, clock.pause)
        parameters = parameters_over(values)
        rails = RailsOfClients(
            self.at.store, vault, parameters, surroundings, _URLS, self.network
        ).within(BudgetsOfRails(self.at.cells, surroundings, _URLS))
        self.executions = IdleExecutions()
        self.environment = Environment(
            self.at.store, self.at.views, rails, self.executions, surroundings
        )
        self._endpoints = EndpointCache(parameters, clock)
        sweeps = SweepRequests(self.at.inbox)
        self._ports = Ports(RAMP_RAIL, self._endpoints, self.at.inbox, sweeps, clock)
        self.lines: list[str] = []

    def changes(self, days: int = 10) -> Sequence[Sent]:
        """Ramp schedules every bill in so many days; the webhooks it would send."""
        day = (START + timedelta(days=days)).date().isoformat()
        client = self.rails.sample.clients[0]
        for place in range(1, self.bills + 1):
            self.rails.ramp.act("schedule", bill_id=client.bill_id(place), payment_date=day)
        sent = self.rails.ramp.due_deliveries()
        for delivery in sent:
            self.rails.ramp.record_delivery_result(delivery.id, 200)
        return sent

    def take(self, sent: Sent) -> str:
        """Intake: verified and stored. Gives the inbox key. Raises ValueError when refused."""
        event = {
            "pathParameters": {"endpoint_key": sent.url.rsplit("/", 1)[-1]},
            "headers": dict(sent.headers),
            "body": sent.body.decode(),
        }
        self.lines.clear()
        self.rails.clock.pause(1.0)  # Ramp's rate limit is kept
        answer = handle("ramp", event, lambda d: accept(d, self._ports), self.lines.append)
        if answer["statusCode"] != 200:
            raise ValueError(f"refused: {self.lines}")
        return str(json.loads(self.lines[0])["inbox_key"])

    def apply(self, key: str) -> None:
        """Application: the bill is read again, what it says is written."""
        done = apply_rows(self.environment, self.at.inbox, self._understand, [key])
        if done.retry:
            raise ValueError(f"not applied: {key}")

    def new_entries(self) -> tuple[Entry, ...]:
        """What the log's stream would carry now."""
        entries = self.at.store.books(self.scope).entries(self._position)
        self._position += len(entries)
        return entries

    def relay(self, entries: Sequence[Entry]) -> int:
        """The workflow engine and the bus learn of them; gives how many were published."""
        for entry in entries:
            relay(self.environment, entry)
            self.at.bus.publish([entry])
        return len(entries)

    def project(self, entries: Sequence[Entry]) -> None:
        """The views follow."""
        done = project_batch(self.environment, [Arrived.of(entry) for entry in entries])
        if done.failed_from is not None:
            raise ValueError(f"not folded: {done.poison or done.stopped}")

    def says_nothing_new(self, sent: Sent) -> Sent:
        """Another webhook about the same bill, which has not changed since."""
        body = {**json.loads(sent.body), "id": str(uuid.uuid5(uuid.NAMESPACE_URL, sent.id))}
        raw = json.dumps(body).encode()
        secret = self.rails.sample.clients[0].ramp_secret
        digest = hmac.digest(secret.encode(), raw, "sha256").hex()
        names = [name for name in sent.headers if "signature" in name.lower()]
        return replace(sent, body=raw, headers={**sent.headers, **dict.fromkeys(names, digest)})

    def _understand(self, row: InboxRow) -> Reading:
        endpoint = self._endpoints.read(row.rail, row.endpoint_key)
        if endpoint is None:
            raise ValueError(f"no endpoint {row.endpoint_key}")
        return readers()[row.rail](row.body, endpoint, row.received_at)


def _rails(bills: int) -> SimulatedRails:
    clock = SimulatedClock(START)
    ambient = Ambient(clock.now, "bench")
    ramp, qbo = RampCore(Document(), ambient), QboCore(Document(), ambient)
    plaid = PlaidCore(Document(), ambient)
    hooks = {
        "ramp": f"{_ADDRESS}/ramp/{RAMP_ENDPOINT}",
        "qbo": f"{_ADDRESS}/qbo/{QBO_ENDPOINT}",
        "plaid": f"{_ADDRESS}/plaid/{PLAID_ENDPOINT}",
    }
    sample = sample_world(START.date(), clients=1, bills=bills, cash="900000.00", webhooks=hooks)
    world = World.in_process({}, ramp=ramp, qbo=qbo, plaid=plaid)
    rails = SimulatedRails(clock, ramp, qbo, plaid, world, sample)
    rails.seeded = sample.load(ramp=ramp, qbo=qbo, plaid=plaid)
    return rails
