"""AWS calls and cost per 1,000 webhooks at list price, counted through botocore's hooks.

The real adapters run on an in-process DynamoDB. Four webhooks are followed: one of a bill that
nobody knew, one that changes a known bill, one that says nothing new, and a repeated delivery.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import botocore.session
from moto import mock_aws

from bench import prices
from bench.result import Figure, Section, under
from bench.tables import create_tables
from bench.units import Units
from bench.wire import Wire, no_credentials
from bench.world import Kept, Path
from rowcol.storage.bus import EventBridgeBus
from rowcol.storage.cells import DynamoCells
from rowcol.storage.inbox import DynamoInbox
from rowcol.storage.store import DynamoStore
from rowcol.storage.views import DynamoViews

COST_BAR = 0.02
THOUSAND = 1000
EVENTS = 12
# Memory of the functions on the path, in GB, as template.yaml sets it (a test compares).
MEMORY_GB = {
    "ramp_webhook": 0.5,
    "event_application": 0.5,
    "event_relay": 0.5,
    "view_projection": 0.5,
}
# One line of ours, the access log's line; as seen in logs. Lambda's own lines tell of failures only
# (SystemLogLevel in template.yaml; a test looks).
OWN_LOG_BYTES = 600
ACCESS_LOG_BYTES = 420


@dataclass
class Watched:
    """A client whose calls are noted."""

    client: Any
    units: Units = field(default_factory=Units)
    _parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        events = self.client.meta.events
        events.register("provide-client-params.dynamodb.*", self._asked)
        events.register("after-call.dynamodb.*", self._answered)

    def _asked(self, params: dict[str, Any], **_: object) -> None:
        self._parameters = params

    def _answered(self, model: Any, parsed: dict[str, Any], **_: object) -> None:
        self.units.note(model.name, self._parameters, parsed)


@dataclass(frozen=True, slots=True)
class Stage:
    """One function's part in one webhook: billed table units, calls, CPU, calls to the rail."""

    function: str
    written: float
    read: float
    calls: int
    cpu_ms: float
    rail_calls: int = 0
    bus_events: int = 0

    @property
    def billed_ms(self) -> float:
        """CPU as measured, and the assumed time of the calls."""
        waits = (
            self.calls * prices.TABLE_CALL_MS
            + self.rail_calls * prices.RAIL_CALL_MS
            + self.bus_events * prices.BUS_CALL_MS
        )
        return self.cpu_ms + waits

    def cost(self) -> dict[str, float]:
        """Dollars by what they are paid for."""
        gigabyte_seconds = MEMORY_GB[self.function] * self.billed_ms / 1000
        return {
            "DynamoDB": self.written * prices.WRITE_UNIT + self.read * prices.READ_UNIT,
            "Lambda": prices.LAMBDA_REQUEST + gigabyte_seconds * prices.LAMBDA_GB_SECOND,
            "event bus": self.bus_events * prices.BUS_EVENT,
            "logs": OWN_LOG_BYTES * prices.LOG_BYTE,
        }


@contextmanager
def world() -> Iterator[tuple[Path, Watched]]:
    """A client with EVENTS bills on the real adapters."""
    no_credentials()
    with mock_aws():
        session = botocore.session.get_session()
        made: Any = session.create_client("dynamodb", region_name="us-east-1")
        tables, inbox_table = create_tables(made)
        watched = Watched(made)
        bus = Wire("events", b'{"FailedEntryCount": 0}')

        def kept(clock: Callable[[], datetime]) -> Kept:
            store = DynamoStore(tables, lambda: made, clock)
            views = DynamoViews(tables.views, lambda: made)
            inbox = DynamoInbox(inbox_table, lambda: made)
            cells = DynamoCells(tables.idempotency, lambda: made, clock)
            return Kept(store, views, inbox, EventBridgeBus("bus", lambda: bus.client), cells)

        yield Path(kept, EVENTS), watched


def stage(function: str, path: Path, watched: Watched, run: Callable[[], object]) -> Stage:
    """Run one part and note what it took."""
    before, rail_calls = watched.units.copy(), path.network.calls
    began = time.process_time()
    outcome = run()
    cpu_ms = (time.process_time() - began) * 1000
    after = watched.units
    return Stage(
        function,
        after.written - before.written,
        after.read - before.read,
        sum(after.calls.values()) - sum(before.calls.values()),
        cpu_ms,
        path.network.calls - rail_calls,
        outcome if isinstance(outcome, int) else 0,
    )


def follow(path: Path, watched: Watched, sent: Any) -> list[Stage]:
    """All functions that one webhook passes."""
    keys: list[str] = []
    stages = [stage("ramp_webhook", path, watched, lambda: keys.append(path.take(sent)))]
    stages.append(stage("event_application", path, watched, lambda: path.apply(keys[0])))
    entries = path.new_entries()
    if entries:
        stages.append(stage("event_relay", path, watched, lambda: path.relay(entries)))
        stages.append(stage("view_projection", path, watched, lambda: path.project(entries)))
    return stages


def per_thousand(stages: list[Stage]) -> dict[str, float]:
    """Dollars per 1,000 by what they are paid for, API Gateway included."""
    total = {"API Gateway": prices.API_REQUEST}
    total["logs"] = ACCESS_LOG_BYTES * prices.LOG_BYTE
    for part in stages:
        for name, dollars in part.cost().items():
            total[name] = total.get(name, 0.0) + dollars
    return {name: dollars * THOUSAND for name, dollars in total.items()}


def section() -> Section:
    """Calls and costs of each kind of webhook."""
    with world() as (path, watched):
        sent = list(path.changes())
        follow(path, watched, sent[0])  # caches and connections are warm after the first
        new = follow(path, watched, sent[1])
        changed = follow(path, watched, path.changes(days=20)[1])
        nothing = follow(path, watched, path.says_nothing_new(sent[1]))
        repeated = [stage("ramp_webhook", path, watched, lambda: path.take(sent[1]))]
    figures: list[Figure] = []
    for name, stages in (
        ("brings a bill", new),
        ("changes a bill", changed),
        ("nothing new", nothing),
        ("duplicate", repeated),
    ):
        calls = ", ".join(f"{part.function} {part.calls + part.bus_events}" for part in stages)
        figures.append(Figure(f"{name}: AWS calls", str(_calls(stages)), ""))
        cost = per_thousand(stages)
        figures.append(under(f"{name}: dollars per 1,000", sum(cost.values()), COST_BAR, digits=4))
        shown = ", ".join(f"{part} {dollars:.4f}" for part, dollars in cost.items())
        figures.append(Figure("  of it", shown))
        figures.append(Figure("  calls", calls))
    remarks = (
        f"{prices.PRICE_LIST}; bench/prices.py holds every constant.",
        f"Assumed: a table call {prices.TABLE_CALL_MS:g} ms, a rail {prices.RAIL_CALL_MS:g} ms.",
        "CPU is this machine's and includes the in-process table's.",
        "Each function is billed as if it handled one record a batch: bursts cost less.",
        "Traces (sampled) and fixed costs (alarms, metrics, KMS key) are not per webhook.",
    )
    return Section("Cost of 1,000 webhooks of Ramp, end to end", tuple(figures), remarks)


def _calls(stages: list[Stage]) -> int:
    return sum(part.calls + part.bus_events for part in stages)
