"""Plaid's errors by type and code, and linking."""

from __future__ import annotations

import httpx
import pytest

from rowcol.rails.plaid.client import LinkRequest
from rowcol.service.ports import (
    ConnectionBroken,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.clients import PLAID_TOKEN, plaid
from tests.support.rails.plaid import ITEM, error
from tests.support.rails.scripted import Script, answer


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
        plaid(script).accounts_get(PLAID_TOKEN)
    assert type(raised.value) is expected
    assert "text that changes" not in str(raised.value)
    if isinstance(raised.value, ConnectionBroken):
        assert raised.value.code == code


@pytest.mark.parametrize("content", [b"<html>", b"{}", b'{"error_type":5,"error_code":"x"}'])
def test_an_error_that_cannot_be_read_is_a_breach(content: bytes) -> None:
    with pytest.raises(RailProtocolError):
        plaid(Script([httpx.Response(400, content=content)])).accounts_get(PLAID_TOKEN)


def test_a_new_link_names_the_product_and_a_repair_does_not() -> None:
    token = {"link_token": "link-1", "expiration": "2026-11-20T19:00:00Z", "request_id": "r"}
    script = Script([answer(200, token)], endless=True)
    request = LinkRequest("Example Advisory of a very long name", "user-1", "https://x.example/")
    assert plaid(script).link_token_create(request).link_token == "link-1"
    new = script.body()
    assert isinstance(new, dict)
    assert (new["products"], new["webhook"], len(new["client_name"])) == (
        ["transactions"],
        "https://x.example/",
        30,
    )
    assert "access_token" not in new
    repair = LinkRequest(
        "Example", "user-1", "https://x.example/", PLAID_TOKEN, select_accounts=True
    )
    plaid(script).link_token_create(repair)
    body = script.body()
    assert isinstance(body, dict)
    assert "products" not in body
    assert (body["access_token"], body["update"]) == (
        PLAID_TOKEN,
        {"account_selection_enabled": True},
    )
    assert PLAID_TOKEN not in repr(repair)


def test_a_public_token_is_exchanged_once() -> None:
    script = Script([answer(200, {"access_token": "access-1", "item_id": ITEM, "request_id": "r"})])
    assert plaid(script).public_token_exchange("public-1").access_token == "access-1"
    cut = Script([httpx.ReadTimeout("slow")])
    with pytest.raises(RailUnavailable):
        plaid(cut).public_token_exchange("public-1")
    assert len(cut.requests) == 1


def test_an_item_is_removed() -> None:
    script = Script(
        [
            answer(200, {"request_id": "r"}),
            answer(400, error("INVALID_INPUT", "INVALID_ACCESS_TOKEN")),
        ]
    )
    plaid(script).item_remove(PLAID_TOKEN)
    with pytest.raises(ConnectionBroken):
        plaid(script).item_remove(PLAID_TOKEN)
