"""kill -9 of the whole engine under load: nothing acknowledged is lost, nothing is paid twice."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from local.demo.api import Api
from local.demo.firm import DemoClient
from rowcol.domain.bill import Bill
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment, Verification
from rowcol.service.audit import verify_log
from tests.support.rig.stack import Rig, eventually

# A bound, not a wait: two loaded cores may need several times what a quiet machine does.
CALM_SECONDS = 300.0
CLIENTS, BILLS = 3, 6
AMOUNTS = tuple(f"{100 + place}.25" for place in range(BILLS))
# Commands acknowledged before the engine is killed: while staging, and while Ramp is commanded.
MOMENTS = (4, 12)


@dataclass
class Promises:
    """What was answered with success: (client, bill) staged, and the payments that were named."""

    staged: set[tuple[str, str]] = field(default_factory=set)
    paid: dict[tuple[str, str], str] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> int:
        """How many commands were acknowledged."""
        with self.lock:
            return len(self.staged) + len(self.paid)


@dataclass
class Advisor:
    """Stages and pays the bills of one client, again with the same keys after every crash."""

    rig: Rig
    client: DemoClient
    promises: Promises
    stop: threading.Event

    def work(self) -> None:
        """One round over all bills; ends when the API is gone or when it is told to."""
        api = Api(self.rig, "ann-advisor")
        try:
            for place in range(1, BILLS + 1):
                if self.stop.is_set():
                    return
                self._bill(api, self.client.bill_id(place))
        except httpx.TransportError:
            return  # the engine is gone

    def _bill(self, api: Api, bill: str) -> None:
        mine = (self.client.id, bill)
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, bill))
        staged = api.post(f"/clients/{self.client.id}/bills/{bill}/stage", key=f"stage-{key}")
        self._note(staged, mine, 201)
        body = {"bill_id": bill, "action": "pay_now"}
        paid = api.post(f"/clients/{self.client.id}/decisions", body, key=f"pay-{key}")
        self._note(paid, mine, 202)

    def _note(self, answer: httpx.Response, mine: tuple[str, str], status: int) -> None:
        with self.promises.lock:
            if answer.status_code != status:
                if answer.status_code < 500:
                    self.promises.trouble.append(answer.text[:300])
            elif status == 201:
                self.promises.staged.add(mine)
            else:
                self.promises.paid[mine] = answer.json()["payment_id"]


@contextmanager
def load(rig: Rig, clients: list[DemoClient], promises: Promises) -> Iterator[None]:
    """Two advisors per client at work, on the same bills."""
    stop = threading.Event()
    advisors = [Advisor(rig, client, promises, stop) for client in clients for _ in range(2)]
    threads = [threading.Thread(target=advisor.work) for advisor in advisors]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()


def assert_kept(rig: Rig, clients: list[DemoClient], promises: Promises) -> None:
    """The effect of every acknowledged command is there."""
    assert promises.trouble == []
    books = {client.id: rig.books(client) for client in clients}
    for client, bill_id in promises.staged:
        bill = books[client].get(Bill, bill_id)
        assert bill is not None
        assert bill.decision is not None
    for (client, bill_id), payment_id in promises.paid.items():
        bill, payment = books[client].get(Bill, bill_id), books[client].get(Payment, payment_id)
        assert bill is not None
        assert payment is not None
        assert bill.payment_ids == (payment_id,)
    for client_books in books.values():
        assert verify_log(client_books, "USD").intact


def acknowledged_webhooks(rig: Rig) -> set[str]:
    """Ids of Ramp's deliveries that the product answered with 200."""
    server = rig.servers["ramp"]
    with server.lock:
        rows = server.core.outbox.list()
    taken = [row for row in rows if any(try_["status"] == 200 for try_ in row["log"])]
    return {str(json.loads(row["body"])["id"]) for row in taken}


def stored_webhooks(rig: Rig) -> set[str]:
    dynamodb = rig.engine.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=rig.engine.tables["InboxTable"])
    keys = [row["pk"]["S"] for page in pages for row in page["Items"]]
    return {key.rsplit("/", 1)[1] for key in keys if "/inbox/ramp/" in key}


def payments_of(rig: Rig, client: DemoClient) -> list[Payment]:
    bills = rig.books(client).get_many(Bill, [client.bill_id(p) for p in range(1, BILLS + 1)])
    ids = [payment_id for bill in bills.values() for payment_id in bill.payment_ids]
    return list(rig.books(client).get_many(Payment, ids).values())


def sweep_all(rig: Rig, clients: list[DemoClient]) -> None:
    rig.engine.invoke("reconciliation", {"step": "redrive"})
    for client in clients:
        rig.sweep(client)
    rig.due_work()


@pytest.fixture
def rig(crash_rig: Rig) -> Iterator[Rig]:
    try:
        crash_rig.start(lambda _: None)
        yield crash_rig
    finally:
        crash_rig.stop()


def test_a_crash_under_load_loses_nothing_and_pays_nothing_twice(rig: Rig) -> None:
    clients = [rig.client(AMOUNTS, cash=50_000) for _ in range(CLIENTS)]
    promises = Promises()
    for moment in MOMENTS:
        with load(rig, clients, promises):
            eventually(lambda wanted=moment: promises.count() >= wanted, "work done")  # type: ignore[misc]  # bound now
            rig.crash()
        acknowledged = acknowledged_webhooks(rig)
        rig.restart()
        assert_kept(rig, clients, promises)
        assert acknowledged <= stored_webhooks(rig)
    with load(rig, clients, promises):
        eventually(
            lambda: len(promises.paid) == CLIENTS * BILLS, "every bill is decided", CALM_SECONDS
        )

    def commanded() -> bool:
        rig.pass_time(minutes=6)
        sweep_all(rig, clients)
        waiting = [p for client in clients for p in payments_of(rig, client)]
        return all(p.command is not None and p.command.result == "accepted" for p in waiting)

    eventually(commanded, "every payment is commanded", CALM_SECONDS)
    rig.to_hour(16)
    rig.morning(5)

    def proved() -> bool:
        sweep_all(rig, clients)
        found = [p for client in clients for p in payments_of(rig, client)]
        if all(p.verification is Verification.VERIFIED for p in found):
            return True
        rig.pass_time(minutes=12)
        return False

    eventually(proved, "every payment is proved", CALM_SECONDS)
    for client in clients:
        payments = payments_of(rig, client)
        assert len(payments) == BILLS
        assert {p.status for p in payments} == {Status.DONE}
        assert Counter(p.bill_id for p in payments).most_common(1)[0][1] == 1
        for place in range(1, BILLS + 1):
            accepted = [day for day, status in rig.commands(client, place) if status == 200]
            assert len(accepted) == 1, (place, rig.commands(client, place))
        types = Counter(entry.type for entry in rig.books(client).entries(limit=10_000))
        assert types["payment.created"] == BILLS
    assert_kept(rig, clients, promises)
