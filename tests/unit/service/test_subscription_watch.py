"""A subscription of Ramp that is lost is made anew; one that ends with its client is deleted."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.connection import Connection
from rowcol.domain.scope import Scope
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.edge import webhook_subscriptions
from rowcol.service.environment import Environment
from rowcol.service.ports import RailUnavailable
from rowcol.service.subscription_watch import (
    LOOKED_AT_EVERY,
    look_at_subscription,
    mend_subscription,
    sends_nothing,
)
from rowcol.service.subscriptions import CHALLENGE_FOR
from tests.support.desk import SCOPE
from tests.unit.service.test_subscriptions import Subscribing

JOB = {"step": "mend_subscription", "firm": SCOPE.firm, "client": SCOPE.client}


class Mending(Subscribing):
    """`watch` is reconciliation's process: it may ask, and not write secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Scope] = []
        self.watching: Environment = replace(
            self.environment, connecting=None, resubscribing=self.asked.append
        )

    def watch(self) -> str | None:
        return look_at_subscription(self.watching, SCOPE, always=True)

    def lose(self) -> None:
        for key in list(self.rows()):
            self.ramp.document.delete("subscriptions", key)

    def rail(self, **replaced: Any) -> None:
        """Some of the rail's calls are others."""
        rails: Any = self.environment.rails

        def made(scope: Scope) -> Any:
            rail = rails.subscriptions(scope)
            for name, call in replaced.items():
                setattr(rail, name, call(getattr(rail, name)))
            return rail

        self.environment = replace(self.environment, subscribing=made)
        self.watching = replace(self.watching, subscribing=made)


@pytest.fixture
def desk() -> Mending:
    return Mending()


@pytest.mark.parametrize("found", ["missing", "inactive"])
def test_what_is_lost_is_asked_for_and_made_anew(desk: Mending, found: str) -> None:
    desk.subscribe()
    first = desk.mine().subscription_id
    if found == "missing":
        desk.lose()
    else:
        row = {**desk.ours(), "status": "inactive"}
        desk.ramp.document.put("subscriptions", row["id"], row)
    assert desk.watch() == found
    assert desk.asked == [SCOPE]
    assert sends_nothing(desk.environment, SCOPE)
    assert desk.item() is not None
    assert webhook_subscriptions.mend(desk.environment, JOB) == {"state": "active"}
    assert desk.item() is None
    assert not sends_nothing(desk.environment, SCOPE)
    second = desk.mine().subscription_id
    assert second != first
    # Asked twice, it is made once.
    assert mend_subscription(desk.environment, SCOPE) == "active"
    assert desk.mine().subscription_id == second
    assert desk.watch() == "active"
    assert desk.asked == [SCOPE]


def test_a_client_connected_before_there_were_subscriptions_is_looked_at(desk: Mending) -> None:
    assert desk.books.get(Subscription, "ramp") is None
    assert look_at_subscription(desk.environment, SCOPE) is None  # where nobody may ask
    assert desk.watch() == "missing"
    assert desk.asked == [SCOPE]
    assert mend_subscription(desk.environment, SCOPE) == "active"
    assert len(desk.rows()) == 1
    assert look_at_subscription(desk.watching, desk.other) is None  # never connected


def test_one_that_is_under_way_is_let_be(desk: Mending) -> None:
    desk.delivers = False
    desk.subscribe()
    assert desk.watch() == "pending_verification"
    assert desk.asked == []
    desk.clock.pause(CHALLENGE_FOR.total_seconds())
    assert desk.watch() == "pending_verification"
    assert desk.asked == [SCOPE]


def test_somebody_elses_address_is_for_a_person(desk: Mending) -> None:
    desk.subscribe()
    other = {**desk.ours(), "id": "other", "endpoint_url": "https://elsewhere.example/x"}
    desk.ramp.document.put("subscriptions", "other", other)
    assert desk.watch() == "foreign"
    assert desk.asked == []
    assert sends_nothing(desk.environment, SCOPE)


def test_it_is_asked_for_at_most_once_a_look(desk: Mending) -> None:
    desk.subscribe()
    desk.lose()
    for _ in range(12):
        look_at_subscription(desk.watching, SCOPE)
        desk.clock.pause(timedelta(hours=1).total_seconds())
    assert len(desk.asked) == timedelta(hours=12) / LOOKED_AT_EVERY


def test_a_refusal_is_told_and_stays_told(desk: Mending, caplog: pytest.LogCaptureFixture) -> None:
    def refusing(_call: Any) -> Any:
        def create(_url: str) -> Any:
            raise RailUnavailable("ramp", "503")

        return create

    desk.subscribe()
    desk.lose()
    desk.watch()
    desk.rail(create=refusing)
    with caplog.at_level(logging.WARNING):
        assert mend_subscription(desk.environment, SCOPE) == "rail_unavailable"
    assert "not mended" in caplog.text
    assert desk.item() is not None
    assert sends_nothing(desk.environment, SCOPE)


def test_a_lost_answer_to_the_challenge_is_read_from_the_list(desk: Mending) -> None:
    """Ramp has verified it and we never heard: a second time it refuses the challenge."""
    answers: list[bool] = []

    def losing(call: Any) -> Any:
        def verify(subscription_id: str, challenge: str) -> bool:
            answers.append(call(subscription_id, challenge))
            if len(answers) == 1:
                raise RailUnavailable("ramp", "read timeout")
            return answers[-1]

        return verify

    desk.rail(verify=losing)
    desk.subscribe()
    assert desk.ours()["status"] == "active"
    assert answers == [True, False]
    assert desk.mine().state is Handshake.ACTIVE
    assert desk.watch() == "active"
    assert desk.asked == []


# ---- the end


def disconnect(desk: Mending) -> None:
    desk.web = replace(desk.web, environment=desk.environment)
    answer = desk.ask("POST", "/ramp/disconnect", shown_at=desk.clock.now())
    assert answer.status == 200


def test_a_disconnection_deletes_it_at_the_rail(desk: Mending) -> None:
    desk.subscribe()
    other = {**desk.ours(), "id": "other", "endpoint_url": "https://elsewhere.example/x"}
    desk.ramp.document.put("subscriptions", "other", other)
    disconnect(desk)
    assert list(desk.rows()) == ["other"]
    assert desk.mine().state is Handshake.ENDED
    assert desk.item() is None
    assert desk.watch() is None
    assert not sends_nothing(desk.environment, SCOPE)


def test_what_could_not_be_deleted_is_told_until_it_is_connected_again(desk: Mending) -> None:
    desk.subscribe()

    def refusing(_call: Any) -> Any:
        def every() -> Any:
            raise RailUnavailable("ramp", "503")

        return every

    rails: Any = desk.environment.rails
    desk.rail(all=refusing)
    disconnect(desk)
    item = desk.item()
    assert item is not None
    assert (item.found, item.severity.value) == ("left_at_rail", "low")
    found = desk.books.get(Connection, "ramp")
    assert found is not None
    assert not found.is_usable
    desk.environment = replace(desk.environment, subscribing=rails.subscriptions)
    desk.connect("ramp")
    desk.subscribe()
    assert desk.item() is None
    assert len(desk.rows()) == 1  # what was left at the same address is gone
