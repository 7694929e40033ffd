"""Intake's own CPU per event against a bare HMAC check plus one put, and its AWS calls, counted.

`python bench/intake_cpu.py [events]`. Nothing leaves the process: DynamoDB's client is real up to
the moment of sending and gets a prepared answer there. Both sides do the same put, in one run, so
their ratio is free of the machine. Exits 1 when p99 of the whole path is over its bar or a call
too many is made.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse, HeadersDict

from rowcol.edge.webhook import handle
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.intake import Ports, accept
from rowcol.service.intake_ports import AlreadyThere, InboxEntry, Stored
from rowcol.service.sweep_request import SweepRequests
from rowcol.storage.inbox import DynamoInbox
from rowcol.wiring_intake import CLIENT_CONFIG
from tests.support.webhooks.base import QBO_SECRET, RAMP_SECRET, STRIPE_SECRET, Case, mac
from tests.support.webhooks.cases import all_cases
from tests.support.webhooks.ports import Endpoints, StandingClock, rails

P99_MS_BAR = 5.0
DUPLICATES = 50
TYPICAL = {
    "ramp": "bill_paid",
    "qbo": "billpayment_created",
    "stripe": "payout_paid",
    "plaid": "sync_updates",
}
SECRETS = {"ramp": RAMP_SECRET, "qbo": QBO_SECRET, "stripe": STRIPE_SECRET}


class Answer(AWSResponse):
    """A prepared HTTP answer."""

    def __init__(self, status: int, body: bytes) -> None:
        headers: Any = HeadersDict()
        super().__init__("https://dynamodb.invalid/", status, headers, None)
        self._prepared = body

    @property
    def content(self) -> bytes:
        """The body, without reading any connection."""
        return self._prepared


class Wire:
    """A real botocore client that is answered before it sends.

    Counts calls and the time spent inside them.
    """

    def __init__(self) -> None:
        os.environ.setdefault("AWS_ACCESS_KEY_ID", "none")
        os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "none")
        session = botocore.session.get_session()
        self.client: Any = session.create_client(
            "dynamodb", region_name="us-east-1", config=CLIENT_CONFIG
        )
        self.calls: Counter[str] = Counter()
        self.seconds = 0.0
        self.status, self.body = 200, b"{}"
        events: Any = self.client.meta.events
        events.register("before-send.dynamodb.*", self._answer)

    def _answer(self, event_name: str, **_: object) -> Answer:
        self.calls[event_name.rsplit(".", 1)[-1]] += 1
        return Answer(self.status, self.body)

    def duplicate(self, fingerprint: str) -> None:
        """From now on every put meets an earlier row with this fingerprint."""
        self.status = 400
        item = {"fingerprint": {"S": fingerprint}}
        kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
        self.body = json.dumps({"__type": kind, "Item": item}).encode()


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


def measure(case: Case, events: int) -> bool:
    """Print one rail's line; False when over a bar."""
    wire = Wire()
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
    p50, p99, bare_p50 = full[events // 2], full[int(events * 0.99)], base[events // 2]
    print(
        f"{case.rail:<7} p50 {p50:.3f}  p99 {p99:.3f}  bare p50 {bare_p50:.3f}"
        f"  ratio {p50 / bare_p50:.2f}  around the put {around:.3f}"
        f"  AWS calls new {calls_new:g}, duplicate {calls_again:g}"
    )
    return p99 <= P99_MS_BAR and calls_new == calls_again == 1


def main() -> int:
    """One line per rail; 1 over a bar."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    by_name = {(case.rail, case.name): case for case in all_cases()}
    print(f"{events} events per rail, CPU milliseconds; bars: p99 {P99_MS_BAR}, one AWS call each")
    good = [measure(by_name[rail, name], events) for rail, name in TYPICAL.items()]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
