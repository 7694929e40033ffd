"""Intuit's consent and tokens."""

from __future__ import annotations

import json

import httpx
import pytest

from rowcol.rails.oauth import App
from rowcol.rails.qbo.oauth import QboTokens, consent_url, token_site
from rowcol.service.ports import (
    ConnectionBroken,
    RailProtocolError,
    RailUnavailable,
)
from tests.support.rails.scripted import Script, answer

APP = App("the-client", "the-secret")
TOKEN_URL = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"


def tokens(script: Script) -> QboTokens:
    where, path = token_site(TOKEN_URL)
    return QboTokens(script.http(where), path, APP)


def test_a_refresh_gives_a_new_refresh_token_and_all_its_ends() -> None:
    body = {
        "token_type": "bearer",
        "access_token": "a",
        "expires_in": 3600,
        "refresh_token": "next",
        "x_refresh_token_expires_in": 8640000,
        "x_refresh_token_hard_expires_in": 157680000,
    }
    script = Script([answer(200, body)])
    grant = tokens(script).refresh("r-1")
    assert (grant.access_token, grant.refresh_token) == ("a", "next")
    assert grant.refresh_expires_at is not None
    assert grant.connection_ends_at is not None
    assert (grant.connection_ends_at - grant.refresh_expires_at).days == 1725
    request = script.requests[0]
    assert str(request.url) == TOKEN_URL
    assert request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert request.content == b"grant_type=refresh_token&refresh_token=r-1"


@pytest.mark.parametrize(
    ("status", "code"), [(400, "invalid_grant"), (401, "invalid_client"), (400, "unknown")]
)
def test_a_refused_refresh_is_final(status: int, code: str) -> None:
    body = {} if code == "unknown" else {"error": code, "error_description": "secret things"}
    script = Script([answer(status, body)])
    with pytest.raises(ConnectionBroken) as broken:
        tokens(script).refresh("r-1")
    assert broken.value.code == code
    assert "secret things" not in str(broken.value)
    assert len(script.requests) == 1


def test_a_refresh_without_an_answer_is_not_repeated_here() -> None:
    script = Script([httpx.ReadTimeout("slow")])
    with pytest.raises(RailUnavailable):
        tokens(script).refresh("r-1")
    assert len(script.requests) == 1
    with pytest.raises(RailProtocolError):
        tokens(Script([answer(404, {})])).exchange("c", "https://app.example/back")


def test_where_consent_is_given_and_tokens_are_granted() -> None:
    url = httpx.URL(consent_url(APP, "https://app.example/back", "state-1"))
    assert url.host == "appcenter.intuit.com"
    assert json.dumps(dict(url.params)).count("state-1") == 1
    with pytest.raises(RailProtocolError):
        token_site("https://evil.example/oauth2/v1/tokens/bearer")
    assert token_site("http://127.0.0.1:9/oauth2/v1/tokens/bearer")[1] == "/oauth2/v1/tokens/bearer"
