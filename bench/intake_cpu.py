"""Intake's own CPU per event against a bare HMAC check plus one put, and its AWS calls, counted.

Nothing leaves the process: DynamoDB's client is real up to the moment of sending and gets a
prepared answer there. Both sides do the same put, in one run: their ratio is free of the machine.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.result import Figure, Section, under
from bench.wire import Wire
from rowcol.edge.webhook import handle
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.intake import Ports, accept
from rowcol.service.intake_ports import AlreadyThere, InboxEntry, Stored
from rowcol.service.sweep_request import SweepRequests
from rowcol.storage.inbox import DynamoInbox
from tests.support.webhooks.base import QBO_SECRET, RAMP_SECRET, STRIPE_SECRET, Case, mac
from tests.support.webhooks.cases import all_cases
from tests.support.webhooks.ports import Endpoints, StandingClock, rails

P99_MS_BAR = 5.0
CALLS_BAR = 1.0
DUPLICATES = 50
TYPICAL = {
    "ramp": "bill_paid",
    "qbo": "billpayment_created",
    "stripe": "payout_paid",
    "plaid": "sync_updates",
}
SECRETS = {"ramp": RAMP_SECRET, "qbo": QBO_SECRET, "stripe": STRIPE_SECRET}


class TimedInbox(DynamoInbox):
    """Tells apart the put from everything around it."""

    spent = 0.0
    fingerprint = ""

    def put(self, entry: InboxEntry) -> Stored | AlreadyThere:
        """As the table's, timed."""
        self.fingerprint = entry.fingerprint
        began = time.process_time()
        try:
            return super().put(entry)
        finally:
            self.spent += time.process_time() - began


def bare(case: Case, wire: Wire) -> Callable[[], None]:
    """The least anybody could do: check one HMAC, put the body under its hash."""
    secret = SECRETS.get(case.rail, "secret")
    expected = mac(secret, case.raw)

    def once() -> None:
        assert hmac.compare_digest(hmac.digest(secret.encode(), case.raw, "sha256"), expected)
        item = {
            "pk": {"S": hashlib.sha256(case.raw).hexdigest()},
            "sk": {"S": "x"},
            "body": {"B": case.raw},
        }
        wire.client.put_item(
            TableName="t", Item=item, ConditionExpression="attribute_not_exists(pk)"
        )

    return once


def own(case: Case, inbox: TimedInbox) -> Callable[[], None]:
    """The whole path of the function: proxy event to response and log line."""
    clock = StandingClock()
    ports = Ports(
        rails()[case.rail], EndpointCache(Endpoints(), clock), inbox, SweepRequests(inbox), clock
    )
    event = case.event()

    def once() -> None:
        response = handle(
            case.rail, event, lambda delivery: accept(delivery, ports), lambda _: None
        )
        assert response["statusCode"] == 200

    return once


def cpu_ms(once: Callable[[], None], events: int) -> list[float]:
    """CPU time of each call, sorted."""
    times = []
    for _ in range(events):
        began = time.process_time()
        once()
        times.append((time.process_time() - began) * 1000)
    return sorted(times)


@dataclass(frozen=True, slots=True)
class Measured:
    """One rail: CPU milliseconds of the whole path, its ratio to the bare one, AWS calls."""

    p50_ms: float
    p99_ms: float
    ratio: float
    around_put_ms: float
    calls_new: float
    calls_duplicate: float


def measure(case: Case, events: int) -> Measured:
    """One rail's typical event, new and again."""
    wire = Wire("dynamodb")
    client: Any = wire.client
    inbox = TimedInbox("inbox", lambda: client)
    least, whole = bare(case, wire), own(case, inbox)
    least()
    whole()
    wire.calls.clear()
    inbox.spent = 0.0
    full = cpu_ms(whole, events)
    around = (sum(full) / 1000 - inbox.spent) / events * 1000
    calls_new = sum(wire.calls.values()) / events
    base = cpu_ms(least, events)
    wire.duplicate(inbox.fingerprint)
    wire.calls.clear()
    cpu_ms(whole, DUPLICATES)
    calls_again = sum(wire.calls.values()) / DUPLICATES
    p50, p99 = full[events // 2], full[int(events * 0.99)]
    return Measured(p50, p99, p50 / base[events // 2], around, calls_new, calls_again)


def section(events: int) -> Section:
    """All four rails, `events` deliveries each."""
    by_name = {(case.rail, case.name): case for case in all_cases()}
    figures: list[Figure] = []
    for rail, name in TYPICAL.items():
        found = measure(by_name[rail, name], events)
        figures += [
            under(f"{rail}: AWS calls, new", found.calls_new, CALLS_BAR, digits=0),
            under(f"{rail}: AWS calls, duplicate", found.calls_duplicate, CALLS_BAR, digits=0),
            under(f"{rail}: own CPU, p99", found.p99_ms, P99_MS_BAR, " ms"),
            Figure(f"{rail}: own CPU / bare HMAC and put", f"{found.ratio:.2f}x"),
            Figure(f"{rail}: of it around the put", f"{found.around_put_ms:.2f} ms"),
        ]
    return Section(f"Intake of one webhook ({events} events per rail)", tuple(figures))
