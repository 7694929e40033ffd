"""One client's month: bills arrive, an advisor decides them, Ramp pays, ledger and bank follow.

The real functions run over memory against the simulated rails, in virtual time: webhooks, the
minute sweep, the half-hourly and the nightly reconciliation on their schedules. Clients share
nothing but the rails' budgets, so each is a world of its own: with the product's gates for its own
connections, while those that all share are passed afterwards (shared.py). Views and the words that
a decision is answered with are left out, for they ask no rail.
"""

from __future__ import annotations

import random
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from local.simulation.boundary import Boundary
from local.simulation.month.calls import CallLog
from local.simulation.product import Product
from local.simulation.quiet import exchange
from local.simulation.rails import Shape, SimulatedRails, make_rails
from local.simulation.registration import FIRM
from local.simulation.streams import RELAY
from local.simulators.bank_days import NEW_YORK
from local.simulators.ramp.seeding import RampSeed
from rowcol.domain.bill import Bill
from rowcol.domain.calendar import is_bank_day, next_bank_day
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.runway_effect import RunwayEffect
from rowcol.domain.scope import Scope
from rowcol.edge import decisions

START = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
DAYS = 30
CLIENT = "client-1"
# A firm-day has limits of its own (registration.py): small bills, all of different amounts.
CENTS_FIRST, CENTS_STEP = 20_00, 3
ARRIVAL_DAYS = 20
ARRIVES, DECIDES = 10, 11
PAY_NOW_EVERY = 3
SWEPT_EVERY_MINUTES = 30
STEP = timedelta(minutes=10)
CASH_DOLLARS = 5_000_000


def without_words() -> AbstractContextManager[object]:
    """Within, a decision is not told what it does to the runway: that asks no rail either."""
    return patch.object(decisions, "decision_effect", lambda _change, _bill_id: RunwayEffect())


@dataclass
class Outcome:
    """What came of the month."""

    decided: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    paid: int = 0
    verified: int = 0
    tray_open: int = 0


@dataclass
class ClientMonth:
    """The world of one client. `turn`: seconds after the hour at which the Map comes to it."""

    number: int
    bills: int
    turn_seconds: float = 0.0

    def __post_init__(self) -> None:
        chance = random.Random(f"month/{self.number}")  # seeded
        shape = Shape(1, 0, 0.0, (CASH_DOLLARS,), 0.0)
        self.rails: SimulatedRails = make_rails(self.number, START, chance, shape)
        self.rails.agree_on_time()
        self.log = CallLog(self.rails.clock.now())
        self.rails.on_request = lambda request: self.log.note(request, self.rails.clock.now())
        self.boundary = Boundary()
        self.product = Product(self.rails, self.boundary, chance, lambda _written: None)
        self.product.streams.consumers = (RELAY,)  # views ask no rail
        self.sample = self.product.clients[CLIENT]
        self.outcome = Outcome()
        self.arrival_days = ARRIVAL_DAYS
        self._arrived: list[str] = []
        self._key = 0

    def run(self, days: int = DAYS) -> ClientMonth:
        """Live through the month. Bills arrive on the first bank days of it."""
        self.arrival_days = max(1, ARRIVAL_DAYS * days // DAYS)
        end = START + timedelta(days=days)
        at = START
        while at < end:
            self._reach(at)
            if at.minute == 0:
                self._hour(at)
            if at.minute % SWEPT_EVERY_MINUTES == 0:
                self._sweep()
            self._minute()
            at += STEP
        self._look()
        return self

    def _reach(self, at: datetime) -> None:
        seconds = (at - self.rails.clock.now()).total_seconds()
        self.rails.pass_time(max(0.0, seconds))
        exchange(self.product)

    def _minute(self) -> None:
        """The minute sweep, when it would find something: a sweep without work calls no rail."""
        while self.product.store.due(self.rails.clock.now(), 1):
            self.product.minute()
            exchange(self.product)
            self.rails.pass_time(60.0)

    def _hour(self, at: datetime) -> None:
        local = at.astimezone(NEW_YORK)
        if is_bank_day(local.date()):
            if local.hour == ARRIVES:
                self._bills_arrive(local.date().toordinal())
            if local.hour == DECIDES:
                self._decide()

    def _sweep(self) -> None:
        """The tick that finds the client due: lightly, and once a night fully."""
        self.rails.pass_time(self.turn_seconds)
        self.product.reconcile("due")
        exchange(self.product)

    def _bills_arrive(self, _day: int) -> None:
        """The client's people enter bills in Ramp, and approve them there."""
        per_day = -(-self.bills // self.arrival_days)
        core = self.rails.ramp
        today = self.rails.clock.now().date()
        for _ in range(min(per_day, self.bills - len(self._arrived))):
            place = len(self._arrived) + 1
            minor = CENTS_FIRST + CENTS_STEP * place
            given: dict[str, Any] = {
                "id": self.sample.bill_id(place),
                "vendor_id": self.sample.vendor_id,
                "invoice_number": f"INV-{place:04d}",
                "issued_on": today.isoformat(),
                "due_on": (today + timedelta(days=15)).isoformat(),
                "lines": ([{"amount_minor": minor, "memo": None}], []),
                "planned_on": None,
            }
            bill = RampSeed(core).bill_row(self.sample.business_id, given)
            core.webhooks.event(self.sample.business_id, "bills.created", bill["id"])
            core.webhooks.event(self.sample.business_id, "bills.approved", bill["id"])
            core.schedule.approved(bill)
            core.document.commit()
            self._arrived.append(str(bill["id"]))
        exchange(self.product)

    def _decide(self) -> None:
        """An advisor looks at the balance, stages what is open and decides all of it."""
        self.product.executions.refresh_balance(Scope(FIRM, CLIENT))
        exchange(self.product)
        today = self.rails.clock.now().astimezone(NEW_YORK).date()
        for place, bill_id in enumerate(self._undecided()):
            path = {"client": CLIENT, "bill": bill_id}
            self._ask("/clients/{client}/bills/{bill}/stage", path, {})
            wish: dict[str, Any] = {"bill_id": bill_id, "action": "pay_now"}
            if place % PAY_NOW_EVERY:
                day = next_bank_day(today + timedelta(days=1 + place % 5))
                wish |= {"action": "schedule", "pay_on": day.isoformat()}
            self.outcome.decided += self._ask(
                "/clients/{client}/decisions", {"client": CLIENT}, wish
            )
        exchange(self.product)

    def _undecided(self) -> list[str]:
        books = self.product.store.books(Scope(FIRM, CLIENT))
        found = books.get_many(Bill, self._arrived)
        return [
            name
            for name, bill in found.items()
            if bill.is_open and bill.live_payment_id is None and not bill.payment_ids
        ]

    def _ask(self, route: str, path: dict[str, str], body: dict[str, Any]) -> bool:
        self._key += 1
        shown_at = int(self.rails.clock.now().timestamp()) - 1
        key = f"month-{self._key:06d}"
        answer = self.product.api("ben", "POST", route, path, body=body, key=key, shown_at=shown_at)
        if answer.status >= 400:
            code = str(answer.body.get("code"))
            self.outcome.refused[code] = self.outcome.refused.get(code, 0) + 1
        return answer.status < 400

    def _look(self) -> None:
        for item in self.product.store.items.values():
            if isinstance(item, Payment):
                self.outcome.paid += item.status is Status.DONE
                self.outcome.verified += item.verification.value == "verified"
