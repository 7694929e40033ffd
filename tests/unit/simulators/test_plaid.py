"""Plaid's balances, sync, items and webhooks, as section 10 of its contract demands."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from local.simulators.messages import Json
from local.simulators.sample import PLAID_CLIENT
from tests.unit.simulators.conftest import Bench


def account(bench: Bench) -> str:
    return bench.sample.clients[0].plaid_account_id


def item(bench: Bench) -> str:
    return bench.sample.clients[0].item_id


def line(bench: Bench, amount: str = "10.00", **more: Any) -> str:
    made = bench.plaid.act(
        "post_line", account_id=account(bench), amount=amount, name="LINE", **more
    )
    return str(made["line_id"])


def look(bench: Bench) -> None:
    bench.plaid.act("poll", item_id=item(bench))


def balances(bench: Bench, path: str) -> Json:
    found: Json = bench.plaid_call(path).json()["accounts"][0]["balances"]
    return found


def code(answer: httpx.Response) -> tuple[int, str]:
    assert "request_id" in answer.json()
    return answer.status_code, answer.json()["error_code"]


def test_wrong_keys_foreign_tokens_and_unknown_fields(bench: Bench) -> None:
    headers = {"PLAID-CLIENT-ID": PLAID_CLIENT["client_id"], "PLAID-SECRET": "wrong"}
    answer = bench.http.post("https://production.plaid.com/item/get", json={}, headers=headers)
    assert code(answer) == (400, "INVALID_API_KEYS")
    assert code(bench.plaid_call("/item/get", access_token="access-x"))[1] == "INVALID_ACCESS_TOKEN"
    assert code(bench.plaid_call("/item/get", other=1))[1] == "UNKNOWN_FIELDS"
    bench.plaid.seed({"clients": [{"client_id": "other", "secret": "s"}]})
    foreign = {
        "client_id": "other",
        "secret": "s",
        "access_token": bench.sample.clients[0].plaid_access_token,
    }
    answer = bench.http.post("https://production.plaid.com/item/get", json=foreign)
    assert code(answer) == (400, "INVALID_ACCESS_TOKEN")


def test_cached_and_live_balances_differ_until_plaid_looks(bench: Bench) -> None:
    line(bench, "100.00")
    line(bench, "40.00", pending=True)
    assert balances(bench, "/accounts/get")["available"] == 50000.0
    live = balances(bench, "/accounts/balance/get")
    assert (live["available"], live["current"]) == (49860.0, 49900.0)
    assert bench.paused == [1.0]  # the live call is slow
    look(bench)
    assert balances(bench, "/accounts/get") == live


def test_accounts_that_are_not_simple(bench: Bench) -> None:
    accounts = [
        {"id": "savings", "current": "10.00", "available_known": False},
        {
            "id": "card",
            "type": "credit",
            "subtype": "credit card",
            "current": "5.50",
            "available": "4.50",
            "limit": "10",
        },
        {"id": "euro", "current": "7.00", "currency": "EUR"},
        {"id": "points", "current": "7.00", "currency": "PTS", "official_currency": False},
    ]
    made = bench.plaid.seed({"items": [{"accounts": accounts}]})["items"][0]
    answer = bench.plaid_call("/accounts/get", access_token=made["access_token"]).json()
    shown = {row["account_id"]: row["balances"] for row in answer["accounts"]}
    assert shown["savings"]["available"] is None
    assert (shown["card"]["current"], shown["card"]["limit"]) == (5.5, 10)
    assert shown["euro"]["iso_currency_code"] == "EUR"
    assert shown["points"]["iso_currency_code"] is None
    assert shown["points"]["unofficial_currency_code"] == "PTS"


def test_the_capital_one_rule(bench: Bench) -> None:
    made = bench.plaid.seed(
        {
            "items": [
                {
                    "institution_id": "ins_128026",
                    "accounts": [
                        {
                            "type": "credit",
                            "current": "1",
                            "available": "1",
                            "last_updated_datetime": "2026-11-05T10:00:00Z",
                        }
                    ],
                }
            ]
        }
    )["items"][0]

    def ask(**options: str) -> httpx.Response:
        token = made["access_token"]
        return bench.plaid_call("/accounts/balance/get", access_token=token, options=options)

    assert code(ask())[1] == "INVALID_FIELD"
    late = ask(min_last_updated_datetime="2026-11-05T11:00:00Z")
    assert code(late)[1] == "LAST_UPDATED_DATETIME_OUT_OF_RANGE"
    assert ask(min_last_updated_datetime="2026-11-05T09:00:00Z").status_code == 200


def test_pages_and_mutation(bench: Bench) -> None:
    for number in range(5):
        line(bench, f"{number + 1}.00")
    look(bench)
    first = bench.plaid_call("/transactions/sync", count=2).json()
    assert first["has_more"] is True
    second = bench.plaid_call("/transactions/sync", count=2, cursor=first["next_cursor"]).json()
    line(bench, "6.00")
    look(bench)
    broken = bench.plaid_call("/transactions/sync", count=2, cursor=second["next_cursor"])
    assert code(broken) == (400, "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
    rows, cursor, more = [], "", True
    while more:
        page = bench.plaid_call("/transactions/sync", count=2, cursor=cursor).json()
        rows += page["added"]
        cursor, more = page["next_cursor"], page["has_more"]
        assert len(cursor) <= 256
    assert sorted(row["amount"] for row in rows) == [1, 2, 3, 4, 5, 6]
    again = bench.plaid_call("/transactions/sync", cursor=cursor).json()
    assert (again["added"], again["modified"], again["removed"]) == ([], [], [])
    assert again["next_cursor"] == cursor
    assert code(bench.plaid_call("/transactions/sync", cursor="%%%"))[1] == "INVALID_FIELD"
    assert code(bench.plaid_call("/transactions/sync", count=501))[1] == "INVALID_FIELD"


def test_pending_is_replaced_modified_and_removed(bench: Bench) -> None:
    pending = line(bench, "12.00", pending=True)
    look(bench)
    first = bench.plaid_call("/transactions/sync").json()
    assert [row["pending"] for row in first["added"]] == [True]
    posted = bench.plaid.act("clear_line", line_id=pending, amount="12.50")["line_id"]
    look(bench)
    second = bench.plaid_call("/transactions/sync", cursor=first["next_cursor"]).json()
    assert [row["transaction_id"] for row in second["removed"]] == [pending]
    assert second["added"][0]["pending_transaction_id"] == pending
    assert second["added"][0]["amount"] == 12.5
    bench.plaid.act("modify_line", line_id=posted, name="BETTER")
    look(bench)
    third = bench.plaid_call("/transactions/sync", cursor=second["next_cursor"]).json()
    assert [row["name"] for row in third["modified"]] == ["BETTER"]
    bench.plaid.act("remove_line", line_id=posted)
    look(bench)
    fourth = bench.plaid_call("/transactions/sync", cursor=third["next_cursor"]).json()
    assert [row["transaction_id"] for row in fourth["removed"]] == [posted]
    assert balances(bench, "/accounts/get")["current"] == 50000.0


def test_a_new_item_is_not_ready_at_first(bench: Bench) -> None:
    bench.plaid.configure({"environment": "sandbox"})
    body = {"institution_id": "ins_109508", "initial_products": ["transactions"]}
    keys = {"client_id": PLAID_CLIENT["client_id"], "secret": PLAID_CLIENT["secret"]}
    url = "https://sandbox.plaid.com"
    options = {"webhook": "http://127.0.0.1:9/new"}
    made = bench.http.post(
        f"{url}/sandbox/public_token/create", json={**keys, **body, "options": options}
    ).json()
    exchange = {**keys, "public_token": made["public_token"]}
    linked = bench.http.post(f"{url}/item/public_token/exchange", json=exchange).json()
    again = bench.http.post(f"{url}/item/public_token/exchange", json=exchange)
    assert code(again) == (400, "INVALID_PUBLIC_TOKEN")
    call = {**keys, "access_token": linked["access_token"]}
    page = bench.http.post(f"{url}/transactions/sync", json=call).json()
    assert (page["next_cursor"], page["transactions_update_status"]) == ("", "NOT_READY")
    bench.base.move(seconds=200)
    page = bench.http.post(f"{url}/transactions/sync", json=call).json()
    assert page["transactions_update_status"] == "HISTORICAL_UPDATE_COMPLETE"
    types = [delivery.event_type for delivery in bench.plaid.due_deliveries()]
    assert types == ["SYNC_UPDATES_AVAILABLE"] * 2


def test_item_states(bench: Bench) -> None:
    for action, wanted in (
        ("login_required", "ITEM_LOGIN_REQUIRED"),
        ("revoke", "USER_PERMISSION_REVOKED"),
        ("no_accounts", "NO_ACCOUNTS"),
    ):
        bench.plaid.act(action, item_id=item(bench))
        assert code(bench.plaid_call("/accounts/balance/get")) == (400, wanted)
        assert bench.plaid_call("/item/get").json()["item"]["error"]["error_code"] == wanted
    bench.plaid.act("login_required", item_id=item(bench), reason="OAUTH_CONSENT_EXPIRED")
    answer = bench.plaid_call("/transactions/sync").json()
    assert answer["error_code_reason"] == "OAUTH_CONSENT_EXPIRED"
    bench.plaid.act("repair", item_id=item(bench))
    assert bench.plaid_call("/accounts/get").status_code == 200  # with the same token
    bench.plaid.act("institution_down", item_id=item(bench))
    assert code(bench.plaid_call("/accounts/balance/get"))[1] == "INSTITUTION_DOWN"
    assert bench.plaid_call("/accounts/get").status_code == 200  # cached data is still served
    codes = [delivery.event_type for delivery in bench.plaid.due_deliveries()]
    assert codes == ["ERROR", "USER_PERMISSION_REVOKED", "ERROR", "LOGIN_REPAIRED"]


def test_freshness_grows_old_when_plaid_does_not_look(bench: Bench) -> None:
    def updated() -> str:
        status = bench.plaid_call("/item/get").json()["status"]
        return str(status["transactions"]["last_successful_update"])

    assert updated() == "2026-11-05T15:00:00Z"
    bench.base.move(hours=7)
    assert updated() == "2026-11-05T21:00:00Z"
    bench.plaid.act("freeze_updates", item_id=item(bench))
    bench.base.move(days=2)
    assert updated() == "2026-11-05T21:00:00Z"


def test_update_mode_keeps_the_token(bench: Bench) -> None:
    bench.plaid.act("login_required", item_id=item(bench), notify=False)
    wish = {
        "client_name": "Firm",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "u"},
    }
    both = bench.plaid_call("/link/token/create", **wish, products=["transactions"])
    assert code(both)[1] == "INVALID_FIELD"
    made = bench.plaid_call("/link/token/create", **wish).json()
    bench.plaid.act("complete_link", link_token=made["link_token"])
    assert bench.plaid_call("/accounts/get").status_code == 200


def test_limits_per_item(bench: Bench) -> None:
    statuses = [bench.plaid_call("/accounts/balance/get").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert code(bench.plaid_call("/accounts/balance/get"))[1] == "ACCOUNTS_BALANCE_GET_LIMIT"
    bench.base.move(seconds=61)
    assert bench.plaid_call("/accounts/balance/get").status_code == 200


def notice(bench: Bench) -> Any:
    bench.plaid.act("new_accounts", item_id=item(bench))
    return bench.plaid.due_deliveries()[-1]


def key_of(bench: Bench, token: str) -> Json:
    kid = jwt.get_unverified_header(token)["kid"]
    keys = {"client_id": PLAID_CLIENT["client_id"], "secret": PLAID_CLIENT["secret"]}
    url = "https://production.plaid.com/webhook_verification_key/get"
    found: Json = bench.http.post(url, json={**keys, "key_id": kid}).json()["key"]
    return found


def test_notices_are_signed_and_keys_rotate(bench: Bench) -> None:
    delivery = notice(bench)
    assert delivery.body.startswith(b'{\n  "environment"')
    token = delivery.headers["Plaid-Verification"]
    jwk = key_of(bench, token)
    claims = jwt.decode(
        token,
        jwt.PyJWK.from_dict(jwk).key,
        algorithms=["ES256"],
        options={"verify_iat": False},
    )
    assert claims["request_body_sha256"] == hashlib.sha256(delivery.body).hexdigest()
    assert claims["iat"] == int(bench.base.at.timestamp())
    assert isinstance(jwt.PyJWK.from_dict(jwk).key, ec.EllipticCurvePublicKey)
    bench.plaid.act("rotate_key")
    assert key_of(bench, token)["expired_at"] is not None
    fresh = notice(bench).headers["Plaid-Verification"]
    assert key_of(bench, fresh)["kid"] != jwk["kid"]
    assert key_of(bench, fresh)["expired_at"] is None


def test_an_unknown_key_is_refused(bench: Bench) -> None:
    answer = bench.plaid_call("/webhook_verification_key/get", access_token="")
    assert answer.status_code == 400


def test_retries_take_thirty_seconds_times_four(bench: Bench) -> None:
    notice(bench)
    bench.plaid.record_delivery_result("delivery-00000001", 500)
    waits = []
    for _ in range(10):
        pending = bench.plaid.outbox.pending()
        if not pending:
            break
        due = bench.plaid.instant(pending[0]["due_at"])
        waits.append((due - bench.base.at).total_seconds())
        bench.base.at = due
        (delivery,) = bench.plaid.due_deliveries()
        bench.plaid.record_delivery_result(delivery.id, 201)  # only 200 will do
    assert waits == [30, 120, 480, 1920, 7680, 30720]


def test_webhook_update_tells_the_new_address(bench: Bench) -> None:
    bench.plaid_call("/item/webhook/update", webhook="http://127.0.0.1:9/other")
    (delivery,) = bench.plaid.due_deliveries()
    assert delivery.url == "http://127.0.0.1:9/other"
    assert json.loads(delivery.body)["new_webhook_url"] == "http://127.0.0.1:9/other"


def test_pending_disconnect_ends_in_login_required(bench: Bench) -> None:
    bench.plaid.act("pending_disconnect", item_id=item(bench))
    assert bench.plaid_call("/accounts/get").status_code == 200
    bench.base.at += timedelta(days=7, seconds=1)
    assert code(bench.plaid_call("/accounts/get"))[1] == "ITEM_LOGIN_REQUIRED"


def test_removed_items_and_production_gate(bench: Bench) -> None:
    assert code(bench.plaid_call("/sandbox/item/reset_login")) == (404, "NOT_FOUND")
    assert bench.plaid_call("/item/remove").status_code == 200
    assert code(bench.plaid_call("/item/get"))[1] == "INVALID_ACCESS_TOKEN"


@pytest.mark.parametrize(
    ("kind", "status", "wanted"),
    [
        ("maintenance", 503, "PLANNED_MAINTENANCE"),
        ("server_error", 500, "INTERNAL_SERVER_ERROR"),
        ("throttle", 429, "ACCOUNTS_BALANCE_GET_LIMIT"),
        ("institution_not_responding", 400, "INSTITUTION_NOT_RESPONDING"),
        ("login_required", 400, "ITEM_LOGIN_REQUIRED"),
    ],
)
def test_faults_speak_plaids_language(bench: Bench, kind: str, status: int, wanted: str) -> None:
    bench.plaid.faults.add({"kind": kind, "times": 1, "match": {"item_id": item(bench)}})
    assert code(bench.plaid_call("/accounts/balance/get")) == (status, wanted)
