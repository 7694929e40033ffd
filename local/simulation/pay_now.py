"""One payment from staging to its proof, with a death at any chosen call; then sweeps are all.

The flow is the same at every run, so that a call's number means the same call in each of them.
"""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from local.simulation.boundary import Boundary, Died
from local.simulation.invariants import WriteChecks, check_rails
from local.simulation.product import Product
from local.simulation.quiet import exchange, repair_connections, sweep
from local.simulation.rails import Shape, make_rails
from local.simulation.registration import FIRM
from local.simulation.streams import RELAY
from local.walker.runs import Status
from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.edge.schedules import DueWorkFailed
from rowcol.service.audit import verify_log

CLIENT = "client-1"
_START = datetime(2026, 11, 9, 15, 0, tzinfo=UTC)
_HOURS = 3600.0
_LIVE_STEPS = (0.0, 7.0, 17.0, 24.0, 24.0, 24.0, 24.0)
_SWEPT_STEPS = (0.1, 0.2, 1.0, 6.0, *(12.0 for _ in range(16)))
_ATTEMPTS_MAX = 3
_RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How it came out: all that must not depend on where somebody died."""

    status: str
    verification: str
    posting: str
    findings: tuple[str, ...]
    command: str
    reserve: str
    covered_minor: int
    live_payments: int
    payments: int
    releases: int
    open_items: tuple[str, ...]


class PayNow:
    """A fresh world with one client and one bill, ready to be decided."""

    def __init__(self) -> None:
        self.boundary = Boundary()
        chance = random.Random(5)
        rails = make_rails(5, _START, chance, Shape(1, 1, 0.0, (5000,), 0.0))
        rails.agree_on_time()
        self.product = Product(rails, self.boundary, chance, WriteChecks(self._client))
        self.bill_id = self.product.clients[CLIENT].bill_id(1)
        self.product.reconcile("full")
        exchange(self.product)
        self.boundary.count = 0
        self.calls = 0

    def _client(self, scope: Scope) -> Client | None:
        found: Client | None = self.product.store.items.get(
            (scope.firm, scope.client, Client.kind, scope.client)
        )
        return found

    def _cut_off(self) -> None:
        """The engine dies with the process; no webhook comes again, nothing in flight arrives."""
        self.product.cut_off = True
        self.product.inbox.inserted.clear()
        for execution in self.product.executions.running.values():
            execution.abort()

    def run(self, crash_at: int | None = None) -> Ending:
        """Stage, pay now, and live through the days; from a crash on, by sweeps alone."""
        self.boundary.crash_at = crash_at
        self.product.crashed = self._cut_off
        self._decide()
        for hours in _LIVE_STEPS:
            if self.product.crashes:
                break
            self.product.rails.pass_time(hours * _HOURS)
            try:
                exchange(self.product)
                sweep(self.product)
            except (Died, DueWorkFailed):
                break
        if not self.product.crashes:
            self._reconcile()
        if self.product.crashes:
            self._swept()
        self.boundary.crash_at = None
        self.calls = self.boundary.count
        return self._ending()

    def _decide(self) -> None:
        """An advisor who asks again, with the same key, until there is an answer."""
        path = {"client": CLIENT, "bill": self.bill_id}
        wish = {"bill_id": self.bill_id, "action": "pay_now"}
        nothing: dict[str, str] = {}
        self._ask("/clients/{client}/bills/{bill}/stage", path, nothing, "key-stage")
        self._ask("/clients/{client}/decisions", {"client": CLIENT}, wish, "key-decide")

    def _ask(self, route: str, path: dict[str, str], body: dict[str, str], key: str) -> None:
        for _ in range(_ATTEMPTS_MAX):
            with contextlib.suppress(Died):
                self.product.api("ann", "POST", route, path, body=body, key=key)
                return

    def _swept(self) -> None:
        """Time, the minute sweep and reconciliation are all there is; what they write is relayed.

        A crash between a rail's new refresh token and its safekeeping loses the connection for
        good: the tray says so, and a person connects again.
        """
        for scope, log in self.product.store.logs.items():
            self.product.streams.lose(RELAY, scope, len(log))
        for number, hours in enumerate(_SWEPT_STEPS):
            self.product.rails.pass_time(hours * _HOURS)
            self.product.minute()
            self._machines()
            if number % 3 == 2:
                self._reconcile()
            if "connection_broken" in self._open_items():
                repair_connections(self.product)
        self.product.rails.pass_time(180)
        exchange(self.product)

    def _machines(self) -> None:
        for consumer, scope in self.product.streams.lagging():
            self.product.streams.deliver(consumer, scope, 500)
        for execution in list(self.product.executions.running.values()):
            while execution.run() is Status.RUNNING and not execution.tokens:
                self.product.clock.pause(_RETRY_SECONDS)
        self.product.executions.forget_ended()

    def _reconcile(self) -> None:
        self.product.reconcile("full")
        self._machines()

    def _open_items(self) -> tuple[str, ...]:
        found = self.product.store.items.values()
        shown = [item for item in found if isinstance(item, TrayItem)]
        return tuple(sorted(item.item for item in shown if item.state is TrayState.OPEN))

    def _ending(self) -> Ending:
        items = self.product.store.items
        bill: Bill = items[(FIRM, CLIENT, Bill.kind, self.bill_id)]
        payments = [item for item in items.values() if isinstance(item, Payment)]
        payment = payments[-1]
        books = self.product.store.books(Scope(FIRM, CLIENT))
        check_rails(self.product.rails)
        proof = verify_log(books, "USD")
        assert proof.intact, proof
        return Ending(
            payment.status.value,
            payment.verification.value,
            payment.posting.value,
            tuple(one.kind.value for one in payment.verdict.findings) if payment.verdict else (),
            (payment.command.result or "open") if payment.command else "none",
            bill.reserve.state.value if bill.reserve else "none",
            books.head("USD").covered_total.minor,
            sum(one.is_live for one in payments),
            len(payments),
            len(self.product.rails.releases),
            self._open_items(),
        )
