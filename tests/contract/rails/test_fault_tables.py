"""Each row of the contracts' tables of errors, with a body composed as the contract writes it.

QBO section 4, Ramp section 3, Plaid section 4; and values that no table knows.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rowcol.rails.http import Call, RailHttp, make_client
from rowcol.rails.plaid.errors import FeedMoved, ProductNotReady, WindowTooNarrow
from rowcol.rails.qbo.client import site
from rowcol.rails.qbo.faults import error_of, fault_of
from rowcol.service.ports import (
    CapabilityMissing,
    CommandRefused,
    ConnectionBroken,
    OutcomeUnknown,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.clients import PLAID_TOKEN, ledger, plaid, ramp
from tests.support.rails.plaid import error
from tests.support.rails.scripted import Script, answer

SITE = site("https://quickbooks.api.intuit.com")
XML = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<IntuitResponse xmlns="http://schema.intuit.com/finance/v3">'
    b'<Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded</Message>'
    b"</Error></Fault></IntuitResponse>"
)


def fault(code: str, message: str = "a text that drifts", kind: str = "ValidationFault") -> Any:
    one = {"Message": message, "Detail": "of a bill", "code": code, "element": ""}
    return {"Fault": {"Error": [one], "type": kind}, "time": "2026-11-20T07:00:00.000-08:00"}


def gateway(code: str) -> Any:
    one = {"message": "message=AuthenticationFailed", "detail": "Token", "code": code}
    return {
        "warnings": None,
        "fault": {"error": [one], "type": "AUTHENTICATION"},
        "report": None,
        "time": 1796000000000,
    }


QBO_ROWS: list[tuple[int, Any, type[RailError], str]] = [
    (401, gateway("3200"), ConnectionBroken, "unauthorized"),
    (401, gateway("120"), ConnectionBroken, "user_lost_access"),
    (401, fault("120", kind="AuthenticationFault"), ConnectionBroken, "user_lost_access"),
    (401, gateway("3100"), ConnectionBroken, "wrong_company"),
    (403, gateway("3100"), ConnectionBroken, "wrong_company"),
    (429, XML, RailThrottled, ""),
    (429, fault("3001", kind="SERVICE"), RailThrottled, ""),
    (400, XML, RailThrottled, ""),
    (200, fault("3001"), RailThrottled, ""),
    (400, fault("6190"), ConnectionBroken, "subscription_ended"),
    (400, fault("4001"), RailProtocolError, ""),
    (500, fault("10000", kind="SystemFault"), RailUnavailable, ""),
    (200, fault("10000", kind="SystemFault"), RailUnavailable, ""),
    (400, fault("99999", kind="A_KIND_OF_2027"), RailProtocolError, ""),
]


@pytest.mark.parametrize(("status", "body", "expected", "code"), QBO_ROWS)
def test_qbo_reads(status: int, body: Any, expected: type[RailError], code: str) -> None:
    reply = httpx.Response(status, content=body) if isinstance(body, bytes) else None
    script = Script([reply or answer(status, body)], endless=True)
    with pytest.raises(RailError) as raised:
        ledger(script).read_bill("1803")
    assert type(raised.value) is expected
    assert "a text that drifts" not in str(raised.value)
    if isinstance(raised.value, ConnectionBroken):
        assert raised.value.code == code
        # Only an old token is renewed, and once.
        assert len(script.requests) == (2 if "3200" in str(body) else 1)
    if isinstance(raised.value, RailThrottled):
        assert 60 <= raised.value.retry_after_seconds <= 75
        assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (fault("5010", "Stale Object Error : You and another user"), "stale"),
        (fault("5010", "Account Period Closed, Cannot Update Through Services API"), "closed"),
        (fault("6140", "Duplicate Document Number Error"), "duplicate"),
        (fault("6210"), "duplicate"),
        (fault("6240", "Duplicate Name Exists Error"), "duplicate"),
        (fault("2020", "Required param missing, need to supply"), "invalid"),
        (fault("2050"), "invalid"),
        (fault("6000", "A business validation error has occurred"), "invalid"),
        (fault("610", "Object Not Found"), "invalid"),
    ],
)
def test_qbo_refuses_a_note(body: Any, reason: str) -> None:
    http = Script([answer(400, body)]).http(SITE)
    got = http.read(_read())
    found = fault_of(got)
    assert found is not None
    refused = error_of(found, got, None)
    assert reason in str(getattr(refused, "reason", ""))


def test_qbo_an_object_that_is_not_found_is_none() -> None:
    assert ledger(Script([answer(400, fault("610", "Object Not Found"))])).read_bill("1") is None


def test_qbo_success_without_what_was_asked_for_is_none() -> None:
    with pytest.raises(RailProtocolError):
        ledger(Script([answer(200, {"BatchItemResponse": []})])).read_bill("1803")


def ramp_error(code: str, **fields: list[str]) -> Any:
    return {
        "error_v2": {
            "error_code": code,
            "message": "a text that drifts",
            "notes": "",
            "additional_info": fields,
            "error_id": "e-1",
        },
        "error": {"message": "older copy"},
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, ramp_error("BILL_PAY_7145"), CommandRefused),
        (400, ramp_error("DEVELOPER_7063"), CommandRefused),
        (400, ramp_error("A_CODE_OF_2027"), CommandRefused),
        (400, [], CommandRefused),
        (405, ramp_error(""), CapabilityMissing),
        (422, ramp_error("DEVELOPER_7001", payment_date=["Unknown field."]), CapabilityMissing),
        (422, ramp_error("DEVELOPER_7001", memo=["Too long."]), CommandRefused),
        (500, {}, OutcomeUnknown),
        (502, {}, OutcomeUnknown),
        (503, {}, OutcomeUnknown),
        (504, {}, OutcomeUnknown),
    ],
)
def test_ramp_commands(status: int, body: Any, expected: type) -> None:
    result = ramp(Script([answer(status, body)])).clear_payment_date("b-1")
    assert type(result) is expected


@pytest.mark.parametrize(
    ("status", "body", "expected", "requests"),
    [
        (401, ramp_error(""), ConnectionBroken, 2),
        (403, ramp_error("DEVELOPER_7100"), ConnectionBroken, 1),
        (404, ramp_error(""), None, 1),
        (405, ramp_error(""), RailProtocolError, 1),
        (422, ramp_error("DEVELOPER_7001", page_size=["Too large."]), RailProtocolError, 1),
        (500, {}, RailUnavailable, 4),
        (502, {}, RailUnavailable, 4),
        (503, {}, RailUnavailable, 4),
        (504, {}, RailUnavailable, 4),
        (429, ramp_error(""), RailThrottled, 4),
    ],
)
def test_ramp_reads(
    status: int, body: Any, expected: type[RailError] | None, requests: int
) -> None:
    script = Script([answer(status, body)], endless=True)
    if expected is None:
        assert ramp(script).read_bill("b-1") is None
    else:
        with pytest.raises(RailError) as raised:
            ramp(script).read_bill("b-1")
        assert type(raised.value) is expected
    assert len(script.requests) == requests


@pytest.mark.parametrize(
    ("status", "kind", "code", "expected"),
    [
        (400, "ITEM_ERROR", "ITEM_LOGIN_REQUIRED", ConnectionBroken),
        (400, "ITEM_ERROR", "PRODUCT_NOT_READY", ProductNotReady),
        (400, "ITEM_ERROR", "NO_ACCOUNTS", ConnectionBroken),
        (400, "ITEM_ERROR", "ACCESS_NOT_GRANTED", ConnectionBroken),
        (400, "ITEM_ERROR", "USER_PERMISSION_REVOKED", ConnectionBroken),
        (400, "INSTITUTION_ERROR", "INSTITUTION_DOWN", RailUnavailable),
        (400, "INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING", RailUnavailable),
        (400, "INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED", ConnectionBroken),
        (400, "INSTITUTION_ERROR", "INSTITUTION_NOT_FOUND", ConnectionBroken),
        (400, "INVALID_INPUT", "INVALID_ACCESS_TOKEN", ConnectionBroken),
        (400, "INVALID_INPUT", "INVALID_API_KEYS", ConnectionBroken),
        (400, "INVALID_REQUEST", "INVALID_FIELD", RailProtocolError),
        (400, "INVALID_RESULT", "LAST_UPDATED_DATETIME_OUT_OF_RANGE", WindowTooNarrow),
        (400, "TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION", FeedMoved),
        (429, "RATE_LIMIT_EXCEEDED", "ACCOUNTS_LIMIT", RailThrottled),
        (429, "RATE_LIMIT_EXCEEDED", "ACCOUNTS_BALANCE_GET_LIMIT", RailThrottled),
        (429, "RATE_LIMIT_EXCEEDED", "BALANCE_LIMIT", RailThrottled),
        (429, "RATE_LIMIT_EXCEEDED", "TRANSACTIONS_LIMIT", RailThrottled),
        (400, "RATE_LIMIT_EXCEEDED", "A_LIMIT_OF_2027", RailThrottled),
        (500, "API_ERROR", "INTERNAL_SERVER_ERROR", RailUnavailable),
        (503, "API_ERROR", "PLANNED_MAINTENANCE", RailUnavailable),
        (400, "A_TYPE_OF_2027", "A_CODE", RailProtocolError),
    ],
)
def test_plaid(status: int, kind: str, code: str, expected: type[RailError]) -> None:
    script = Script([answer(status, error(kind, code))], endless=True)
    with pytest.raises(RailError) as raised:
        plaid(script).transactions_page(PLAID_TOKEN, None)
    assert type(raised.value) is expected
    assert len(script.requests) == 1


class Told:
    """A budget that notes who was refused."""

    def __init__(self) -> None:
        self.refusals: list[tuple[str, str, float]] = []

    def take(self, kind: str, owner: str) -> float:
        return 0.0

    def ended(self, kind: str, owner: str, status: int | None) -> None:
        """Nothing is counted."""

    def refused(self, kind: str, owner: str, wait_seconds: float) -> float:
        self.refusals.append((kind, owner, wait_seconds))
        return wait_seconds


@pytest.mark.parametrize("status", [200, 400, 429])
def test_the_budget_is_told_whatever_the_status(status: int) -> None:
    script, told = Script([answer(status, fault("3001"))]), Told()
    http = RailHttp(
        SITE,
        make_client(script.transport()),
        script.surroundings(),
        told,
    )
    with pytest.raises(RailThrottled):
        http.command(_read())
    assert [kind for kind, _, _ in told.refusals] == ["bill/{id}"]


@pytest.mark.parametrize(
    ("told", "is_json"),
    [
        ("application/json", True),
        ("application/json;charset=UTF-8", True),
        ("APPLICATION/JSON", True),
        ("application/problem+json", True),
        ("text/json", True),
        ("", True),
        ("text/html", False),
        ("text/html; charset=utf-8", False),
        ("application/xml", False),
        ("application/jsonp", False),
        ("image/png", False),
    ],
)
def test_a_success_says_that_it_is_json(told: str, is_json: bool) -> None:
    headers = {"Content-Type": told} if told else {}
    script = Script([answer(200, {"error_v2": {}}, headers)])
    with pytest.raises(RailProtocolError) as raised:
        ramp(script).read_bill("b-1")
    assert ("another type" in str(raised.value)) is not is_json


def _read() -> Call:
    return Call("GET", "/v3/company/1/bill/1")
