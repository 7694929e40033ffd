"""The product of a simulated run: the real functions over memory, as processes that can die."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from local.memory_cells import MemoryCells
from local.memory_views import MemoryViews
from local.simulation.boundary import Boundary, Crash, Died
from local.simulation.broken import InvariantBroken
from local.simulation.calls import Answered, answered, event_of
from local.simulation.clock import CountingIds
from local.simulation.engine import WalkedExecutions
from local.simulation.inbox import BoundaryInbox, BoundaryReplays
from local.simulation.rails import BoundaryTransport, SimulatedRails
from local.simulation.registration import FIRM, register
from local.simulation.secrets import MemoryParameterStore, MemoryVault, parameters_over
from local.simulation.streams import Streams
from local.simulation.watched_store import WatchedStore, Written
from local.simulation.wired import URLS, rationed
from local.walker.definition import load
from local.walker.errors import StateFailed
from local.walker.execution import Execution
from local.walker.runs import Platform
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.edge import (
    batch_worker,
    custody_tasks,
    decision_operations,
    payment_operations,
    query_operations,
    schedules,
    settings_operations,
    tray_operations,
)
from rowcol.edge.http import serve
from rowcol.edge.operation import table
from rowcol.edge.webhook import handle
from rowcol.rails.plaid.keys import RememberedKeys
from rowcol.rails.plaid.webhook import SigningKey, signing_key
from rowcol.rails.plaid.webhook import rail as plaid_rail
from rowcol.rails.qbo.webhook import RAIL as QBO_RAIL
from rowcol.rails.ramp.webhook import RAIL as RAMP_RAIL
from rowcol.rails.stripe.webhook import RAIL as STRIPE_RAIL
from rowcol.service.apply_event import apply_rows
from rowcol.service.change import Contention
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import InboxRow, InboxUnavailable
from rowcol.service.intake import Ports, accept
from rowcol.service.intake_ports import Endpoint, IntakeUnavailable, Reading, WebhookRail
from rowcol.service.judgement import AwaitContention
from rowcol.service.ports import RailError, Surroundings
from rowcol.service.store import StoreUnavailable
from rowcol.service.sweep_request import SweepRequests
from rowcol.storage.secrets import RememberedApps
from rowcol.wiring_rails import RailsOfClients, readers

R = TypeVar("R")
_START_SECONDS = 0.02
_WORKER_TIME = timedelta(minutes=5)
# What may go wrong without anybody having made a mistake.
PASSING = (
    RailError,
    Contention,
    AwaitContention,
    StoreUnavailable,
    InboxUnavailable,
    IntakeUnavailable,
    schedules.DueWorkFailed,
)
_SERVED = (decision_operations, payment_operations, settings_operations, query_operations)
OPERATIONS = table(
    operation for part in (*_SERVED, tray_operations) for operation in part.OPERATIONS.values()
)
MACHINES = Path(__file__).parents[2] / "statemachines"
_FUNCTIONS = (
    *("PaymentExecution", "PlaidBalanceRefresh", "QboVerification", "CashVerification"),
    *("CustodyRecord", "Reconciliation", "PaymentBatch"),
)
_SUBSTITUTIONS = {f"{name}FunctionArn": name for name in _FUNCTIONS}
CUSTODY = load(MACHINES / "payment_custody.asl.json", _SUBSTITUTIONS)
RECONCILIATION = load(MACHINES / "reconciliation.asl.json", _SUBSTITUTIONS)
DECISIONS = load(MACHINES / "decision_batch.asl.json", _SUBSTITUTIONS)
_ACROSS = ("/decisions/", "/batches/")  # routes that work for several clients at once


class Product:
    """All functions. `written` is told of every commit; a crash ends one and what it remembered."""

    def __init__(
        self,
        rails: SimulatedRails,
        boundary: Boundary,
        chance: random.Random,
        written: Callable[[Written], None],
    ) -> None:
        self.rails = rails
        self.boundary = boundary
        self.clock = rails.clock
        self.crashes = 0
        self.crashed: Callable[[], None] = lambda: None
        self.cut_off = False
        self._chance = chance
        self.store = WatchedStore(rails.clock.now, boundary, written)
        self.views = MemoryViews(boundary)
        self.inbox = BoundaryInbox(boundary)
        self._values = MemoryParameterStore()
        self._parameters = parameters_over(self._values)
        self.vault = MemoryVault()
        self._transport = BoundaryTransport(rails, boundary, chance)
        self._cells = MemoryCells(rails.clock.now)  # shared by processes, and outlives each
        self.surroundings = Surroundings(rails.clock, CountingIds(), chance, rails.clock.pause)
        self.platform = Platform(self._functions(), rails.clock.now, chance)
        self.executions = WalkedExecutions(CUSTODY, DECISIONS, self.platform, boundary)
        self.clients = register(self.store, self.vault, self._values, rails)
        self.streams = Streams(self)
        self._sweep_count = 0
        self._cold_start()

    def _cold_start(self) -> None:
        """New processes: everything remembered in memory is gone."""
        apps = RememberedApps(self._parameters, self.clock.now)
        given = self.store, self.vault, apps, self.surroundings, URLS, self._transport
        rails, budgets = rationed(RailsOfClients(*given), self._cells, self.surroundings)
        ports = self.store, self.views, rails, self.executions, self.surroundings
        self.environment = Environment(
            *ports, budgets=budgets, replaying=BoundaryReplays(self.inbox)
        )
        cache = EndpointCache(self._parameters, self.clock)
        self._endpoints = cache
        intake_rails: tuple[WebhookRail, ...] = (
            RAMP_RAIL,
            QBO_RAIL,
            plaid_rail(RememberedKeys(self._fetch_key)),
            STRIPE_RAIL,
        )
        self._ports = {
            rail.name: Ports(rail, cache, self.inbox, SweepRequests(self.inbox), self.clock)
            for rail in intake_rails
        }

    # ---- one process at work

    def work(self, run: Callable[[], R], scope: Scope | None = None) -> R:
        """Run a function's handler. Raises Died when its process crashed."""
        outer, self.store.allowed = self.store.allowed, scope
        self.clock.pause(_START_SECONDS)
        try:
            return run()
        except Crash as crash:
            self.crashes += 1
            self._cold_start()
            self.crashed()
            raise Died(str(crash)) from None
        finally:
            self.store.allowed = outer

    def _task(
        self, run: Callable[[dict[str, Any]], dict[str, object]]
    ) -> Callable[[dict[str, Any]], dict[str, object]]:
        def call(payload: dict[str, Any]) -> dict[str, object]:
            scope = Scope(payload["firm"], payload["client"]) if "client" in payload else None
            try:
                return self.work(lambda: run(payload), scope)
            except Died as died:
                raise StateFailed("Lambda.Unknown", str(died)) from None
            except PASSING:
                raise
            except Exception as defect:
                raise InvariantBroken("no defects", f"{payload}: {defect!r}") from defect

        return call

    def _functions(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        tasks = custody_tasks

        def reconciliation(payload: dict[str, Any]) -> dict[str, object]:
            return schedules.reconciliation_step(
                self.environment, self.inbox, self.understand, payload
            )

        return {
            "PaymentExecution": self._task(lambda p: tasks.execution_step(self.environment, p)),
            "PlaidBalanceRefresh": self._task(lambda p: tasks.refresh_step(self.environment, p)),
            "QboVerification": self._task(lambda p: tasks.ledger_step(self.environment, p)),
            "CashVerification": self._task(lambda p: tasks.cash_step(self.environment, p)),
            "CustodyRecord": self._task(lambda p: tasks.record_step(self.environment, p)),
            "PaymentBatch": self._task(self._carry_on),
            "Reconciliation": self._task(reconciliation),
        }

    def _carry_on(self, payload: dict[str, Any]) -> dict[str, object]:
        return batch_worker.run(self.environment, payload, self.clock.now() + _WORKER_TIME)

    # ---- functions

    def api(
        self, person: str, method: str, route: str, path: Mapping[str, str], **given: Any
    ) -> Answered:
        """One call of the HTTP API. `given`: as `event_of` takes it. Raises Died.

        `in_haste`: its time is up as soon as it begins.
        """
        event = event_of(person, method, route, path, given)
        scope = None if route.startswith(_ACROSS) else Scope(FIRM, path.get("client", FIRM_WIDE))
        until = self.clock.now() if given.get("in_haste") else None
        return answered(self.work(lambda: serve(event, OPERATIONS, self.environment, until), scope))

    def webhook(self, url: str, headers: Mapping[str, str], body: bytes) -> int | None:
        """One delivery to an intake function: its status, or None when it died or is cut off."""
        if self.cut_off:
            return None
        rail, endpoint_key = url.rsplit("/", 2)[1:]
        event = {
            "pathParameters": {"endpoint_key": endpoint_key},
            "headers": dict(headers),
            "body": body.decode("utf-8"),
        }
        ports = self._ports[rail]
        try:
            answer = self.work(
                lambda: handle(
                    rail, event, lambda delivery: accept(delivery, ports), lambda _line: None
                )
            )
        except Died:
            return None
        status = answer["statusCode"]
        assert isinstance(status, int)
        return status

    def apply(self, keys: list[str]) -> None:
        """event_application with some inbox rows; what fails stays for another try. Raises Died."""
        self.work(lambda: apply_rows(self.environment, self.inbox, self.understand, keys))

    def minute(self) -> None:
        """One run of due_work. Raises Died, DueWorkFailed."""
        self.work(lambda: schedules.minute_sweep(self.environment))

    def reconcile(self, depth: str) -> str:
        """Start the reconciliation machine; gives the execution's name."""
        self._sweep_count += 1
        name = f"reconciliation-{self._sweep_count}"
        self.executions.running[name] = Execution(
            RECONCILIATION, name, {"depth": depth}, self.platform
        )
        return name

    def invoke_asked(self, index: int) -> str:
        """Carry out one asynchronous invocation; Lambda keeps it when its process died."""
        asked = self.executions.asked.pop(index)
        event: dict[str, Any] = {"firm": asked.scope.firm, "client": asked.scope.client}
        try:
            if asked.kind == "clear_date":
                event |= {"step": "clear_date", "bill": asked.bill_id}
                self._functions()["PaymentExecution"](event)
            elif asked.kind == "advance_batch":
                self._functions()["PaymentBatch"]({**event, "batch": asked.batch_id})
            else:
                self._functions()["PlaidBalanceRefresh"]({**event, "live": True})
        except StateFailed:
            self.executions.asked.append(asked)
        except PASSING as trouble:
            return f"{asked.kind}: {trouble}"  # and to the dead letters, after Lambda's retries
        return asked.kind

    # ---- wiring

    def understand(self, row: InboxRow) -> Reading:
        """What a stored delivery says."""
        endpoint = self._endpoints.read(row.rail, row.endpoint_key) or Endpoint(
            row.rail, row.endpoint_key, row.firm, row.client
        )
        return readers()[row.rail](row.body, endpoint, row.received_at)

    def _fetch_key(self, kid: str) -> SigningKey | None:
        app = self._parameters.app("plaid")
        with httpx.Client(transport=self._transport) as client:
            try:
                answer = client.post(
                    f"{URLS['PLAID_BASE_URL']}/webhook_verification_key/get",
                    headers={"PLAID-CLIENT-ID": app["client_id"], "PLAID-SECRET": app["secret"]},
                    json={"key_id": kid},
                )
            except httpx.HTTPError as error:
                raise IntakeUnavailable(f"key: {type(error).__name__}") from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise IntakeUnavailable(f"key: {answer.status_code}")
        return signing_key(answer.json()["key"]) if answer.status_code == 200 else None
