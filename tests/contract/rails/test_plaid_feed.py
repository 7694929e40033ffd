"""Plaid's change feed: one complete pass or nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import httpx
import pytest

from rowcol.domain.money import Money
from rowcol.rails.plaid.bank import PAGES_MAX, RESTARTS_MAX
from rowcol.service.ports import (
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.clients import bank
from tests.support.rails.plaid import ITEM, error, page, transaction
from tests.support.rails.scripted import Script, answer


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
