"""Rules of the contracts that are easily made too kind, and settings for what nobody knows."""

from __future__ import annotations

from datetime import timedelta

import httpx
import jwt
import pytest

from local.simulators.messages import ControlError
from local.simulators.ramp.seeding import ALL_SCOPES
from local.simulators.sample import RAMP_APP
from tests.unit.simulators.conftest import Bench

BILLS = "https://api.ramp.com/developer/v1/bills"


def read(bench: Bench, token: str, query: str = "") -> httpx.Response:
    return bench.http.get(f"{BILLS}{query}", headers={"authorization": f"Bearer {token}"})


def token_of(bench: Bench, scopes: list[str]) -> str:
    business = bench.sample.clients[0].business_id
    issued = bench.ramp.oauth.connect(RAMP_APP["client_id"], business, scopes)
    return str(issued["access_token"])


def test_a_scope_that_the_app_may_not_ask_for_does_not_count(bench: Bench) -> None:
    bench.ramp.seed({"apps": [{**RAMP_APP, "scopes": ["entities:read"]}]})
    assert read(bench, token_of(bench, ALL_SCOPES)).status_code == 403


def test_calls_while_limited_extend_the_wait(bench: Bench) -> None:
    token = token_of(bench, ALL_SCOPES)
    bench.ramp.configure({"rate_limit_calls": 3, "retry_after_seconds": 7})
    assert [read(bench, token).status_code for _ in range(4)] == [200, 200, 200, 429]
    for _ in range(12):
        bench.base.move(seconds=1)
        assert read(bench, token).status_code == 429
    limited = read(bench, token)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    bench.base.move(seconds=10)
    assert read(bench, token).status_code == 200


def test_a_row_that_changed_does_not_break_the_pages(bench: Bench) -> None:
    token = token_of(bench, ALL_SCOPES)
    first = read(bench, token, "?page_size=2&payment_status=OPEN").json()
    start = first["data"][-1]["id"]
    bench.ramp.act("set_value", bill_id=start, field="status", value="PAID")
    rest = bench.http.get(first["page"]["next"], headers={"authorization": f"Bearer {token}"})
    assert [bill["id"] for bill in rest.json()["data"]] == [bench.sample.clients[0].bill_id(3)]
    assert read(bench, token, "?approval_status=MAYBE").status_code == 422


def test_unconfirmed_bodies_can_be_empty(bench: Bench) -> None:
    bench.ramp.configure({"unconfirmed_error_body": "empty"})
    assert (read(bench, "x").status_code, read(bench, "x").content) == (401, b"")


def test_link_tokens_end_and_work_once(bench: Bench) -> None:
    wish = {"client_name": "F", "language": "en", "country_codes": ["US"]}
    person = {"client_user_id": "u"}

    def made(**more: object) -> str:
        answer = bench.plaid_call(
            "/link/token/create", **{"access_token": None, **wish, "user": person, **more}
        )
        return str(answer.json().get("link_token") or answer.json()["error_code"])

    assert made(products=["balance"]) == "INVALID_FIELD"  # comes with every Item
    assert made(products=["transactions"], redirect_uri="https://x.test") == "INVALID_FIELD"
    token = made(products=["transactions"])
    bench.plaid.act("complete_link", link_token=token)
    with pytest.raises(ControlError):
        bench.plaid.act("complete_link", link_token=token)
    late = made(products=["transactions"])
    bench.base.move(hours=4)
    with pytest.raises(ControlError):
        bench.plaid.act("complete_link", link_token=late)


def test_plaid_stops_retrying_where_nearly_all_is_refused(bench: Bench) -> None:
    item_id = bench.sample.clients[0].item_id
    for _ in range(12):
        bench.plaid.act("new_accounts", item_id=item_id)
    states = [
        bench.plaid.record_delivery_result(delivery.id, 503)
        for delivery in bench.plaid.due_deliveries()
    ]
    assert states[:10] == ["pending"] * 10
    assert set(states[10:]) == {"failed"}


def test_a_retry_may_keep_its_time(bench: Bench) -> None:
    bench.plaid.configure({"retry_new_iat": False})
    bench.plaid.act("new_accounts", item_id=bench.sample.clients[0].item_id)
    times = []
    for _ in range(2):
        (delivery,) = bench.plaid.due_deliveries()
        token = delivery.headers["Plaid-Verification"]
        times.append(jwt.decode(token, options={"verify_signature": False})["iat"])
        bench.plaid.record_delivery_result(delivery.id, 500)
        bench.base.at += timedelta(seconds=30)
    assert times[0] == times[1]


def test_an_account_made_anew_has_another_id(bench: Bench) -> None:
    client = bench.sample.clients[0]
    made = bench.plaid.act("recreate_account", account_id=client.plaid_account_id)
    (shown,) = bench.plaid_call("/accounts/get").json()["accounts"]
    assert shown["account_id"] == made["account_id"] != client.plaid_account_id
    assert shown["mask"] == client.mask
