"""Plaid's client against answers composed from its contract."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import BalanceSource
from rowcol.domain.money import Money
from rowcol.rails.plaid.bank import CAPITAL_ONE, PAGES_MAX, RESTARTS_MAX, ItemAccess, PlaidBank
from rowcol.rails.plaid.client import LIVE_READ_SECONDS, LinkRequest, PlaidApp, PlaidClient, site
from rowcol.service.ports import (
    BankRail,
    ConnectionBroken,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.plaid import ITEM, account, accounts, error, item, page, transaction
from tests.support.rails.scripted import Script, answer

BASE = "https://sandbox.plaid.com"
APP = PlaidApp("the-client", "the-secret")
TOKEN = "access-sandbox-1"


def client(script: Script) -> PlaidClient:
    return PlaidClient(script.http(site(BASE)), APP)


def bank(script: Script, *items: ItemAccess) -> PlaidBank:
    return PlaidBank(client(script), items or (ItemAccess(ITEM, TOKEN),), script.surroundings())


def paths(script: Script) -> list[str]:
    return [request.url.path for request in script.requests]


def test_it_is_a_bank_rail() -> None:
    rail: BankRail = bank(Script([answer(200, page())]))
    assert rail.changes(ITEM, None).ready


def test_keys_travel_in_headers_so_that_bodies_carry_no_app_secret() -> None:
    script = Script([answer(200, accounts(account()))])
    client(script).accounts_get(TOKEN)
    request = script.requests[0]
    assert (request.headers["plaid-client-id"], request.headers["plaid-secret"]) == (
        "the-client",
        "the-secret",
    )
    assert script.body() == {"access_token": TOKEN}
    assert request.method == "POST"
    assert "the-secret" not in repr(APP)


def test_cached_balances_are_as_old_as_plaids_last_look() -> None:
    script = Script([answer(200, item()), answer(200, accounts(account()))])
    reading = bank(script).balances(live=False)
    assert (reading.source, reading.request_id) == (BalanceSource.CACHED, "req-1")
    assert reading.observed_at == datetime(2026, 11, 20, 11, 14, 2, tzinfo=UTC)
    (found,) = reading.accounts
    assert (found.available, found.current) == (Money(4821355, "USD"), Money(5102011, "USD"))
    assert (found.mask, found.kind, found.subtype) == ("4821", "depository", "checking")
    assert paths(script) == ["/item/get", "/accounts/get"]


def test_an_age_that_nobody_knows_is_unknown() -> None:
    script = Script([answer(200, item(status=None)), answer(200, accounts(account()))])
    assert bank(script).balances(live=False).observed_at is None


def test_live_balances_are_of_now() -> None:
    script = Script([answer(200, accounts(account()))])
    reading = bank(script).balances(live=True)
    assert reading.source is BalanceSource.LIVE
    assert reading.observed_at is not None
    assert reading.read.began_at <= reading.observed_at <= reading.read.ended_at
    assert script.requests[0].extensions["timeout"]["read"] == LIVE_READ_SECONDS
    assert script.body() == {"access_token": TOKEN}


def test_a_live_call_is_billed_and_therefore_not_repeated() -> None:
    script = Script([answer(500, {})])
    with pytest.raises(RailUnavailable):
        bank(script).balances(live=True)
    assert len(script.requests) == 1


def test_several_items_join_and_the_oldest_look_counts() -> None:
    older = item(status={"transactions": {"last_successful_update": "2026-11-19T01:00:00Z"}})
    replies = [
        answer(200, item()),
        answer(200, accounts(account())),
        answer(200, older),
        answer(200, accounts(account("acc-2"))),
    ]
    reading = bank(Script([*replies]), ItemAccess("i-1", "t-1"), ItemAccess("i-2", "t-2")).balances(
        live=False
    )
    assert [found.account_id for found in reading.accounts] == ["acc-1", "acc-2"]
    assert reading.observed_at == datetime(2026, 11, 19, 1, 0, tzinfo=UTC)


def test_one_item_that_fails_makes_the_whole_unknown() -> None:
    replies = [
        answer(200, item()),
        answer(200, accounts(account())),
        answer(400, error("ITEM_ERROR", "ITEM_LOGIN_REQUIRED")),
    ]
    with pytest.raises(ConnectionBroken):
        bank(Script([*replies]), ItemAccess("i-1", "t-1"), ItemAccess("i-2", "t-2")).balances(
            live=False
        )


@pytest.mark.parametrize(
    ("balances", "available", "current"),
    [
        ({"available": None, "current": 120000.0}, None, 12000000),
        ({"available": 0, "current": -5}, 0, -500),
        ({"available": 0.1, "current": None}, 10, None),
        ({"available": 1.005, "current": 1.015}, 100, 102),
        ({"available": 70.30000000000001, "current": 1e3}, 7030, 100000),
        ({"iso_currency_code": None, "unofficial_currency_code": "BTC"}, None, None),
    ],
)
def test_amounts_never_pass_through_a_float(
    balances: dict[str, Any], available: int | None, current: int | None
) -> None:
    body = json.dumps(accounts(account(balances=balances)))
    script = Script([httpx.Response(200, content=body)])
    (found,) = bank(script).balances(live=True).accounts
    minor = [None if money is None else money.minor for money in (found.available, found.current)]
    assert minor == [available, current]


def test_one_bank_wants_a_limit_and_gets_it_widened_once() -> None:
    narrow = answer(400, error("INVALID_RESULT", "LAST_UPDATED_DATETIME_OUT_OF_RANGE"))
    told = account(balances={"last_updated_datetime": "2026-11-18T00:00:00Z"})
    script = Script([narrow, answer(200, accounts(told))])
    reading = bank(script, ItemAccess(ITEM, TOKEN, CAPITAL_ONE)).balances(live=True)
    assert reading.observed_at == datetime(2026, 11, 18, tzinfo=UTC)
    limits = [
        json.loads(r.content)["options"]["min_last_updated_datetime"] for r in script.requests
    ]
    assert limits[0][:10] == "2026-11-19"
    assert limits[1][:10] == "2026-11-13"
    script = Script([narrow], endless=True)
    with pytest.raises(RailUnavailable):
        bank(script, ItemAccess(ITEM, TOKEN, CAPITAL_ONE)).balances(live=True)
    assert len(script.requests) == 2


# ---- the change feed


def test_all_pages_come_together_with_the_last_cursor() -> None:
    second = page(
        transaction("t-2", pending=True, pending_transaction_id="t-0"),
        cursor="c-2",
        modified=[transaction("t-3")],
        removed=[{"transaction_id": "t-4", "account_id": "acc-1"}],
    )
    script = Script(
        [answer(200, page(transaction(), cursor="c-1", more=True)), answer(200, second)]
    )
    changes = bank(script).changes(ITEM, "c-0")
    assert [line.line_id for line in changes.added] == ["t-1", "t-2"]
    assert [line.line_id for line in changes.modified] == ["t-3"]
    assert changes.removed_line_ids == ("t-4",)
    assert (changes.cursor, changes.ready) == ("c-2", True)
    assert [json.loads(r.content).get("cursor") for r in script.requests] == ["c-0", "c-1"]
    line = changes.added[0]
    assert (line.amount, line.posted_on, line.pending) == (
        Money(1250000, "USD"),
        date(2026, 11, 6),
        False,
    )
    assert (line.reference, line.text) == (
        "021000024613370",
        "RAMP BILL PAY HARBOR | Ramp Bill Pay",
    )
    assert changes.added[1].replaces_line_id == "t-0"


def test_the_first_pass_has_no_cursor() -> None:
    script = Script([answer(200, page())])
    bank(script).changes(ITEM, None)
    body = script.body()
    assert isinstance(body, dict)
    assert "cursor" not in body
    assert body["count"] == 500
    assert body["options"]["include_original_description"] is True


@pytest.mark.parametrize(
    "trouble",
    [
        answer(400, error("TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")),
        answer(500, error("API_ERROR", "INTERNAL_SERVER_ERROR")),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("no"),
    ],
)
def test_any_failure_between_pages_starts_again_from_the_first_cursor(trouble: Any) -> None:
    replies = [
        answer(200, page(transaction("gone"), cursor="c-1", more=True)),
        trouble,
        answer(200, page(transaction("t-1"), cursor="c-7", more=True)),
        answer(200, page(transaction("t-2"), cursor="c-8")),
    ]
    script = Script([*replies])
    changes = bank(script).changes(ITEM, "c-0")
    assert [line.line_id for line in changes.added] == ["t-1", "t-2"]
    assert changes.cursor == "c-8"
    assert [json.loads(r.content)["cursor"] for r in script.requests] == [
        "c-0",
        "c-1",
        "c-0",
        "c-7",
    ]
    assert len(script.pauses) == 1


def test_a_feed_that_never_stands_still_is_given_up() -> None:
    moving = answer(
        400, error("TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
    )
    script = Script([moving], endless=True)
    with pytest.raises(RailUnavailable):
        bank(script).changes(ITEM, "c-0")
    assert len(script.requests) == RESTARTS_MAX + 1


def test_a_throttled_feed_is_not_started_again() -> None:
    script = Script([answer(429, error("RATE_LIMIT_EXCEEDED", "TRANSACTIONS_LIMIT"))], endless=True)
    with pytest.raises(RailThrottled):
        bank(script).changes(ITEM, "c-0")
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, page(cursor="", transactions_update_status="NOT_READY")),
        answer(200, page(cursor="")),
        answer(400, error("ITEM_ERROR", "PRODUCT_NOT_READY")),
    ],
)
def test_not_ready_stores_nothing(reply: httpx.Response) -> None:
    changes = bank(Script([reply])).changes(ITEM, None)
    assert (changes.ready, changes.cursor, changes.added) == (False, None, ())


def test_paging_without_end_stops() -> None:
    still = answer(200, page(cursor="c-1", more=True))
    with pytest.raises(RailProtocolError, match="still"):
        bank(Script([still], endless=True)).changes(ITEM, "c-1")
    numbers = iter(range(10**6))

    def endless(_: httpx.Request) -> httpx.Response:
        return answer(200, page(cursor=f"c{next(numbers)}", more=True))

    script = Script([endless], endless=True)
    with pytest.raises(RailProtocolError, match="pages"):
        bank(script).changes(ITEM, None)
    assert len(script.requests) == PAGES_MAX


def test_another_clients_item_is_refused() -> None:
    with pytest.raises(RailProtocolError):
        bank(Script()).changes("item-of-somebody", None)


def test_lines_without_an_iso_currency_are_left_out() -> None:
    coins = transaction("coin", iso_currency_code=None, unofficial_currency_code="DOGE")
    script = Script(
        [answer(200, page(coins, transaction("t-1", payment_meta=None, check_number="")))]
    )
    (line,) = bank(script).changes(ITEM, None).added
    assert (line.line_id, line.reference, line.check_number) == ("t-1", None, None)


@pytest.mark.parametrize(
    "change", [{"date": "soon"}, {"amount": "12"}, {"amount": None}, {"amount": 1e30}]
)
def test_an_odd_line_is_a_breach(change: dict[str, Any]) -> None:
    with pytest.raises(RailProtocolError):
        bank(Script([answer(200, page(transaction(**change)))])).changes(ITEM, None)


# ---- errors


@pytest.mark.parametrize(
    ("status", "kind", "code", "expected"),
    [
        (400, "ITEM_ERROR", "ITEM_LOGIN_REQUIRED", ConnectionBroken),
        (400, "ITEM_ERROR", "NO_ACCOUNTS", ConnectionBroken),
        (400, "ITEM_ERROR", "A_CODE_OF_2027", ConnectionBroken),
        (400, "INSTITUTION_ERROR", "INSTITUTION_DOWN", RailUnavailable),
        (400, "INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING", RailUnavailable),
        (400, "INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED", ConnectionBroken),
        (400, "INVALID_INPUT", "INVALID_ACCESS_TOKEN", ConnectionBroken),
        (400, "INVALID_INPUT", "INVALID_API_KEYS", ConnectionBroken),
        (400, "INVALID_REQUEST", "INVALID_FIELD", RailProtocolError),
        (400, "RATE_LIMIT_EXCEEDED", "ACCOUNTS_LIMIT", RailThrottled),
        (429, "RATE_LIMIT_EXCEEDED", "ACCOUNTS_LIMIT", RailThrottled),
        (400, "API_ERROR", "INTERNAL_SERVER_ERROR", RailUnavailable),
        (503, "API_ERROR", "PLANNED_MAINTENANCE", RailUnavailable),
        (400, "A_TYPE_OF_2027", "X", RailProtocolError),
    ],
)
def test_errors_by_type_and_code(
    status: int, kind: str, code: str, expected: type[RailError]
) -> None:
    script = Script([answer(status, error(kind, code))], endless=True)
    with pytest.raises(expected) as raised:
        client(script).accounts_get(TOKEN)
    assert type(raised.value) is expected
    assert "text that changes" not in str(raised.value)
    if isinstance(raised.value, ConnectionBroken):
        assert raised.value.code == code


@pytest.mark.parametrize("content", [b"<html>", b"{}", b'{"error_type":5,"error_code":"x"}'])
def test_an_error_that_cannot_be_read_is_a_breach(content: bytes) -> None:
    with pytest.raises(RailProtocolError):
        client(Script([httpx.Response(400, content=content)])).accounts_get(TOKEN)


# ---- linking


def test_a_new_link_names_the_product_and_a_repair_does_not() -> None:
    token = {"link_token": "link-1", "expiration": "2026-11-20T19:00:00Z", "request_id": "r"}
    script = Script([answer(200, token)], endless=True)
    request = LinkRequest("Example Advisory of a very long name", "user-1", "https://x.example/")
    assert client(script).link_token_create(request).link_token == "link-1"
    new = script.body()
    assert isinstance(new, dict)
    assert (new["products"], new["webhook"], len(new["client_name"])) == (
        ["transactions"],
        "https://x.example/",
        30,
    )
    assert "access_token" not in new
    repair = LinkRequest("Example", "user-1", "https://x.example/", TOKEN, select_accounts=True)
    client(script).link_token_create(repair)
    body = script.body()
    assert isinstance(body, dict)
    assert "products" not in body
    assert (body["access_token"], body["update"]) == (TOKEN, {"account_selection_enabled": True})
    assert TOKEN not in repr(repair)


def test_a_public_token_is_exchanged_once() -> None:
    script = Script([answer(200, {"access_token": "access-1", "item_id": ITEM, "request_id": "r"})])
    assert client(script).public_token_exchange("public-1").access_token == "access-1"
    cut = Script([httpx.ReadTimeout("slow")])
    with pytest.raises(RailUnavailable):
        client(cut).public_token_exchange("public-1")
    assert len(cut.requests) == 1


def test_an_item_is_removed() -> None:
    script = Script(
        [
            answer(200, {"request_id": "r"}),
            answer(400, error("INVALID_INPUT", "INVALID_ACCESS_TOKEN")),
        ]
    )
    client(script).item_remove(TOKEN)
    with pytest.raises(ConnectionBroken):
        client(script).item_remove(TOKEN)
