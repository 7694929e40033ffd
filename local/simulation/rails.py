"""The rails of a simulated run: three simulator cores, their clocks, and the world between them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from local.simulation.clock import SimulatedClock
from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import Json
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore
from local.simulators.sample import SampleWorld, sample_world
from local.simulators.stripe import StripeCore
from local.simulators.transport import SimulatorTransport, rail_hosts
from local.simulators.world import World

RAMP_ENDPOINT = "endpoint-of-client-{client}"
QBO_ENDPOINT = "endpoint-of-qbo-app"
PLAID_ENDPOINT = "endpoint-of-plaid-app"
STRIPE_ENDPOINT = "endpoint-of-stripe-{client}"
_ADDRESS = "https://rowcol.test/webhooks"
_CALL_SECONDS = (0.05, 0.4)
_ALIKE = 120
BEHIND_SECONDS_MAX = 12 * 3600
AHEAD_SECONDS_MAX = 36 * 3600


class BoundaryTransport(SimulatorTransport):
    """The network: tells of every call to a rail before it is sent and after it was answered."""

    def __init__(
        self, rails: SimulatedRails, on_call: Callable[[str], None], chance: random.Random
    ) -> None:
        hosts = rail_hosts(ramp=rails.ramp, plaid=rails.plaid, qbo=rails.qbo)
        super().__init__(hosts, rails.clock.pause)
        self._rails = rails
        self._on_call = on_call
        self._chance = chance

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One call; it takes a moment."""
        rail = request.url.host.split(".")[-2]
        self._on_call(f"{rail}:before")
        self._rails.on_request(request)
        self._rails.clock.pause(self._chance.uniform(*_CALL_SECONDS))
        self._rails.called_by_us = True
        try:
            response = super().handle_request(request)
        finally:
            self._rails.called_by_us = False
        self._on_call(f"{rail}:after")
        return response


@dataclass(frozen=True, slots=True)
class Release:
    """A date that Ramp took from us."""

    bill_id: str
    day: str
    at: datetime


@dataclass
class SimulatedRails:
    """Cores, world, and what only the rails know: which dates came from us."""

    clock: SimulatedClock
    ramp: RampCore
    qbo: QboCore
    plaid: PlaidCore
    world: World
    sample: SampleWorld
    stripe: StripeCore | None = None
    seeded: dict[str, Json] = field(default_factory=dict)
    called_by_us: bool = False
    on_request: Callable[[httpx.Request], None] = lambda _request: None
    releases: list[Release] = field(default_factory=list)
    open_releases: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)

    @property
    def cores(self) -> tuple[SimulatorCore, ...]:
        """All of them."""
        asked: tuple[SimulatorCore, ...] = (self.ramp, self.qbo, self.plaid)
        return asked if self.stripe is None else (*asked, self.stripe)

    def watch(self) -> None:
        """Count dates set by us until they are cleared, and payments run until they came back."""
        schedule = self.ramp.schedule
        plan, take_off, run = schedule.plan, schedule.take_off, schedule.run
        reopen, stop = schedule.reopen, schedule.stop

        def planned(bill: Json, wanted: str | None) -> None:
            if wanted is None or bill["state"] == "PAYMENT_ERROR":
                self.open_releases[bill["id"]] = 0
                self.runs[bill["id"]] = 0
            if wanted is not None and self.called_by_us:
                self.open_releases[bill["id"]] = self.open_releases.get(bill["id"], 0) + 1
                self.releases.append(Release(bill["id"], wanted, self.clock.now()))
            plan(bill, wanted)

        def taken_off(bill: Json) -> None:
            self.open_releases[bill["id"]] = 0
            take_off(bill)

        def ran(bills: list[Json], payment: Json) -> None:
            for bill in bills:
                self.runs[bill["id"]] = self.runs.get(bill["id"], 0) + 1
            run(bills, payment)

        def reopened(bills: list[Json], state: str) -> None:
            self._back(bills)
            reopen(bills, state)

        def stopped(bills: list[Json], payment: Json, state: str) -> None:
            if state == "PAYMENT_ERROR":
                self._back(bills)
            stop(bills, payment, state)

        spies: dict[str, Any] = {
            "plan": planned,
            "take_off": taken_off,
            "run": ran,
            "reopen": reopened,
            "stop": stopped,
        }
        for name, spy in spies.items():
            setattr(schedule, name, spy)

    def _back(self, bills: list[Json]) -> None:
        for bill in bills:
            self.open_releases[bill["id"]] = 0
            self.runs[bill["id"]] = 0

    def pass_time(self, seconds: float) -> None:
        """Time passes for everybody; facts travel between the rails."""
        self.clock.pause(seconds)
        self.settle()

    def settle(self) -> None:
        """Let everything due happen on every rail's own clock."""
        for core in self.cores:
            core.catch_up()
        self.world.settle()

    def drift(self, core: SimulatorCore, seconds: float) -> float:
        """One rail's clock runs ahead; never further than AHEAD_SECONDS_MAX. Gives by how much."""
        ahead = (core.clock.now() - self.clock.now()).total_seconds()
        more = max(0.0, min(seconds, AHEAD_SECONDS_MAX - ahead))
        core.advance(seconds=more)
        self.settle()
        return more

    def agree_on_time(self) -> None:
        """All clocks take the time of the one furthest ahead."""
        latest = max([self.clock.now(), *(core.clock.now() for core in self.cores)])
        # Whole seconds: a clock's offset is a float, and clocks only go forward.
        latest = latest.replace(microsecond=0) + timedelta(seconds=1)
        self.clock.at = latest
        for core in self.cores:
            core.clock.set(latest)
        self.settle()


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a world is.

    `planned_share`: bills that carry a date in Ramp from the start; `check_share`: paid by check.
    """

    clients: int = 2
    bills: int = 3
    planned_share: float = 0.25
    cash: tuple[int, ...] = (700, 1500, 5000)
    check_share: float = 0.2
    amounts: tuple[int, int] = (50, 600)


def make_rails(
    seed: int, start: datetime, chance: random.Random, shape: Shape | None = None
) -> SimulatedRails:
    """A few clients on three rails. Amounts, dates set in Ramp and clocks' offsets are drawn."""
    clock = SimulatedClock(start)
    ambient = Ambient(clock.now, str(seed))
    ramp, qbo = RampCore(Document(), ambient), QboCore(Document(), ambient)
    plaid, stripe = PlaidCore(Document(), ambient), StripeCore(Document(), ambient)
    rails = SimulatedRails(
        clock,
        ramp,
        qbo,
        plaid,
        World.in_process(_lags(chance), ramp=ramp, qbo=qbo, plaid=plaid, stripe=stripe),
        _sample(start, chance, shape or Shape()),
        stripe,
    )
    for core in rails.cores:
        core.clock.set(start - timedelta(seconds=chance.uniform(0, BEHIND_SECONDS_MAX)))
    plaid.configure({"sign_with_own_clock": False, "balance_delay_seconds": [0.5, 3.0]})
    if chance.random() < 0.3:
        ramp.configure({"payment_event_object": "payment"})
    if chance.random() < 0.2:
        qbo.configure({"webhook_envelope": "classic"})
    rails.watch()
    rails.seeded = rails.sample.load(ramp=ramp, qbo=qbo, plaid=plaid, stripe=stripe)
    return rails


def _lags(chance: random.Random) -> dict[str, int]:
    return {
        "bill_approved_minutes": chance.choice([1, 30, 600]),
        "ledger_payment_business_days": chance.choice([0, 1, 3]),
        "bank_debit_business_days": chance.choice([1, 1, 2]),
        "bank_credit_business_days": chance.choice([0, 1, 2]),
    }


def _sample(start: datetime, chance: random.Random, shape: Shape) -> SampleWorld:
    hooks = {
        "ramp": f"{_ADDRESS}/ramp/{RAMP_ENDPOINT}",
        "qbo": f"{_ADDRESS}/qbo/{QBO_ENDPOINT}",
        "plaid": f"{_ADDRESS}/plaid/{PLAID_ENDPOINT}",
        "stripe": f"{_ADDRESS}/stripe/{STRIPE_ENDPOINT}",
    }
    cash = f"{chance.choice(shape.cash)}.00"
    today = start.date()
    sample = sample_world(
        today, clients=shape.clients, bills=shape.bills, cash=cash, webhooks=hooks
    )
    checks = 0
    for business in sample.seeds["ramp"]["businesses"]:
        for bill in business["bills"]:
            drawn = f"{chance.randrange(*shape.amounts)}.37"
            # Some are alike, where that is an amount of this world.
            alike = "120.00" if shape.amounts[1] > _ALIKE else drawn
            bill["amount"] = chance.choice([alike, drawn])
            if chance.random() < shape.check_share:
                checks += 1
                # The bank's line of a check names nobody: no two are of one amount.
                bill |= {"payment_method": "CHECK", "amount": f"{600 + 3 * checks}.41"}
            if chance.random() < shape.planned_share:
                day = today + timedelta(days=chance.randrange(1, 12))
                bill["payment_date"] = day.isoformat()
    return sample
