"""Ramp's webhook subscription: the handshake in any order, its loss, and who else is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.rails.ramp.webhook import RAIL
from rowcol.service.apply_event import apply_rows
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake import Ports, accept
from rowcol.service.intake_ports import Delivery, Endpoint
from rowcol.service.subscription_watch import LOOKED_AT_EVERY, look_at_subscription
from rowcol.service.subscriptions import CHALLENGE_FOR, hear_challenge, subscribe
from rowcol.service.sweep_request import SweepRequests
from rowcol.storage.inbox_memory import MemoryInbox
from rowcol.wiring_rails import RailsOfClients
from tests.support.connecting import OWNER, ConnectingDesk
from tests.support.connecting_stubs import PUBLIC_URL
from tests.support.desk import SCOPE

WHO = Actor(ActorKind.PERSON, OWNER)


class Directory:
    """Endpoints as intake sees them, without a memory."""

    def __init__(self, desk: Subscribing) -> None:
        self.desk = desk

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        return self.desk.endpoints.read(rail, endpoint_key)

    def refresh(self, rail: str, endpoint_key: str) -> Endpoint | None:
        return None


class Subscribing(ConnectingDesk):
    """Bluebird, connected to Ramp. `delivers`: its challenge comes as soon as anybody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.connect("ramp")
        rails: Any = self.environment.rails
        assert isinstance(rails, RailsOfClients)
        self.environment = replace(self.environment, subscribing=rails.subscriptions)
        self.inbox = MemoryInbox()
        self.delivers = True
        pause = self.clock.pause

        def waited(seconds: float) -> None:
            pause(seconds)
            if self.delivers:
                self.challenge()

        surroundings = replace(self.environment.surroundings, pause=waited)
        self.environment = replace(self.environment, surroundings=surroundings)

    def subscribe(self) -> Subscription | Refusal:
        return subscribe(self.environment, SCOPE, WHO)

    def rows(self) -> dict[str, Any]:
        found: dict[str, Any] = dict(self.ramp.document.rows("subscriptions"))
        return found

    def ours(self) -> dict[str, Any]:
        [row] = [row for row in self.rows().values() if row["endpoint_url"].startswith(PUBLIC_URL)]
        found: dict[str, Any] = row
        return found

    def challenge(self) -> int:
        """Ramp posts the challenge of its newest subscription, unsigned; it is applied."""
        body = {"type": "webhooks.verification", "challenge": self.ours()["challenge"]}
        return self.deliver(body)

    def deliver(self, body: dict[str, Any]) -> int:
        ports = Ports(RAIL, Directory(self), self.inbox, SweepRequests(self.inbox), self.clock)
        answer = accept(Delivery(self.key(), json.dumps(body).encode(), {}), ports)
        if answer.inbox_key is not None:
            apply_rows(self.environment, self.inbox, self.understand, [answer.inbox_key])
        return answer.status

    def understand(self, row: InboxRow) -> Any:
        endpoint = self.endpoints.read(row.rail, row.endpoint_key)
        assert endpoint is not None
        pending = replace(endpoint, pending=True, pending_until=None)
        return RAIL.understand(row.body, pending, row.received_at)

    def key(self) -> str:
        address = self.books.get(WebhookAddress, "ramp")
        assert address is not None
        return address.endpoint_key

    def endpoint(self) -> Endpoint:
        found = self.endpoints.read("ramp", self.key())
        assert found is not None
        return found

    def mine(self) -> Subscription:
        found = self.books.get(Subscription, "ramp")
        assert found is not None
        return found

    def look(self) -> str | None:
        return look_at_subscription(self.environment, SCOPE, always=True)

    def item(self) -> TrayItem | None:
        found = self.books.get(TrayItem, tray_id("connection-ramp", "webhook_subscription"))
        return found if found is not None and found.state is TrayState.OPEN else None


@pytest.fixture
def desk() -> Subscribing:
    return Subscribing()


def test_the_handshake_makes_it_active(desk: Subscribing) -> None:
    made = desk.subscribe()
    assert isinstance(made, Subscription)
    assert made.state is Handshake.ACTIVE
    assert desk.ours()["status"] == "active"
    endpoint = desk.endpoint()
    assert endpoint.secrets == (desk.ours()["secret"],)
    assert endpoint.business_id == desk.stored("ramp").tenant_id
    assert not endpoint.pending
    assert desk.mine().challenge is None
    seen = desk.stored("ramp").webhook
    assert seen is not None
    assert seen.state == "active"
    assert desk.item() is None
    told = [entry for entry in desk.books.entries() if "webhook" in entry.type]
    assert [(entry.type, entry.actor.id) for entry in told] == [
        ("connection.webhook_seen", "rowcol"),
        ("connection.webhook_subscribed", OWNER),
    ]
    assert desk.ours()["secret"] not in str(told)


def test_a_challenge_that_comes_before_the_answer_is_kept(desk: Subscribing) -> None:
    """Ramp may post it before its answer has told us the id."""
    rails: Any = desk.environment.rails

    def early(scope: Any) -> Any:
        rail = rails.subscriptions(scope)
        create = rail.create

        def creating(url: str) -> Any:
            made = create(url)
            assert desk.challenge() == 200  # our answer is still on its way
            assert desk.mine().subscription_id is None
            return made

        rail.create = creating
        return rail

    desk.delivers = False
    desk.environment = replace(desk.environment, subscribing=early)
    made = desk.subscribe()
    assert isinstance(made, Subscription)
    assert made.state is Handshake.ACTIVE


def test_one_that_comes_late_is_handed_back_when_it_comes(desk: Subscribing) -> None:
    desk.delivers = False
    made = desk.subscribe()
    assert isinstance(made, Subscription)
    assert made.state is Handshake.PENDING
    item = desk.item()
    assert item is not None
    assert item.found == "pending_verification"
    assert desk.challenge() == 200
    assert desk.mine().state is Handshake.ACTIVE
    assert desk.ours()["status"] == "active"
    assert desk.item() is None


def test_an_unsigned_challenge_is_taken_only_while_one_is_waited_for(desk: Subscribing) -> None:
    desk.delivers = False
    desk.subscribe()
    desk.clock.pause(CHALLENGE_FOR.total_seconds())
    assert desk.challenge() == 401
    desk.delivers = True
    desk.subscribe()
    assert desk.challenge() == 401  # active by now
    assert hear_challenge(desk.environment, SCOPE, "x") == "ignored:no_subscription_pending"


def test_subscribing_again_ends_the_former_one_and_its_secret_still_verifies(
    desk: Subscribing,
) -> None:
    desk.subscribe()
    first = desk.ours()["secret"]
    desk.subscribe()
    assert len(desk.rows()) == 1
    assert desk.endpoint().secrets == (desk.ours()["secret"], first)


def test_a_lost_answer_is_found_and_replaced(desk: Subscribing) -> None:
    """Ramp made it and our process died: its secret is lost, so the next one takes its place."""
    desk.delivers = False
    rails: Any = desk.environment.rails

    class Died(Exception):
        """The process ends."""

    def dying(scope: Any) -> Any:
        rail = rails.subscriptions(scope)
        create = rail.create

        def creating(url: str) -> Any:
            create(url)
            raise Died

        rail.create = creating
        return rail

    desk.environment = replace(desk.environment, subscribing=dying)
    with pytest.raises(Died):
        desk.subscribe()
    desk.environment = replace(desk.environment, subscribing=rails.subscriptions)
    assert desk.look() == "missing"
    desk.delivers = True
    made = desk.subscribe()
    assert isinstance(made, Subscription)
    assert made.state is Handshake.ACTIVE
    assert len(desk.rows()) == 1
    assert desk.look() == "active"


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda rows, row: rows.clear(), "missing"),
        (lambda rows, row: row.update(status="inactive"), "inactive"),
        (lambda rows, row: row.update(status="somehow"), "inactive"),
        (lambda rows, row: row.update(endpoint_url="https://elsewhere.example/x"), "foreign"),
    ],
    ids=["missing", "inactive", "unknown", "foreign"],
)
def test_what_is_wrong_is_in_the_tray_until_it_is_right(
    desk: Subscribing, harm: Any, found: str
) -> None:
    desk.subscribe()
    assert desk.look() == "active"
    kept = {key: dict(row) for key, row in desk.rows().items()}
    rows = {key: dict(row) for key, row in desk.rows().items()}
    harm(rows, next(iter(rows.values())))
    for key in kept:
        desk.ramp.document.delete("subscriptions", key)
    for key, row in rows.items():
        desk.ramp.document.put("subscriptions", key, row)
    assert desk.look() == found
    item = desk.item()
    assert item is not None
    assert (item.found, item.severity.value) == (found, "high")
    assert item.link == "/clients/bluebird/connections"
    for key, row in kept.items():
        desk.ramp.document.put("subscriptions", key, row)
    assert desk.look() == "active"
    assert desk.item() is None


def test_somebody_elses_address_beside_ours_is_told(desk: Subscribing) -> None:
    desk.subscribe()
    other = {**desk.ours(), "id": "other", "endpoint_url": "https://elsewhere.example/x"}
    desk.ramp.document.put("subscriptions", "other", other)
    assert desk.look() == "foreign"


def test_it_is_looked_at_some_times_a_day(desk: Subscribing) -> None:
    desk.subscribe()
    assert look_at_subscription(desk.environment, SCOPE) == "active"
    assert look_at_subscription(desk.environment, SCOPE) is None
    desk.clock.pause(LOOKED_AT_EVERY.total_seconds())
    assert look_at_subscription(desk.environment, SCOPE) == "active"


def test_without_a_connection_or_a_public_address_there_is_none(desk: Subscribing) -> None:
    connecting = desk.environment.connecting
    assert connecting is not None
    local = replace(desk.environment, connecting=replace(connecting, public_url="http://x"))
    refused = subscribe(local, SCOPE, WHO)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.NOT_CONFIGURED
    refused = subscribe(desk.environment, desk.other, WHO)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.NOT_CONNECTED
