"""Ramp's tokens, scopes and limits."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from local.simulators.sample import RAMP_APP
from tests.unit.simulators.conftest import Bench

TOKEN = "https://api.ramp.com/developer/v1/token"
BILLS = "https://api.ramp.com/developer/v1/bills"
BASIC = base64.b64encode(b"ramp_app_local:ramp_secret_local").decode()


def ask(bench: Bench, basic: str = BASIC, **form: str) -> httpx.Response:
    return bench.http.post(TOKEN, data=form, headers={"authorization": f"Basic {basic}"})


def get(bench: Bench, token: str) -> httpx.Response:
    return bench.http.get(BILLS, headers={"authorization": f"Bearer {token}"})


def consent(bench: Bench, scope: str = "bills:read bills:write") -> dict[str, str]:
    redirect = "https://app.test/back"
    bench.ramp.seed({"apps": [{**RAMP_APP, "redirect_uris": [redirect]}]})
    query = {
        "client_id": RAMP_APP["client_id"],
        "redirect_uri": redirect,
        "scope": scope,
        "state": "s1",
        "response_type": "code",
        "business_id": bench.sample.clients[0].business_id,
    }
    answer = bench.http.get("https://app.ramp.com/v1/authorize", params=query)
    assert answer.status_code == 302
    fields = parse_qs(urlsplit(answer.headers["location"]).query)
    return {key: values[0] for key, values in fields.items()}


def test_code_refresh_and_expiry(bench: Bench) -> None:
    back = consent(bench)
    assert back["state"] == "s1"
    form = {
        "grant_type": "authorization_code",
        "code": back["code"],
        "redirect_uri": "https://app.test/back",
    }
    issued = ask(bench, **form).json()
    assert issued["expires_in"] == 3600
    assert ask(bench, **form).status_code == 400  # a code works once
    assert get(bench, issued["access_token"]).status_code == 200
    bench.base.move(seconds=3600)
    assert get(bench, issued["access_token"]).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    renewed = ask(bench, **refresh).json()
    assert get(bench, renewed["access_token"]).status_code == 200
    assert renewed["refresh_token"] == issued["refresh_token"]  # not rotated


def test_a_code_dies_after_ten_minutes(bench: Bench) -> None:
    back = consent(bench)
    bench.base.move(seconds=601)
    form = {
        "grant_type": "authorization_code",
        "code": back["code"],
        "redirect_uri": "https://app.test/back",
    }
    assert ask(bench, **form).status_code == 400


def test_one_wrong_scope_spoils_the_whole_consent(bench: Bench) -> None:
    assert consent(bench, "bills:read payments:write")["error"] == "invalid_scope"


def test_client_credentials_last_ten_days_and_scopes_are_checked_late(bench: Bench) -> None:
    business = bench.sample.clients[0].business_id
    bench.ramp.seed({"apps": [{**RAMP_APP, "business_id": business}]})
    issued = ask(bench, grant_type="client_credentials", scope="vendors:read").json()
    assert issued["expires_in"] == 864_000
    assert "refresh_token" not in issued
    refused = get(bench, issued["access_token"])
    assert refused.status_code == 403
    assert refused.json()["error_v2"]["error_code"] == "DEVELOPER_7100"
    bare = ask(bench, grant_type="client_credentials").json()
    assert get(bench, bare["access_token"]).status_code == 403


def test_wrong_secret_and_json_bodies_are_refused(bench: Bench) -> None:
    wrong = base64.b64encode(b"ramp_app_local:guess").decode()
    assert ask(bench, wrong, grant_type="client_credentials").status_code == 401
    headers = {"authorization": f"Basic {BASIC}"}
    body = {"grant_type": "client_credentials"}
    assert bench.http.post(TOKEN, json=body, headers=headers).status_code == 422


def test_tokens_reach_their_own_business_only(bench: Bench) -> None:
    other = bench.ramp.seed({"businesses": [{"name": "B", "connect_to": "ramp_app_local"}]})
    token = other["businesses"][0]["tokens"]["access_token"]
    assert get(bench, token).json()["data"] == []
    mine = bench.sample.clients[0].bill_id(1)
    headers = {"authorization": f"Bearer {token}"}
    assert bench.http.get(f"{BILLS}/{mine}", headers=headers).status_code == 404


def test_revoked_tokens_die_and_a_client_can_leave(bench: Bench) -> None:
    client = bench.sample.clients[0]
    issued = bench.ramp.oauth.connect("ramp_app_local", client.business_id, ["bills:read"])
    bench.ramp.faults.add({"kind": "revoke_token", "times": 1})
    assert get(bench, issued["access_token"]).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    assert ask(bench, **refresh).status_code == 200
    bench.ramp.act("revoke_business", business_id=client.business_id)
    assert ask(bench, **refresh).status_code == 400


def test_two_hundred_calls_in_ten_seconds(bench: Bench) -> None:
    statuses = [bench.ramp_call("GET", "/business/balance").status_code for _ in range(201)]
    assert statuses == [403] * 200 + [429]  # without the scope, but each call counts
    bench.base.move(seconds=9)
    assert bench.ramp_call("GET", "/bills").status_code == 429  # and extends the wait
    bench.base.move(seconds=9)
    assert bench.ramp_call("GET", "/bills").status_code == 200


@pytest.mark.parametrize("kind", ["timeout_with_effect", "timeout_without_effect"])
def test_a_504_comes_after_sixty_seconds_with_or_without_the_effect(
    bench: Bench, kind: str
) -> None:
    key = bench.sample.clients[0].bill_id(1)
    bench.ramp.faults.add({"kind": kind, "times": 1, "match": {"bill_id": key}})
    answer = bench.ramp_call("PATCH", f"/bills/{key}", {"payment_date": "2026-11-09"})
    assert answer.status_code == 504
    assert bench.paused == [60.0]
    state = bench.ramp_call("GET", f"/bills/{key}").json()["status_summary"]
    happened = kind == "timeout_with_effect"
    assert state == ("PAYMENT_SCHEDULED" if happened else "PAYMENT_READY")


def test_an_impatient_client_sees_a_read_timeout(bench: Bench) -> None:
    key = bench.sample.clients[0].bill_id(1)
    bench.http.timeout = 10.0
    bench.ramp.faults.add({"kind": "timeout_with_effect", "times": 1})
    with pytest.raises(httpx.ReadTimeout):
        bench.ramp_call("PATCH", f"/bills/{key}", {"payment_date": "2026-11-09"})
    bench.ramp.faults.add({"kind": "disconnect_without_effect", "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        bench.ramp_call("PATCH", f"/bills/{key}", {"payment_date": None})
    state = bench.ramp_call("GET", f"/bills/{key}").json()["status_summary"]
    assert state == "PAYMENT_SCHEDULED"
