"""What the simulators send goes through intake: handshake, signatures, rotation, and the notices in
it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from local.simulators.messages import Delivery as Sent
from local.simulators.sample import PLAID_CLIENT
from rowcol.rails.plaid.keys import RememberedKeys
from rowcol.rails.plaid.webhook import SigningKey, signing_key
from rowcol.rails.plaid.webhook import rail as plaid_rail
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.intake import Answer, Ports, accept
from rowcol.service.intake_ports import Delivery, Endpoint, Notice
from rowcol.service.sweep_request import SweepRequests
from rowcol.storage.inbox_memory import MemoryInbox
from tests.contract.rails.conftest import World
from tests.support.webhooks.ports import Endpoints, rails
from tests.unit.simulators.conftest import make_bench

KEYS = {rail: f"{rail}-simulated-endpoint" for rail in ("ramp", "plaid", "qbo")}


class Receiver:
    """Intake of all rails, reached by whatever the simulators are due to send."""

    def __init__(self, world: World) -> None:
        who = world.who
        self.world = world
        self.source = Endpoints({})
        self.inbox = MemoryInbox()
        secret = (who.ramp_secret,)
        verifier = world.bench.sample.seeds["qbo"]["apps"][0]["verifier_token"]
        self.know(Endpoint("ramp", KEYS["ramp"], "f", "c", secret, business_id=who.business_id))
        self.know(Endpoint("plaid", KEYS["plaid"], "f", "c", environment="production"))
        self.know(Endpoint("qbo", KEYS["qbo"], "f", None, (verifier,)))
        self.rails = {**rails(), "plaid": plaid_rail(RememberedKeys(self.fetch_key))}

    def know(self, endpoint: Endpoint) -> None:
        self.source.known[endpoint.rail, endpoint.endpoint_key] = endpoint

    def fetch_key(self, kid: str) -> SigningKey | None:
        headers = {
            "PLAID-CLIENT-ID": PLAID_CLIENT["client_id"],
            "PLAID-SECRET": PLAID_CLIENT["secret"],
        }
        url = "https://production.plaid.com/webhook_verification_key/get"
        answer = self.world.bench.http.post(url, json={"key_id": kid}, headers=headers)
        return signing_key(answer.json()["key"]) if answer.status_code == 200 else None

    def take(self, rail: str) -> list[tuple[Sent, Answer]]:
        """Everything that rail has to send now."""
        core = getattr(self.world.bench, rail)
        clock = self.world.bench.base
        cache = EndpointCache(self.source, clock)
        ports = Ports(self.rails[rail], cache, self.inbox, SweepRequests(self.inbox), clock)
        taken = []
        for sent in core.due_deliveries():
            headers = {name.lower(): value for name, value in sent.headers.items()}
            answer = accept(Delivery(KEYS[rail], sent.body, headers), ports)
            core.record_delivery_result(sent.id, answer.status)
            taken.append((sent, answer))
        return taken

    def notices(self, rail: str, sent: Sent, now: datetime) -> tuple[Notice, ...]:
        endpoint = self.source.known[rail, KEYS[rail]]
        return self.rails[rail].understand(sent.body, endpoint, now).notices


@pytest.fixture
def world() -> World:
    return World(make_bench())


@pytest.fixture
def receiver(world: World) -> Receiver:
    made = Receiver(world)
    for rail in KEYS:
        made.take(rail)
    return made


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("header", ["X-Ramp-Signature", "X-Ramp-Webhook-Signature"])
def test_ramps_deliveries_in_every_way_they_may_be_signed(
    world: World, receiver: Receiver, encoding: str, header: str
) -> None:
    world.bench.ramp.configure({"signature_encoding": encoding, "signature_header": header})
    world.ramp().set_payment_date(
        world.who.bill_id(1), (world.bench.base.at + timedelta(days=1)).date()
    )
    world.bench.to(world.bench.base.at + timedelta(days=10))
    taken = receiver.take("ramp")
    assert taken
    assert {(answer.status, answer.outcome) for _, answer in taken} == {(200, "stored")}
    assert {answer.scheme for _, answer in taken} == {encoding}
    kinds = {
        notice.type
        for sent, _ in taken
        for notice in receiver.notices("ramp", sent, world.bench.base.at)
    }
    assert "bills.paid" in kinds


def test_ramps_handshake_before_the_secret_is_known(world: World, receiver: Receiver) -> None:
    name = ("ramp", KEYS["ramp"])
    active = receiver.source.known[name]
    receiver.know(replace(active, secrets=(), pending=True))
    made = world.subscriptions().create("https://hooks.example/ramp")
    ((sent, answer),) = receiver.take("ramp")
    assert (answer.status, answer.scheme) == (200, "pending_challenge")
    (notice,) = receiver.notices("ramp", sent, world.bench.base.at)
    assert world.subscriptions().verify(made.subscription_id, notice.details["challenge"]) is True
    assert made.secret is not None
    receiver.know(replace(active, secrets=(active.secrets[0], made.secret)))
    world.ramp().hold(world.who.bill_id(1))
    world.ramp().lift(world.who.bill_id(1))
    world.bench.to(world.bench.base.at + timedelta(days=1))
    assert {answer.status for _, answer in receiver.take("ramp")} <= {200}


def test_a_redelivery_changes_nothing(world: World, receiver: Receiver) -> None:
    world.bench.ramp.faults.add({"kind": "duplicate_webhook", "params": {"copies": 1}})
    world.ramp().set_payment_date(
        world.who.bill_id(1), (world.bench.base.at + timedelta(days=1)).date()
    )
    world.bench.to(world.bench.base.at + timedelta(days=10))
    outcomes = [answer.outcome for _, answer in receiver.take("ramp")]
    assert set(outcomes) == {"stored", "duplicate"}
    assert outcomes.count("stored") == len({key for key in receiver.inbox.items if "/ramp/" in key})


def test_plaids_deliveries_and_a_rotation(world: World, receiver: Receiver) -> None:
    bank = world.bank()
    bank.changes(world.who.item_id, None)
    for expected in ("stored", "stored"):
        world.bench.plaid.act(
            "post_line", account_id=world.who.plaid_account_id, amount="5.00", name="LINE"
        )
        world.bench.plaid.act("poll", item_id=world.who.item_id)
        taken = receiver.take("plaid")
        assert taken
        assert {answer.outcome for _, answer in taken} == {expected}
        world.bench.plaid.act("rotate_key")


def test_intuits_deliveries_in_both_envelopes(world: World, receiver: Receiver) -> None:
    for envelope in ("cloudevents", "classic"):
        world.bench.qbo.configure({"webhook_envelope": envelope})
        body = {
            "VendorRef": {"value": "56"},
            "DocNumber": envelope,
            "Line": [{"Amount": 10.0, "DetailType": "AccountBasedExpenseLineDetail"}],
        }
        assert world.bench.qbo_call("POST", "/bill", body).status_code == 200
        world.bench.to(world.bench.base.at + timedelta(hours=1))
        taken = receiver.take("qbo")
        assert taken
        assert {answer.outcome for _, answer in taken} == {"stored"}
        found = [n for sent, _ in taken for n in receiver.notices("qbo", sent, world.bench.base.at)]
        assert {(notice.type, notice.tenant_id) for notice in found} == {
            ("bill.created", world.who.realm_id)
        }
