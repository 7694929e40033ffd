"""QBO's rotating refresh tokens, and its webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import httpx

from local.simulators.messages import Json
from local.simulators.sample import QBO_APP, QBO_VERIFIER
from tests.unit.simulators.conftest import Bench, make_bench

TOKEN = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"


def refresh(bench: Bench, token: str, **headers: str) -> httpx.Response:
    basic = base64.b64encode(f"{QBO_APP['client_id']}:{QBO_APP['client_secret']}".encode())
    form = {"grant_type": "refresh_token", "refresh_token": token}
    head = {"authorization": f"Basic {basic.decode()}", **headers}
    return bench.http.post(TOKEN, data=form, headers=head)


def first_tokens(bench: Bench) -> Json:
    tokens: Json = bench.seeded["qbo"]["companies"][0]["tokens"]
    return tokens


def test_the_value_changes_after_a_day_and_the_old_one_kills(bench: Bench) -> None:
    old = first_tokens(bench)["refresh_token"]
    bench.base.move(hours=1)
    same = refresh(bench, old).json()
    assert same["refresh_token"] == old
    bench.base.move(hours=24)
    fresh = refresh(bench, old).json()
    assert fresh["refresh_token"] != old
    bench.base.move(hours=1)
    assert refresh(bench, old).json()["error"] == "invalid_grant"
    assert refresh(bench, fresh["refresh_token"]).status_code == 400  # the connection is dead
    realm = bench.sample.clients[0].realm_id
    url = f"https://quickbooks.api.intuit.com/v3/company/{realm}/companyinfo/1"
    head = {"authorization": f"Bearer {fresh['access_token']}"}
    assert bench.http.get(url, headers=head).status_code == 401


def test_two_refreshes_at_once_kill_the_connection(bench: Bench) -> None:
    token = first_tokens(bench)["refresh_token"]
    assert refresh(bench, token).status_code == 200
    bench.base.move(seconds=1)
    assert refresh(bench, token).status_code == 400
    bench.base.move(hours=1)
    assert refresh(bench, token).status_code == 400


def test_hundred_days_and_five_years(bench: Bench) -> None:
    token = first_tokens(bench)["refresh_token"]
    answer = refresh(bench, token, **{"x-include-refresh-token-hard-expires-in": "true"}).json()
    assert answer["x_refresh_token_hard_expires_in"] == 5 * 365 * 86_400
    assert answer["x_refresh_token_expires_in"] == 8_640_000
    assert "x_refresh_token_hard_expires_in" not in first_tokens(bench)
    for _ in range(18):
        bench.base.move(days=99)
        token = refresh(bench, token).json()["refresh_token"]
    bench.base.move(days=60)  # 1,842 days after the first: over five years
    assert refresh(bench, token).json()["error"] == "invalid_grant"
    other = make_bench("2")
    other.base.move(days=101)
    assert refresh(other, first_tokens(other)["refresh_token"]).status_code == 400


def test_wrong_secrets(bench: Bench) -> None:
    head = {"authorization": "Basic " + base64.b64encode(b"x:y").decode()}
    answer = bench.http.post(TOKEN, data={"grant_type": "refresh_token"}, headers=head)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def bills(bench: Bench, count: int = 4) -> None:
    for client in bench.sample.clients:
        for place in range(count):
            body = {"VendorRef": {"value": "56"}, "Line": [{"Amount": place + 1}]}
            bench.qbo.act("create", realm=client.realm_id, entity="Bill", body=body)


def test_notices_come_late_mixed_and_signed() -> None:
    bench = make_bench("3", clients=2)
    bench.qbo.configure({"webhook_batch_seconds": 300})
    bills(bench)
    assert bench.qbo.due_deliveries() == []
    bench.base.move(seconds=300)
    deliveries = bench.qbo.due_deliveries()
    elements = [element for delivery in deliveries for element in json.loads(delivery.body)]
    assert len(elements) == 8
    realms = [element["intuitaccountid"] for element in json.loads(deliveries[0].body)]
    assert len(set(realms)) == 2  # one body, two companies
    assert {element["type"] for element in elements} == {"qbo.bill.created.v1"}
    digest = hmac.new(QBO_VERIFIER.encode(), deliveries[0].body, hashlib.sha256).digest()
    assert deliveries[0].headers["intuit-signature"] == base64.b64encode(digest).decode()


def test_the_classic_envelope(bench: Bench) -> None:
    bench.qbo.configure({"webhook_envelope": "classic"})
    bills(bench, 1)
    bench.base.move(seconds=300)
    (delivery,) = bench.qbo.due_deliveries()
    (notice,) = json.loads(delivery.body)["eventNotifications"]
    assert notice["realmId"] == bench.sample.clients[0].realm_id
    (entity,) = notice["dataChangeEvent"]["entities"]
    assert (entity["name"], entity["operation"]) == ("Bill", "Create")


def test_the_ladder_and_holding_back(bench: Bench) -> None:
    bills(bench, 1)
    bench.base.move(seconds=300)
    (first,) = bench.qbo.due_deliveries()
    bench.qbo.record_delivery_result(first.id, 500)
    bills(bench, 1)
    waits = []
    for _ in range(10):
        row = next(row for row in bench.qbo.outbox.pending() if row["id"] == first.id)
        due = bench.qbo.instant(row["due_at"])
        waits.append((due - bench.base.at).total_seconds())
        bench.base.at = max(due, bench.base.at)
        (again,) = bench.qbo.due_deliveries()  # the later notice is held back
        assert again.id == first.id
        bench.qbo.record_delivery_result(again.id, 503)
    assert waits == [10, 20, 30, 300, 1200, 7200, 14_400, 21_600, 21_600, 21_600]
    bench.base.at += timedelta(hours=6)
    (again,) = bench.qbo.due_deliveries()
    bench.qbo.record_delivery_result(again.id, 200)
    assert len(bench.qbo.due_deliveries()) == 1


def test_notes_and_seeds_are_silent(bench: Bench) -> None:
    body = {"AttachableRef": [], "Note": "n"}
    bench.qbo.act("create", realm=bench.sample.clients[0].realm_id, entity="Attachable", body=body)
    bench.base.move(seconds=301)
    assert bench.qbo.due_deliveries() == []
