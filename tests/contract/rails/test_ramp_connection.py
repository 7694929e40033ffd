"""Ramp's consent, tokens and webhook subscriptions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rowcol.rails.oauth import App
from rowcol.rails.ramp.client import site
from rowcol.rails.ramp.oauth import RampTokens, consent_url
from rowcol.rails.ramp.subscriptions import RampSubscriptions
from rowcol.service.ports import (
    ConnectionBroken,
    RailProtocolError,
    RailUnavailable,
)
from tests.support.rails.clients import RAMP_BASE
from tests.support.rails.ramp import error
from tests.support.rails.scripted import Script, Tokens, answer

APP = App("the client", "se:cret")


def grants(script: Script) -> RampTokens:
    return RampTokens(script.http(site(RAMP_BASE)), APP)


def test_the_consent_page_is_ramps_own() -> None:
    url = httpx.URL(consent_url(RAMP_BASE, APP, "https://app.example/back", "state-1"))
    assert (url.host, url.path) == ("demo.ramp.com", "/v1/authorize")
    assert url.params["client_id"] == "the client"
    assert "bills:write" in url.params["scope"]
    assert "vendors:write" not in url.params["scope"]


def test_a_code_becomes_tokens() -> None:
    token = {
        "access_token": "a",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "x y",
        "refresh_token": "r",
    }
    script = Script([answer(200, token)])
    grant = grants(script).exchange("the-code", "https://app.example/back")
    assert (grant.access_token, grant.refresh_token, grant.scopes) == ("a", "r", ("x", "y"))
    assert (grant.access_expires_at - script.surroundings().clock.now()).total_seconds() == 3600
    request = script.requests[0]
    assert request.headers["authorization"].startswith("Basic ")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"grant_type=authorization_code" in request.content
    assert "a'" not in repr(grant)
    assert "se:cret" not in repr(APP)


def test_refresh_credentials_revoke() -> None:
    token = {"access_token": "a", "expires_in": 864000, "refresh_token_expires_in": 60}
    script = Script([answer(200, token), answer(200, token), answer(200, {})])
    tokens = grants(script)
    assert tokens.refresh("r").refresh_token is None
    assert tokens.client_credentials().refresh_expires_at is not None
    tokens.revoke("a")
    assert b"scope=" in script.requests[1].content
    assert script.requests[2].url.path == "/developer/v1/token/revoke"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(400, {"error": "invalid_grant"}), ConnectionBroken),
        (answer(401, {}), ConnectionBroken),
        (answer(404, {}), RailProtocolError),
        (answer(503, {}), RailUnavailable),
        (httpx.ReadTimeout("x"), RailUnavailable),
        (answer(200, {"access_token": "a"}), RailProtocolError),
    ],
)
def test_refused_grants(reply: Any, kind: type[Exception]) -> None:
    script = Script([reply])
    with pytest.raises(kind):
        grants(script).refresh("r")
    assert len(script.requests) == 1


SUBSCRIPTION = {
    "id": "sub-1",
    "business_id": "biz",
    "endpoint_url": "https://x.example/",
    "status": "pending_verification",
    "secret": "ramp_sec_x",
}


def subscriptions(script: Script) -> RampSubscriptions:
    return RampSubscriptions(script.http(site(RAMP_BASE)), Tokens())


def test_subscribing_falls_back_to_what_older_accounts_know() -> None:
    refusal = answer(422, error("DEVELOPER_7001", "unknown", event_types=["bad"]))
    script = Script([refusal, answer(201, SUBSCRIPTION)])
    made = subscriptions(script).create("https://x.example/")
    assert (made.subscription_id, made.secret, made.status) == (
        "sub-1",
        "ramp_sec_x",
        "pending_verification",
    )
    assert "payments.updated" in made.missing
    assert "ramp_sec_x" not in repr(made)
    full = subscriptions(Script([answer(201, SUBSCRIPTION)])).create("https://x.example/")
    assert full.missing == ()


def test_subscriptions_are_verified_listed_and_ended() -> None:
    rows = [{**SUBSCRIPTION, "status": "active", "secret": None}]
    script = Script(
        [
            answer(200, {"success": True}),
            answer(200, rows),
            answer(200, {"data": rows, "page": {"next": None}}),
            answer(200, {}),
            answer(204, None),
            answer(404, {}),
        ]
    )
    rail = subscriptions(script)
    assert rail.verify("sub-1", "challenge") is True
    assert script.body(0) == {"challenge": "challenge"}
    assert [row.status for row in rail.all()] == ["active"]
    assert [row.status for row in rail.all()] == ["active"]
    with pytest.raises(RailProtocolError):
        rail.all()
    rail.delete("sub-1")
    rail.delete("sub-1")
    with pytest.raises(RailProtocolError):
        rail.delete("../x")


def test_a_challenge_that_was_not_taken_is_no_success() -> None:
    rail = subscriptions(Script([answer(200, {"success": False}), answer(400, {})]))
    assert rail.verify("sub-1", "challenge") is False
    assert rail.verify("sub-1", "challenge") is False


@pytest.mark.parametrize("status", [400, 404])
def test_subscription_refusals(status: int) -> None:
    script = Script([answer(status, {})], endless=True)
    with pytest.raises(RailProtocolError):
        subscriptions(script).create("https://x.example/")
    with pytest.raises(RailProtocolError):
        subscriptions(script).all()
    assert subscriptions(script).verify("sub-1", "c") is False


NEXT = f"{RAMP_BASE}/developer/v1/webhooks?start=sub-1"


def page_of(name: str, following: str | None) -> dict[str, object]:
    row = {**SUBSCRIPTION, "id": name, "status": "active", "secret": None}
    return {"data": [row], "page": {"next": following}}


def test_every_page_of_subscriptions_is_read() -> None:
    script = Script([answer(200, page_of("sub-1", NEXT)), answer(200, page_of("sub-2", None))])
    assert [row.subscription_id for row in subscriptions(script).all()] == ["sub-1", "sub-2"]
    assert [str(request.url.query, "ascii") for request in script.requests] == ["", "start=sub-1"]


@pytest.mark.parametrize(
    "following", [NEXT, "https://evil.example/developer/v1/webhooks?start=x", 7]
)
def test_pages_of_subscriptions_end_and_stay_at_the_rail(following: object) -> None:
    first = page_of("sub-1", NEXT)
    script = Script(
        [answer(200, first), answer(200, {**first, "page": {"next": following}})], endless=True
    )
    with pytest.raises(RailProtocolError):
        subscriptions(script).all()
    assert len(script.requests) == 2
