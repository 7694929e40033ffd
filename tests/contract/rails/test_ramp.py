"""Ramp's client against answers composed from its contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.money import Money
from rowcol.rails.oauth import App
from rowcol.rails.ramp.client import PAGES_MAX, PATIENCE, RampBills, site
from rowcol.rails.ramp.oauth import RampTokens, consent_url
from rowcol.rails.ramp.subscriptions import RampSubscriptions
from rowcol.rails.ramp.translate import STATES
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    ConnectionBroken,
    ExecutionRail,
    OutcomeUnknown,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.ramp import BILL, PAYMENT, amount, bill, error, page, payment
from tests.support.rails.scripted import Script, Tokens, answer

BASE = "https://demo-api.ramp.com"
DAY = date(2026, 11, 23)


def ramp(script: Script) -> RampBills:
    return RampBills(script.http(site(BASE)), Tokens())


def read(**changes: Any) -> Any:
    found = ramp(Script([answer(200, bill(**changes), {"x-trace-id": "trace-9"})])).read_bill(BILL)
    assert found is not None
    return found


def test_it_is_an_execution_rail() -> None:
    rail: ExecutionRail = ramp(Script([answer(404, {})]))
    assert rail.read_bill(BILL) is None


def test_a_bill_in_our_words() -> None:
    found = read(paid_at="2026-11-06T18:02:44+00:00")
    assert found.bill_id == BILL
    assert found.amount == Money(1250000, "USD")
    assert (found.issued_on, found.due_on) == (date(2026, 10, 30), date(2026, 11, 30))
    assert (found.vendor_id, found.vendor_name, found.vendor_ledger_id) == (
        "v-1",
        "Harbor Dental Supply",
        "57",
    )
    assert (found.approved, found.state, found.raw_state) == (
        True,
        RailState.SCHEDULED,
        "PAYMENT_SCHEDULED",
    )
    assert (found.ledger_bill_id, found.ledger_synced, found.archived) == ("1184", True, False)
    assert found.paid_at == datetime(2026, 11, 6, 18, 2, 44, tzinfo=UTC)
    assert found.trace_id == "trace-9"
    assert found.read.began_at < found.read.ended_at
    paid_by = found.payment
    assert (paid_by.payment_id, paid_by.amount, paid_by.method) == (
        PAYMENT,
        Money(1250000, "USD"),
        "ACH",
    )
    assert (paid_by.planned_on, paid_by.effective_on) == (date(2026, 11, 24), None)
    assert (paid_by.source_account_id, paid_by.vendor_account_id) == ("src-1", "va-1")
    assert (paid_by.vendor_trace_id, paid_by.debit_trace_id) == (None, "021000024613370")


def test_sparse_bills_are_read_too() -> None:
    found = read(
        vendor=None,
        payment=None,
        invoice_number=None,
        remote_id=None,
        approval_status=None,
        issued_at=None,
    )
    assert (found.vendor_name, found.payment, found.approved, found.ledger_bill_id) == (
        "",
        None,
        False,
        None,
    )
    card = payment(id=None, details={"fund_id": "f", "spend_limit_id": "s"}, payment_method=None)
    assert read(payment=card).payment.vendor_account_id is None


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        *(
            ({"status_summary": text}, state)
            for text, state in STATES.items()
            if state is not RailState.PAID
        ),
        ({"status_summary": "PAYMENT_COMPLETED", "status": "PAID"}, RailState.PAID),
        ({"status_summary": "PAYMENT_COMPLETED", "status": "OPEN"}, RailState.UNKNOWN),
        ({"status_summary": "PAYMENT_SCHEDULED", "status": "PAID"}, RailState.UNKNOWN),
        ({"status_summary": "A_STATE_OF_2027"}, RailState.UNKNOWN),
        (
            {"status_summary": "PAYMENT_READY", "archived_at": "2026-11-01T00:00:00Z"},
            RailState.ARCHIVED,
        ),
    ],
)
def test_states(changes: dict[str, Any], state: RailState) -> None:
    assert read(**changes).state is state


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (amount(1250, "JPY", 1), Money(1250, "JPY")),
        (amount(125000, "JPY", 100), Money(1250, "JPY")),
        (amount(125, "KWD", 100), Money(1250, "KWD")),
        (amount(-5), Money(-5, "USD")),
    ],
)
def test_minor_units_are_converted_exactly(wire: dict[str, Any], expected: Money) -> None:
    assert read(amount=wire).amount == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": amount(125, "JPY", 100)},
        {"amount": amount(1, "USD", 0)},
        {"amount": amount(10**16)},
        {"amount": amount(1, "usd")},
        {"amount": {"amount": 12.5, "currency_code": "USD", "minor_unit_conversion_rate": 100}},
        {"amount": "12"},
        {"due_at": "soon"},
        {"paid_at": "soon"},
        {"status_summary": None},
        {"id": 5},
    ],
)
def test_an_odd_bill_is_a_breach_that_names_no_value(changes: dict[str, Any]) -> None:
    with pytest.raises(RailProtocolError) as breach:
        read(**changes)
    assert "12.5" not in str(breach.value)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"\xff", b'{"id":NaN}'])
def test_an_answer_that_is_no_bill_is_a_breach(content: bytes) -> None:
    with pytest.raises(RailProtocolError):
        ramp(Script([httpx.Response(200, content=content)])).read_bill(BILL)


def test_an_unknown_bill_is_none() -> None:
    assert ramp(Script([answer(404, error("X", "not found"))])).read_bill(BILL) is None


@pytest.mark.parametrize("bill_id", ["", "../vendors", "a/b", "a?b", "ü", "a" * 65])
def test_what_is_no_id_never_becomes_a_path(bill_id: str) -> None:
    script = Script()
    with pytest.raises(RailProtocolError):
        ramp(script).read_bill(bill_id)
    assert not script.requests


def test_a_missing_scope_breaks_the_connection() -> None:
    refusal = answer(403, error("DEVELOPER_7100", "scope bills:read is missing"))
    with pytest.raises(ConnectionBroken) as broken:
        ramp(Script([refusal])).read_bill(BILL)
    assert broken.value.code == "DEVELOPER_7100"


def test_pages_are_followed_to_the_end() -> None:
    following = f"{BASE}/developer/v1/bills?payment_status=OPEN&page_size=100&start=abc%2Fd"
    script = Script(
        [answer(200, page(bill(), following=following)), answer(200, page(bill(id="b-2")))]
    )
    assert [found.bill_id for found in ramp(script).open_bills()] == [BILL, "b-2"]
    first, second = (dict(request.url.params) for request in script.requests)
    assert first == {"payment_status": "OPEN", "page_size": "100"}
    assert second == {"payment_status": "OPEN", "page_size": "100", "start": "abc/d"}


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/developer/v1/bills?start=1",
        "http://demo-api.ramp.com/developer/v1/bills?start=1",
        "https://demo-api.ramp.com:444/developer/v1/bills?start=1",
        "https://user@demo-api.ramp.com/developer/v1/bills?start=1",
        "https://demo-api.ramp.com/developer/v1/token?start=1",
        "/developer/v1/bills?start=1",
    ],
)
def test_a_page_elsewhere_is_not_followed(following: str) -> None:
    script = Script([answer(200, page(following=following))])
    with pytest.raises(RailProtocolError):
        list(ramp(script).open_bills())
    assert len(script.requests) == 1


def test_paging_in_a_circle_or_without_end_stops() -> None:
    circle = answer(200, page(following=f"{BASE}/developer/v1/bills?start=1"))
    with pytest.raises(RailProtocolError, match="circle"):
        list(ramp(Script([circle], endless=True)).open_bills())
    numbers = iter(range(10**6))

    def endless(_: httpx.Request) -> httpx.Response:
        return answer(200, page(following=f"{BASE}/developer/v1/bills?start={next(numbers)}"))

    script = Script([endless], endless=True)
    with pytest.raises(RailProtocolError, match="pages"):
        list(ramp(script).open_bills())
    assert len(script.requests) == PAGES_MAX


def test_sweeps_ask_with_the_contracts_filters() -> None:
    since = datetime(2026, 11, 17, 3, 0, tzinfo=UTC)
    script = Script([answer(200, page())], endless=True)
    rail = ramp(script)
    list(rail.paid_bills(since))
    list(rail.archived_bills(since))
    rail.bills_of_payment(PAYMENT)
    asked = [dict(request.url.params) for request in script.requests]
    assert asked[0] == {
        "payment_status": "PAID",
        "from_paid_at": "2026-11-17T03:00:00+00:00",
        "page_size": "100",
    }
    assert asked[1] == {
        "is_archived": "true",
        "from_created_at": "2026-11-17T03:00:00+00:00",
        "page_size": "100",
    }
    assert asked[2] == {"payment_id": PAYMENT, "page_size": "100"}


def test_a_moved_date_is_what_the_answer_says() -> None:
    moved = bill(payment=payment(payment_date="2026-11-27T00:00:00+00:00"))
    script = Script([answer(200, moved, {"x-trace-id": "t"})])
    result = ramp(script).set_payment_date(BILL, date(2026, 11, 26))
    assert isinstance(result, CommandAccepted)
    assert result.bill.payment is not None
    assert result.bill.payment.planned_on == date(2026, 11, 27)
    assert script.requests[0].method == "PATCH"
    assert script.requests[0].url.path == f"/developer/v1/bills/{BILL}"
    assert script.body() == {"payment_date": "2026-11-26"}


def test_clearing_sends_null() -> None:
    script = Script([answer(200, bill(payment=payment(payment_date=None)))])
    result = ramp(script).clear_payment_date(BILL)
    assert isinstance(result, CommandAccepted)
    assert script.body() == {"payment_date": None}


def test_a_lever_the_account_does_not_know() -> None:
    refusal = answer(422, error("DEVELOPER_7001", "unknown field", payment_date=["Unknown field."]))
    result = ramp(Script([refusal])).set_payment_date(BILL, DAY)
    assert result == CapabilityMissing("payment_date", "unknown field")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(400, error("BILL_PAY_1", "bill is processing")), "BILL_PAY_1"),
        (answer(404, error("X", "not found")), "X"),
        (answer(422, error("DEVELOPER_7001", "odd", other=["bad"])), "DEVELOPER_7001"),
        (httpx.Response(400, content=b"<html>"), "400"),
    ],
)
def test_a_refusal_is_a_value(reply: httpx.Response, code: str) -> None:
    result = ramp(Script([reply])).set_payment_date(BILL, DAY)
    assert isinstance(result, CommandRefused)
    assert result.code == code


@pytest.mark.parametrize(
    "reply",
    [
        answer(504, {}),
        answer(500, {}),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(200, content=b"<html>"),
        answer(200, bill(id="another-bill")),
        answer(200, bill(amount=None)),
    ],
)
def test_nobody_knows(reply: Any) -> None:
    script = Script([reply])
    assert isinstance(ramp(script).set_payment_date(BILL, DAY), OutcomeUnknown)
    assert len(script.requests) == 1


def test_certainly_not_applied_is_raised() -> None:
    with pytest.raises(RailUnavailable):
        ramp(Script([httpx.ConnectError("no")])).set_payment_date(BILL, DAY)
    with pytest.raises(RailThrottled):
        ramp(Script([answer(429, {})])).clear_payment_date(BILL)
    with pytest.raises(ConnectionBroken):
        ramp(Script([answer(403, error("DEVELOPER_7100", "scope"))])).clear_payment_date(BILL)


def test_our_patience_is_longer_than_ramps() -> None:
    assert PATIENCE.read_seconds > 60


def test_hold_and_lift() -> None:
    script = Script(
        [
            answer(200, bill(status_summary="ON_HOLD")),
            answer(200, bill(status_summary="PAYMENT_READY")),
        ]
    )
    rail = ramp(script)
    held, lifted = rail.hold(BILL, "liquidity"), rail.lift(BILL)
    assert isinstance(held, CommandAccepted)
    assert held.bill.state is RailState.ON_HOLD
    assert isinstance(lifted, CommandAccepted)
    paths = [request.url.path for request in script.requests]
    assert paths == [f"/developer/v1/bills/{BILL}/hold", f"/developer/v1/bills/{BILL}/release"]
    assert script.body(0) == {"reason": "liquidity"}
    assert script.requests[1].content == b""


def test_a_hold_that_the_account_has_not_is_told_from_an_unknown_bill() -> None:
    missing = answer(404, error("X", "no route"))
    known = Script([missing, answer(200, bill())])
    assert isinstance(ramp(known).hold(BILL), CapabilityMissing)
    unknown = Script([missing, answer(404, error("X", "not found"))])
    assert isinstance(ramp(unknown).hold(BILL), CommandRefused)
    assert isinstance(ramp(Script([answer(405, {})])).lift(BILL), CapabilityMissing)


# ---- consent, tokens, subscriptions

APP = App("the client", "se:cret")


def grants(script: Script) -> RampTokens:
    return RampTokens(script.http(site(BASE)), APP)


def test_the_consent_page_is_ramps_own() -> None:
    url = httpx.URL(consent_url(BASE, APP, "https://app.example/back", "state-1"))
    assert (url.host, url.path) == ("demo.ramp.com", "/v1/authorize")
    assert url.params["client_id"] == "the client"
    assert "bills:write" in url.params["scope"]
    assert "vendors:write" not in url.params["scope"]


def test_a_code_becomes_tokens() -> None:
    token = {
        "access_token": "a",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "x y",
        "refresh_token": "r",
    }
    script = Script([answer(200, token)])
    grant = grants(script).exchange("the-code", "https://app.example/back")
    assert (grant.access_token, grant.refresh_token, grant.scopes) == ("a", "r", ("x", "y"))
    assert (grant.access_expires_at - script.surroundings().clock.now()).total_seconds() == 3600
    request = script.requests[0]
    assert request.headers["authorization"].startswith("Basic ")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"grant_type=authorization_code" in request.content
    assert "a'" not in repr(grant)
    assert "se:cret" not in repr(APP)


def test_refresh_credentials_revoke() -> None:
    token = {"access_token": "a", "expires_in": 864000, "refresh_token_expires_in": 60}
    script = Script([answer(200, token), answer(200, token), answer(200, {})])
    tokens = grants(script)
    assert tokens.refresh("r").refresh_token is None
    assert tokens.client_credentials().refresh_expires_at is not None
    tokens.revoke("a")
    assert b"scope=" in script.requests[1].content
    assert script.requests[2].url.path == "/developer/v1/token/revoke"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(400, {"error": "invalid_grant"}), ConnectionBroken),
        (answer(401, {}), ConnectionBroken),
        (answer(404, {}), RailProtocolError),
        (answer(503, {}), RailUnavailable),
        (httpx.ReadTimeout("x"), RailUnavailable),
        (answer(200, {"access_token": "a"}), RailProtocolError),
    ],
)
def test_refused_grants(reply: Any, kind: type[Exception]) -> None:
    script = Script([reply])
    with pytest.raises(kind):
        grants(script).refresh("r")
    assert len(script.requests) == 1


SUBSCRIPTION = {
    "id": "sub-1",
    "business_id": "biz",
    "endpoint_url": "https://x.example/",
    "status": "pending_verification",
    "secret": "ramp_sec_x",
}


def subscriptions(script: Script) -> RampSubscriptions:
    return RampSubscriptions(script.http(site(BASE)), Tokens())


def test_subscribing_falls_back_to_what_older_accounts_know() -> None:
    refusal = answer(422, error("DEVELOPER_7001", "unknown", event_types=["bad"]))
    script = Script([refusal, answer(201, SUBSCRIPTION)])
    made = subscriptions(script).create("https://x.example/")
    assert (made.subscription_id, made.secret, made.status) == (
        "sub-1",
        "ramp_sec_x",
        "pending_verification",
    )
    assert "payments.updated" in made.missing
    assert "ramp_sec_x" not in repr(made)
    full = subscriptions(Script([answer(201, SUBSCRIPTION)])).create("https://x.example/")
    assert full.missing == ()


def test_subscriptions_are_verified_listed_and_ended() -> None:
    rows = [{**SUBSCRIPTION, "status": "active", "secret": None}]
    script = Script(
        [
            answer(200, {"success": True}),
            answer(200, rows),
            answer(200, {"data": rows, "page": {"next": None}}),
            answer(200, {}),
            answer(204, None),
            answer(404, {}),
        ]
    )
    rail = subscriptions(script)
    assert rail.verify("sub-1", "challenge") is True
    assert script.body(0) == {"challenge": "challenge"}
    assert [row.status for row in rail.all()] == ["active"]
    assert [row.status for row in rail.all()] == ["active"]
    with pytest.raises(RailProtocolError):
        rail.all()
    rail.delete("sub-1")
    rail.delete("sub-1")
    with pytest.raises(RailProtocolError):
        rail.delete("../x")


@pytest.mark.parametrize("status", [400, 404])
def test_subscription_refusals(status: int) -> None:
    script = Script([answer(status, {})], endless=True)
    with pytest.raises(RailProtocolError):
        subscriptions(script).create("https://x.example/")
    with pytest.raises(RailProtocolError):
        subscriptions(script).all()
    assert subscriptions(script).verify("sub-1", "c") is False
