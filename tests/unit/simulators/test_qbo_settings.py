"""QBO's open points as settings, its fault switches, and limits that count by realm and app."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from local.simulators.messages import Json
from local.simulators.sample import QBO_APP
from tests.unit.simulators.conftest import Bench, make_bench
from tests.unit.simulators.test_qbo import fault, new_bill, pay, realm

NOTHING: Json = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Bill"}]}


def call(bench: Bench, path: str = "/companyinfo/1", place: int = 0) -> httpx.Response:
    client = bench.sample.clients[place]
    issued = bench.qbo.oauth.connect(QBO_APP["client_id"], client.realm_id)
    headers = {"authorization": f"Bearer {issued['access_token']}"}
    url = f"https://quickbooks.api.intuit.com/v3/company/{client.realm_id}{path}"
    return bench.http.get(url, headers=headers)


def test_slow_calls_occupy_their_place(bench: Bench) -> None:
    bench.qbo.faults.add({"kind": "delay", "params": {"seconds": 30}})
    statuses = []
    for _ in range(11):
        statuses.append(call(bench).status_code)
        bench.base.move(seconds=1)
    assert statuses == [200] * 10 + [429]
    bench.base.move(seconds=20)
    assert call(bench).status_code == 200


def test_a_call_is_cut_after_two_minutes(bench: Bench) -> None:
    bench.qbo.faults.add({"kind": "delay", "times": 1, "params": {"seconds": 600}})
    bench.http.timeout = httpx.Timeout(300)
    assert call(bench).status_code == 504
    assert bench.paused == [120.0]


def test_limits_count_for_each_company() -> None:
    bench = make_bench("4", clients=2)
    assert [call(bench).status_code for _ in range(10)] == [200] * 10
    assert call(bench).status_code == 429
    assert call(bench, place=1).status_code == 200


def test_batches_have_limits_of_their_own_and_count_each_query(bench: Bench) -> None:
    statuses = []
    for _ in range(41):
        statuses.append(bench.qbo_call("POST", "/batch", NOTHING).status_code)
        bench.base.move(seconds=1)
    assert statuses == [200] * 40 + [429]
    assert bench.qbo.metering()["used"] == 40
    two = {"BatchItemRequest": [{**NOTHING["BatchItemRequest"][0], "bId": str(n)} for n in (1, 2)]}
    bench.base.move(minutes=2)
    bench.qbo_call("POST", "/batch", two)
    assert bench.qbo.metering()["used"] == 42
    bench.qbo.configure({"batch_metering": "one"})
    bench.qbo_call("POST", "/batch", two)
    assert bench.qbo.metering()["used"] == 43
    bench.qbo.configure({"coreplus_monthly_limit": 43})
    assert bench.qbo_call("POST", "/batch", two).status_code == 429


def test_the_429_as_it_is_set(bench: Bench) -> None:
    bench.qbo.configure({"throttle_body": "json", "retry_after_seconds": 60})
    bench.qbo.faults.add({"kind": "throttle", "times": 1})
    answer = call(bench)
    assert (answer.headers["retry-after"], answer.json()["Fault"]["type"]) == ("60", "SERVICE")


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("token_expired", 401, "3200"), ("wrong_company", 403, "3100")],
)
def test_the_gateway_in_both_spellings(bench: Bench, kind: str, status: int, code: str) -> None:
    bench.qbo.faults.add({"kind": kind, "times": 2})
    lower = call(bench)
    assert (lower.status_code, lower.json()["fault"]["error"][0]["code"]) == (status, code)
    bench.qbo.configure({"gateway_keys": "upper"})
    upper = call(bench)
    assert (upper.status_code, upper.json()["Fault"]["Error"][0]["code"]) == (status, code)
    assert call(bench).status_code == 200


def test_any_fault_on_demand_is_used_up(bench: Bench) -> None:
    closed = {"code": "5010", "message": "Account Period Closed"}
    bench.qbo.faults.add({"kind": "refuse", "times": 1, "params": closed})
    bench.qbo.faults.add({"kind": "refuse", "times": 1, "params": {"code": "5010"}})
    assert fault(call(bench))[1:] == ("5010", "Account Period Closed")
    assert fault(call(bench))[1:] == ("5010", "Stale Object Error")
    assert call(bench).status_code == 200
    bench.qbo.faults.add({"kind": "silent_noop", "times": 1})
    assert call(bench).json()["BatchItemResponse"] == []


def test_a_user_who_left(bench: Bench) -> None:
    bench.qbo.act("remove_user", realm=realm(bench))
    assert fault(call(bench))[:2] == (401, "120")
    bench.qbo.act("remove_user", realm=realm(bench), removed=False)
    assert call(bench).status_code == 200


def test_how_long_a_request_id_is_remembered(bench: Bench) -> None:
    def note() -> str:
        body = {"Note": "n", "AttachableRef": []}
        made = bench.qbo_call("POST", "/attachable", body, {"requestid": "r-1"})
        return str(made.json()["Attachable"]["Id"])

    first = note()
    bench.base.move(hours=23)
    assert note() == first
    bench.base.move(hours=2)
    assert note() != first
    long = bench.qbo_call("POST", "/attachable", {"Note": "n"}, {"requestid": "x" * 51})
    assert fault(long)[1] == "2050"


def test_the_feed_before_its_window(bench: Bench) -> None:
    new_bill(bench)
    params = {"entities": "Bill,Attachable", "changedSince": "2026-09-01T00:00:00Z"}
    assert fault(bench.qbo_call("GET", "/cdc", params=params))[:2] == (400, "6000")
    bench.qbo.configure({"cdc_beyond_window": "clip"})
    answer = bench.qbo_call("GET", "/cdc", params=params).json()
    assert answer["CDCResponse"][0]["QueryResponse"][0]["maxResults"] == 1
    bench.qbo.configure({"cdc_excluded_entities": ["Attachable"]})
    assert bench.qbo_call("GET", "/cdc", params=params).status_code == 400
    item = {"bId": "1", "CDCQuery": {"Entities": "Bill", "ChangedSince": params["changedSince"]}}
    (found,) = bench.qbo_call("POST", "/batch", {"BatchItemRequest": [item]}).json()[
        "BatchItemResponse"
    ]
    assert found["CDCResponse"][0]["QueryResponse"][0]["Bill"][0]["DocNumber"] == "B-1"


def elements(bench: Bench) -> list[Json]:
    bench.base.move(seconds=301)
    found: list[Json] = []
    for delivery in bench.qbo.due_deliveries():
        body: Any = json.loads(delivery.body)
        found += body if isinstance(body, list) else [body]
    return found


def test_an_app_may_not_be_told_of_its_own_writes(bench: Bench) -> None:
    new_bill(bench)
    assert len(elements(bench)) == 1  # assumed unless set
    bench.qbo.configure({"self_echo": False})
    new_bill(bench, "B-2")
    assert elements(bench) == []
    bench.qbo.act(
        "create",
        realm=realm(bench),
        entity="Bill",
        body={"VendorRef": {"value": "56"}, "Line": [{"Amount": 1}]},
    )
    assert len(elements(bench)) == 1


def test_words_and_extras_of_notices(bench: Bench) -> None:
    bench.qbo.configure(
        {
            "void_word": "voided",
            "alternative_ids": True,
            "webhook_content_type": "application/cloudevents-batch+json",
        }
    )
    bill = new_bill(bench)
    payment = pay(bench, bill, 100.0)
    bench.qbo.act("void_payment", realm=realm(bench), key=payment["Id"])
    bench.base.move(seconds=301)
    delivery = bench.qbo.due_deliveries()[0]
    assert delivery.headers["content-type"] == "application/cloudevents-batch+json"
    told = json.loads(delivery.body)
    assert all(one["data"]["alternative_ids"] for one in told)


def test_a_merge_names_the_loser_in_the_classic_body(bench: Bench) -> None:
    bench.qbo.configure({"webhook_envelope": "classic", "classic_offset": True})
    bill = new_bill(bench)
    body = {"DisplayName": "Greenleaf Packaging"}
    other = bench.qbo_call("POST", "/vendor", body).json()["Vendor"]
    elements(bench)
    bench.qbo.act("merge_vendors", realm=realm(bench), key="56", into=other["Id"])
    (told,) = elements(bench)
    (entity,) = told["eventNotifications"][0]["dataChangeEvent"]["entities"]
    assert (entity["operation"], entity["deletedId"]) == ("Merge", "56")
    assert entity["lastUpdated"].endswith("-0800")
    moved = bench.qbo_call("GET", f"/bill/{bill['Id']}").json()["Bill"]["VendorRef"]["value"]
    assert moved == other["Id"]


def test_a_closed_account_is_renamed(bench: Bench) -> None:
    row = bench.qbo_call("GET", "/account/63").json()["Account"]
    shut = bench.qbo_call("POST", "/account", {**row, "Active": False}).json()["Account"]
    assert shut["Name"] == "Supplies (deleted)"


def test_consent_is_refused_and_denied(bench: Bench) -> None:
    bench.qbo.seed({"apps": [{**QBO_APP, "redirect_uris": ["https://a.test/back"]}]})
    address = "https://appcenter.intuit.com/connect/oauth2"
    right = {
        "client_id": QBO_APP["client_id"],
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": "https://a.test/back",
        "state": "s",
    }
    assert bench.http.get(address, params=right).status_code == 302
    denied = bench.http.get(address, params={**right, "deny": "1"}).headers["location"]
    assert "error=access_denied" in denied
    for name, value in (("scope", "openid"), ("response_type", "token"), ("redirect_uri", "x")):
        assert bench.http.get(address, params={**right, name: value}).status_code == 400
