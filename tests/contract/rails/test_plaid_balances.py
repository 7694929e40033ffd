"""Plaid's balances: answers composed from its contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import BalanceSource
from rowcol.domain.money import Money
from rowcol.rails.plaid.bank import CAPITAL_ONE, ItemAccess
from rowcol.rails.plaid.client import LIVE_READ_SECONDS
from rowcol.service.ports import (
    BankRail,
    ConnectionBroken,
    RailUnavailable,
)
from tests.support.rails.clients import PLAID_APP, PLAID_TOKEN, bank, plaid
from tests.support.rails.plaid import ITEM, account, accounts, error, item, page
from tests.support.rails.scripted import Script, answer


def paths(script: Script) -> list[str]:
    return [request.url.path for request in script.requests]


def test_it_is_a_bank_rail() -> None:
    rail: BankRail = bank(Script([answer(200, page())]))
    assert rail.changes(ITEM, None).ready


def test_keys_travel_in_headers_so_that_bodies_carry_no_app_secret() -> None:
    script = Script([answer(200, accounts(account()))])
    plaid(script).accounts_get(PLAID_TOKEN)
    request = script.requests[0]
    assert (request.headers["plaid-client-id"], request.headers["plaid-secret"]) == (
        "the-client",
        "the-secret",
    )
    assert script.body() == {"access_token": PLAID_TOKEN}
    assert request.method == "POST"
    assert "the-secret" not in repr(PLAID_APP)


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
    assert script.body() == {"access_token": PLAID_TOKEN}


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
    reading = bank(script, ItemAccess(ITEM, PLAID_TOKEN, CAPITAL_ONE)).balances(live=True)
    assert reading.observed_at == datetime(2026, 11, 18, tzinfo=UTC)
    limits = [
        json.loads(r.content)["options"]["min_last_updated_datetime"] for r in script.requests
    ]
    assert limits[0][:10] == "2026-11-19"
    assert limits[1][:10] == "2026-11-13"
    script = Script([narrow], endless=True)
    with pytest.raises(RailUnavailable):
        bank(script, ItemAccess(ITEM, PLAID_TOKEN, CAPITAL_ONE)).balances(live=True)
    assert len(script.requests) == 2
