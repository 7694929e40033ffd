"""The routes of Ramp's webhook: subscribe anew, how it stands, and who may."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.scope import Scope
from rowcol.edge import webhook_subscriptions
from rowcol.rails.ramp.subscriptions import OLDER_TYPES
from rowcol.rails.ramp.webhook import ACTED_ON
from rowcol.service.ports import RailUnavailable
from tests.support.api import Answer, Web
from tests.support.connecting import OWNER, VIEWER
from tests.support.desk import SCOPE
from tests.unit.service.test_subscriptions import Subscribing

ROUTE = webhook_subscriptions.PATH


class Routes(Subscribing):
    """Asked over the API; the environment is looked up at each call."""

    def ask_webhook(self, method: str, person: str = OWNER, of: Scope = SCOPE) -> Answer:
        web = Web(self.environment, webhook_subscriptions.OPERATIONS, SCOPE.firm)
        return web.call(method, ROUTE, person=person, path={"client": of.client})


@pytest.fixture
def desk() -> Routes:
    return Routes()


def test_it_is_made_and_shown_without_its_secrets(desk: Routes) -> None:
    assert desk.ask_webhook("GET").status == 404
    made = desk.ask_webhook("POST")
    assert (made.status, made.body["state"], made.body["missing"]) == (201, "active", [])
    assert made.headers["Location"] == f"/clients/{SCOPE.client}/connections/ramp/webhook"
    shown = desk.ask_webhook("GET")
    assert (shown.status, shown.body["state"]) == (200, "active")
    assert shown.body["subscription_id"] == desk.ours()["id"]
    for answer in (made, shown):
        told = json.dumps(answer.body)
        for secret in (desk.ours()["secret"], desk.ours()["challenge"], desk.key()):
            assert secret not in told


def test_one_whose_challenge_is_late_is_accepted_and_shown_pending(desk: Routes) -> None:
    desk.delivers = False
    made = desk.ask_webhook("POST")
    assert (made.status, made.body["state"]) == (202, "pending")
    desk.challenge()
    assert desk.ask_webhook("GET").body["state"] == "active"


def test_types_that_the_account_does_not_know_are_shown(
    desk: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.ramp, "has", lambda _business, name: name != "events_2026")
    made = desk.ask_webhook("POST")
    assert made.status == 201
    assert set(made.body["missing"]) == ACTED_ON - set(OLDER_TYPES)


def test_who_may_not_configure_may_look_at_most(desk: Routes) -> None:
    desk.ask_webhook("POST")
    assert desk.ask_webhook("POST", VIEWER).status == 403
    assert desk.ask_webhook("GET", VIEWER).status == 200
    for method in ("GET", "POST"):
        assert desk.ask_webhook(method, "nobody").status in (403, 404)
    assert len(desk.rows()) == 1


def test_what_is_not_connected_or_not_there(desk: Routes) -> None:
    refused = desk.ask_webhook("POST", of=desk.other)
    assert refused.code == "not_connected"
    gone = desk.ask_webhook("POST", of=Scope(SCOPE.firm, "nobody"))
    assert gone.status in (403, 404)


def test_an_installation_without_an_address_says_what_to_set(desk: Routes) -> None:
    connecting = desk.environment.connecting
    assert connecting is not None
    local = replace(connecting, public_url="")
    desk.environment = replace(desk.environment, connecting=local)
    refused = desk.ask_webhook("POST")
    assert refused.code == "not_configured"
    assert "PublicUrl" in refused.body["remedy"]


def test_a_rail_that_does_not_answer_is_said(desk: Routes) -> None:
    def down(_scope: Scope) -> Any:
        raise RailUnavailable("ramp", "503")

    desk.environment = replace(desk.environment, subscribing=down)
    refused = desk.ask_webhook("POST")
    assert refused.code == "rail_unavailable"
