"""Stripe's own Python library speaks with the simulator over loopback HTTP, and is the judge of
its signatures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import httpx
import pytest

from local.simulators.core import Ambient
from local.simulators.document import Document
from local.simulators.server import SimulatorServer
from local.simulators.stripe import StripeCore

stripe = pytest.importorskip("stripe")

KEY, SECRET, ACCOUNT = f"rk_live_{'k' * 24}", "whsec_first", "acct_1peer"
HOOK = "http://stripe-hook.test/"


class Quiet(StripeCore):
    """A simulator whose notices a test takes out by hand."""

    def send(self) -> list[Any]:
        """What is due now."""
        return super().due_deliveries()

    def due_deliveries(self, now: datetime | None = None) -> list[Any]:
        """Nothing for the server to post."""
        return []


@dataclass
class Peer:
    """The simulator, its address and its clock."""

    core: Quiet
    url: str
    at: datetime = datetime(2026, 11, 5, 15, 0, tzinfo=UTC)

    def client(self, key: str = KEY) -> Any:
        """The library's client."""
        addresses = {"api": self.url, "files": self.url}
        return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=0)

    def days(self, days: float) -> None:
        """Time passes."""
        self.at += timedelta(days=days)
        self.core.catch_up()


@pytest.fixture
def peer() -> Iterator[Peer]:
    made: list[Peer] = []
    core = Quiet(Document(), Ambient(lambda: made[0].at if made else Peer.at, "peer"))
    endpoint = {"url": HOOK, "secret": SECRET}
    account = {"id": ACCOUNT, "api_key": KEY, "endpoints": [endpoint]}
    core.seed({"accounts": [{**account, "customers": [{"id": "cus_1", "name": "Blue"}]}]})
    core.configure({"duplicate_probability": 0.0, "webhook_delay_seconds": [0, 0]})
    with SimulatorServer(core) as server:
        made.append(Peer(core, server.url))
        yield made[0]


def check(peer: Peer, delivery: Any, secret: str = SECRET) -> Any:
    """What the library makes of a delivery at the simulator's time."""
    header = delivery.headers["stripe-signature"]
    with mock.patch("time.time", return_value=peer.at.timestamp()):
        return stripe.Webhook.construct_event(delivery.body, header, secret)


def test_it_verifies_what_we_sign(peer: Peer) -> None:
    peer.core.act("charge", amount="865.50", customer="cus_1")
    (delivery,) = peer.core.send()
    event = check(peer, delivery)
    assert (event.type, event.data.object.amount) == ("charge.succeeded", 86_550)
    with pytest.raises(stripe.SignatureVerificationError):
        check(peer, delivery, "whsec_other")


def test_it_verifies_both_secrets_of_a_rotation(peer: Peer) -> None:
    endpoint_id = next(iter(peer.core.document.rows("endpoints")))
    fresh = peer.core.act("roll_secret", endpoint_id=endpoint_id)["secret"]
    peer.core.act("charge", amount="1.00")
    (delivery,) = peer.core.send()
    assert check(peer, delivery, fresh).id == check(peer, delivery, SECRET).id


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [("stale_timestamp", False), ("wrong_signature", False), ("future_timestamp", True)],
)
def test_it_judges_the_bad_ones(peer: Peer, kind: str, *, accepted: bool) -> None:
    peer.core.faults.add({"kind": kind})
    peer.core.act("charge", amount="1.00")
    (delivery,) = peer.core.send()
    if accepted:  # the library lets the future pass; the product does not
        assert check(peer, delivery).type == "charge.succeeded"
        return
    with pytest.raises(stripe.SignatureVerificationError):
        check(peer, delivery)


def test_it_reads_a_thin_event(peer: Peer) -> None:
    peer.core.act("add_endpoint", url="http://thin.test/", thin=True, secret="whsec_thin")
    peer.core.act("charge", amount="1.00")
    thin = next(one for one in peer.core.send() if one.url == "http://thin.test/")
    with mock.patch("time.time", return_value=peer.at.timestamp()):
        told = peer.client().parse_event_notification(
            thin.body, thin.headers["stripe-signature"], "whsec_thin"
        )
    assert told.type == "v1.charge.succeeded"
    assert told.related_object.id == json.loads(thin.body)["related_object"]["id"]


def test_it_reads_payouts_and_their_movements_page_by_page(peer: Peer) -> None:
    for _ in range(12):
        peer.core.act("charge", amount="10.00", customer="cus_1")
    peer.days(9)
    client = peer.client()
    (payout,) = client.v1.payouts.list({"status": "paid"}).data
    assert payout.reconciliation_status == "completed"
    wanted = {"payout": payout.id, "limit": 5, "expand": ["data.source"]}
    moves = list(client.v1.balance_transactions.list(wanted).auto_paging_iter())
    assert len(moves) == 13
    charges = [move for move in moves if move.type == "charge"]
    assert sum(move.net for move in charges) == payout.amount
    assert {move.source.object for move in charges} == {"charge"}
    again = client.v1.charges.retrieve(charges[0].source.id)
    assert (again.customer, again.amount) == ("cus_1", 1000)
    kinds = {event.type for event in client.v1.events.list({"limit": 100}).data}
    assert {"payout.paid", "payout.reconciliation_completed", "charge.succeeded"} <= kinds
    assert client.v1.balance.retrieve().available[0].amount == 0


def test_it_decodes_our_refusals(peer: Peer) -> None:
    client = peer.client()
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.payouts.retrieve("po_none")
    assert (missing.value.code, missing.value.http_status) == ("resource_missing", 404)
    with pytest.raises(stripe.AuthenticationError):
        peer.client("sk_live_somebodyelse0000").v1.payouts.list()
    peer.core.faults.add({"kind": "permission_denied", "times": 1})
    with pytest.raises(stripe.PermissionError):
        client.v1.payouts.list()
    peer.core.faults.add({"kind": "throttle", "times": 1})
    with pytest.raises(stripe.RateLimitError):
        client.v1.payouts.list()
    peer.core.faults.add({"kind": "server_error", "times": 1})
    with pytest.raises(stripe.APIError):
        client.v1.payouts.list()
    peer.core.faults.add({"kind": "disconnect_without_effect", "times": 1})
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payouts.list()


def test_it_runs_a_report(peer: Peer) -> None:
    peer.core.act("charge", amount="10.00", metadata={"qbo_invoice_doc_number": "INV-1"})
    client = peer.client()
    start = int((peer.at - timedelta(days=1)).timestamp())
    names = ["balance_transaction_id", "net", "payment_metadata[qbo_invoice_doc_number]"]
    interval = {"interval_start": start, "interval_end": start + 2 * 86_400}
    wish = {
        "report_type": "balance_change_from_activity.itemized.3",
        "parameters": {**interval, "columns": names},
    }
    run = client.v1.reporting.report_runs.create(wish)
    assert run.status == "pending"
    peer.days(0.01)
    done = client.v1.reporting.report_runs.retrieve(run.id)
    assert done.status == "succeeded"
    # The library reads JSON only; a file is fetched from its address with the same key.
    text = httpx.get(done.result.url, headers={"authorization": f"Bearer {KEY}"}).text
    assert text.splitlines()[0] == ",".join(names)
    assert text.splitlines()[1].endswith(",9.41,INV-1")
    with pytest.raises(stripe.InvalidRequestError, match="no column"):
        client.v1.reporting.report_runs.create(
            {**wish, "parameters": {**interval, "columns": ["colour"]}}
        )
