"""The ledger's client against answers composed from QBO's contract."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.facts import LedgerAllocation
from rowcol.domain.money import Money
from rowcol.rails.oauth import App
from rowcol.rails.qbo.client import (
    FEED_OBJECTS_MAX,
    PAGE_OVERLAP_ROWS,
    QboLedger,
    ledger_client,
    note_request_id,
    site,
)
from rowcol.rails.qbo.faults import LedgerRefused
from rowcol.rails.qbo.guard import LedgerWriteRefused, ReadOnlyTransport, permitted
from rowcol.rails.qbo.oauth import QboTokens, consent_url, token_site
from rowcol.rails.qbo.query import PAGE_ROWS_MAX, Condition, select
from rowcol.service.ports import (
    ConnectionBroken,
    LedgerRail,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.qbo import (
    REALM,
    XML_THROTTLE,
    bill,
    fault,
    feed,
    gateway_fault,
    payment,
    tombstone,
)
from tests.support.rails.scripted import NOW, Script, Tokens, answer

BASE = "https://sandbox-quickbooks.api.intuit.com"
HOME = f"/v3/company/{REALM}"


def ledger(script: Script) -> QboLedger:
    http = script.http(site(BASE), ledger_client(script.transport()))
    return QboLedger(http, Tokens(), REALM)


def one(name: str, value: object) -> httpx.Response:
    return answer(200, {name: value, "time": "t"})


def test_it_is_a_ledger_rail() -> None:
    rail: LedgerRail = ledger(Script([answer(400, fault("610"))]))
    assert rail.read_bill("1803") is None


def test_a_bill_in_our_words() -> None:
    script = Script([one("Bill", bill(Balance=49.5))])
    found = ledger(script).read_bill("1803")
    assert found is not None
    assert (found.amount, found.balance) == (Money(125000, "USD"), Money(4950, "USD"))
    assert (found.vendor_id, found.doc_number, found.due_on) == (
        "56",
        "GP-7802",
        date(2026, 10, 19),
    )
    assert (found.payment_ids, found.sync_token) == (("1830",), "1")
    request = script.requests[0]
    assert (request.method, request.url.path) == ("GET", f"{HOME}/bill/1803")
    assert dict(request.url.params) == {"minorversion": "75"}
    assert request.headers["authorization"] == "Bearer tok-1"


def test_a_payment_in_our_words() -> None:
    found = ledger(Script([one("BillPayment", payment())])).read_payment("1830")
    assert found is not None
    assert (found.amount, found.paid_on, found.account_id) == (
        Money(125000, "USD"),
        date(2026, 10, 16),
        "35",
    )
    assert found.allocations == (LedgerAllocation("1803", Money(120050, "USD")),)
    assert (found.voided, found.deleted) == (False, False)


@pytest.mark.parametrize(
    ("changes", "voided", "account"),
    [
        ({"TotalAmt": 0, "Line": [], "PrivateNote": "Voided - Synced"}, True, "35"),
        ({"TotalAmt": 0, "Line": []}, False, "35"),
        ({"PrivateNote": "Voided once, and made again"}, False, "35"),
        ({"status": "Voided"}, True, "35"),
        (
            {"CheckPayment": None, "CreditCardPayment": {"CCAccountRef": {"value": "41"}}},
            False,
            "41",
        ),
        ({"CheckPayment": None}, False, None),
    ],
)
def test_voids_and_accounts(changes: dict[str, Any], voided: bool, account: str | None) -> None:
    found = ledger(Script([one("BillPayment", payment(**changes))])).read_payment("1830")
    assert found is not None
    assert (found.voided, found.account_id) == (voided, account)


def test_a_company_of_one_currency_names_none() -> None:
    found = ledger(Script([one("Bill", bill(CurrencyRef=None))])).read_bill("1803")
    assert found is not None
    assert found.amount.currency == "USD"


@pytest.mark.parametrize(
    "reply",
    [answer(400, fault("610")), answer(404, {}), one("Bill", {"Id": "1803", "status": "Deleted"})],
)
def test_what_is_gone_is_none(reply: httpx.Response) -> None:
    assert ledger(Script([reply])).read_bill("1803") is None


def test_a_vendor() -> None:
    found = ledger(Script([one("Vendor", {"Id": "56", "DisplayName": "Greenleaf"})])).read_vendor(
        "56"
    )
    assert found is not None
    assert (found.display_name, found.active) == ("Greenleaf", True)
    assert ledger(Script([answer(400, fault("610"))])).read_vendor("56") is None


@pytest.mark.parametrize(
    "entity_id", ["", "1' OR Id > '0", "../../bill/1", "1/2", "1?operation=delete", "a" * 65]
)
def test_what_is_no_id_never_becomes_a_path(entity_id: str) -> None:
    script = Script()
    with pytest.raises(RailProtocolError):
        ledger(script).read_bill(entity_id)
    assert not script.requests


@pytest.mark.parametrize("realm", ["", "12a", "1/../2", "1" * 21])
def test_what_is_no_realm_is_refused(realm: str) -> None:
    script = Script()
    with pytest.raises(RailProtocolError):
        QboLedger(script.http(site(BASE)), Tokens(), realm)


@pytest.mark.parametrize(
    "value",
    [
        bill(TotalAmt="12"),
        bill(TotalAmt=0.001),
        bill(DueDate="soon"),
        bill(VendorRef=None),
        None,
        [],
    ],
)
def test_an_odd_object_is_a_breach(value: object) -> None:
    with pytest.raises(RailProtocolError):
        ledger(Script([one("Bill", value)])).read_bill("1803")


# ---- faults


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer(200, fault("10000")), RailUnavailable),
        (answer(500, fault("10000")), RailUnavailable),
        (answer(403, gateway_fault("3100")), ConnectionBroken),
        (answer(403, {}), RailProtocolError),
        (answer(403, fault("9999")), ConnectionBroken),
        (answer(400, fault("6190")), ConnectionBroken),
        (answer(400, fault("120")), ConnectionBroken),
        (answer(400, fault("4001")), RailProtocolError),
        (answer(400, fault("3001")), RailThrottled),
        (httpx.Response(429, content=XML_THROTTLE), RailThrottled),
        (httpx.Response(400, content=XML_THROTTLE), RailThrottled),
        (httpx.Response(400, content=b"<html>"), RailProtocolError),
        (answer(200, []), RailProtocolError),
        (answer(200, {"Fault": {"Error": []}}), RailProtocolError),
        (answer(200, {"fault": {"error": ["x"]}}), RailProtocolError),
        (answer(418, {}), RailProtocolError),
    ],
)
def test_faults(reply: httpx.Response, expected: type[RailError]) -> None:
    with pytest.raises(expected) as raised:
        ledger(Script([reply], endless=True)).read_bill("1803")
    assert type(raised.value) is expected
    assert "what it was about" not in str(raised.value)


def test_a_throttle_waits_a_minute_elsewhere() -> None:
    script = Script([httpx.Response(429, content=XML_THROTTLE)])
    with pytest.raises(RailThrottled) as slow:
        ledger(script).read_bill("1803")
    assert slow.value.retry_after_seconds >= 60
    assert script.pauses == []


def test_401_renews_once() -> None:
    script = Script([answer(401, gateway_fault("3200")), one("Bill", bill())])
    assert ledger(script).read_bill("1803") is not None
    script = Script([answer(401, gateway_fault("3200"))], endless=True)
    with pytest.raises(ConnectionBroken):
        ledger(script).read_bill("1803")
    assert len(script.requests) == 2


# ---- queries and the change feed


def test_values_never_become_syntax() -> None:
    hostile = Condition("DocNumber", "=", "x' OR Id > '0\\")
    assert (
        select("Bill", [hostile])
        .split(" WHERE ")[1]
        .startswith("DocNumber = 'x\\' OR Id > \\'0\\\\' ORDERBY")
    )


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_a_value_ends_where_it_should(value: str) -> None:
    if not value.isprintable():
        return
    text = Condition("DocNumber", "=", value).text()
    inside, escaped = text.removeprefix("DocNumber = '"), False
    for place, character in enumerate(inside):
        if character == "'" and not escaped:
            assert place == len(inside) - 1
        escaped = character == "\\" and not escaped


@pytest.mark.parametrize(
    "condition",
    [
        Condition("Doc Number", "=", "x"),
        Condition("DocNumber", "OR", "x"),
        Condition("DocNumber", "=", "a\nb"),
        Condition("DocNumber", "=", "x" * 201),
    ],
)
def test_what_is_no_comparison(condition: Condition) -> None:
    with pytest.raises(ValueError, match="not a"):
        select("Bill", [condition])


@pytest.mark.parametrize(("entity", "start"), [("Bill, Vendor", 1), ("bill", 1), ("Bill", 0)])
def test_what_is_no_statement(entity: str, start: int) -> None:
    with pytest.raises(ValueError, match="not an"):
        select(entity, [], start=start)


def test_pages_overlap_and_are_joined_by_id() -> None:
    first = [bill(Id=str(number)) for number in range(PAGE_ROWS_MAX)]
    second = [bill(Id=str(PAGE_ROWS_MAX - PAGE_OVERLAP_ROWS + number)) for number in range(60)]
    script = Script([one("QueryResponse", {"Bill": first}), one("QueryResponse", {"Bill": second})])
    found = ledger(script).bills_where([Condition("DocNumber", "=", "GP-7802")])
    assert len(found) == PAGE_ROWS_MAX + 10
    statements = [request.url.params["query"] for request in script.requests]
    assert f"STARTPOSITION {PAGE_ROWS_MAX - PAGE_OVERLAP_ROWS + 1} " in statements[1]


def test_an_empty_query_is_empty() -> None:
    assert ledger(Script([one("QueryResponse", {})])).payments_where([]) == ()


def test_changes_are_bills_payments_and_deleted_payments() -> None:
    rows = feed(
        {"Bill": [bill(), tombstone("1807")], "startPosition": 1},
        {"BillPayment": [payment(TotalAmt=0, Line=[], PrivateNote="Voided"), tombstone("1831")]},
    )
    script = Script([answer(200, rows)])
    since = NOW - timedelta(hours=1)
    bills, payments, deleted = ledger(script).changes(since)
    assert [found.bill_id for found in bills] == ["1803"]
    assert [(found.payment_id, found.voided) for found in payments] == [("1830", True)]
    assert deleted == ("1831",)
    params = script.requests[0].url.params
    assert params["entities"] == "Bill,BillPayment"
    assert datetime.fromisoformat(params["changedSince"]) == since - timedelta(minutes=5)


def test_beyond_the_feed_objects_come_by_query() -> None:
    script = Script([
        answer(200, feed({"BillPayment": [tombstone("1831")]})),
        one("QueryResponse", {"Bill": [bill()]}),
        one("QueryResponse", {"BillPayment": [payment()]}),
    ])  # fmt: skip
    bills, payments, deleted = ledger(script).changes(NOW - timedelta(days=40))
    assert (len(bills), len(payments), deleted) == (1, 1, ("1831",))
    asked = datetime.fromisoformat(script.requests[0].url.params["changedSince"])
    assert asked > NOW - timedelta(days=30)
    assert "2026-10-11" in script.requests[1].url.params["query"]


def test_a_full_feed_is_not_trusted_to_be_complete() -> None:
    rows = [bill(Id=str(number)) for number in range(FEED_OBJECTS_MAX)]
    script = Script([
        answer(200, feed({"Bill": rows})),
        one("QueryResponse", {"Bill": [bill(Id="a"), bill(Id="b")]}),
        one("QueryResponse", {}),
    ])  # fmt: skip
    bills, _, _ = ledger(script).changes(NOW - timedelta(hours=1))
    assert [found.bill_id for found in bills] == ["a", "b"]


@pytest.mark.parametrize(
    "body", [{}, {"CDCResponse": []}, {"CDCResponse": [{"QueryResponse": [{}]}]}]
)
def test_an_empty_feed(body: dict[str, object]) -> None:
    assert ledger(Script([answer(200, body)])).changes(NOW) == ((), (), ())


# ---- the note, and nothing else


def test_a_note_is_attached_without_touching_its_target() -> None:
    script = Script([one("Attachable", {"Id": "5000", "Note": "n"})])
    request_id = note_request_id(REALM, "1830", "event-1")
    assert ledger(script).attach_note("BillPayment", "1830", "verified", request_id) == "5000"
    request = script.requests[0]
    assert (request.method, request.url.path) == ("POST", f"{HOME}/attachable")
    assert dict(request.url.params) == {"requestid": request_id, "minorversion": "75"}
    assert script.body() == {
        "Note": "verified",
        "AttachableRef": [
            {"EntityRef": {"type": "BillPayment", "value": "1830"}, "IncludeOnSend": False}
        ],
    }


def test_a_repeat_of_a_note_has_the_same_request_id() -> None:
    assert note_request_id(REALM, "1", "e") == note_request_id(REALM, "1", "e")
    assert note_request_id(REALM, "1", "e") != note_request_id(REALM, "1", "f")
    assert len(note_request_id(REALM, "1", "e")) <= 36
    script = Script([httpx.ReadTimeout("slow"), one("Attachable", {"Id": "5000"})])
    assert ledger(script).attach_note("Bill", "1803", "n", "r-1") == "5000"
    assert {request.url.params["requestid"] for request in script.requests} == {"r-1"}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(400, fault("5010", "Account Period Closed")), "period_closed"),
        (answer(400, fault("5010", "Stale Object Error")), "stale"),
        (answer(400, fault("6240")), "duplicate"),
        (answer(400, fault("6000")), "invalid"),
        (answer(400, fault("610")), "invalid"),
    ],
)
def test_a_refused_note_says_why(reply: httpx.Response, reason: str) -> None:
    with pytest.raises(LedgerRefused) as refused:
        ledger(Script([reply])).attach_note("Bill", "1803", "n", "r-1")
    assert refused.value.reason == reason


def test_a_note_that_is_not_shown_was_not_attached() -> None:
    silent = answer(200, {"BatchItemResponse": [], "time": "t"})
    with pytest.raises(RailUnavailable):
        ledger(Script([silent])).attach_note("Bill", "1803", "n", "r-1")


@pytest.mark.parametrize(
    ("entity", "entity_id", "note", "request_id"),
    [
        ("Vendor", "1", "n", "r"),
        ("Bill", "1'", "n", "r"),
        ("Bill", "1", "", "r"),
        ("Bill", "1", "n" * 2001, "r"),
        ("Bill", "1", "n", "r" * 37),
        ("Bill", "1", "n", "a&operation=delete"),
    ],
)
def test_what_is_no_note(entity: str, entity_id: str, note: str, request_id: str) -> None:
    script = Script()
    with pytest.raises(RailProtocolError):
        ledger(script).attach_note(entity, entity_id, note, request_id)
    assert not script.requests


METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"])
SEGMENTS = st.sampled_from([
    "bill", "billpayment", "attachable", "upload", "batch", "query", "cdc", "companyinfo", "1803",
    "..", "%2e",
    "attachable%2f", "bill;x", "BILL", "",
])  # fmt: skip
PARAMS = st.dictionaries(
    st.sampled_from(["operation", "include", "requestid", "minorversion", "query", "Operation"]),
    st.sampled_from(["delete", "update", "void", "x"]),
    max_size=3,
)


@given(METHODS, st.lists(SEGMENTS, max_size=3), PARAMS)
def test_a_write_cannot_be_expressed(
    method: str, segments: list[str], params: dict[str, str]
) -> None:
    sent: list[httpx.Request] = []

    def inner(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    client = httpx.Client(transport=ReadOnlyTransport(httpx.MockTransport(inner)))
    try:
        client.request(method, f"{BASE}{HOME}/{'/'.join(segments)}", params=params)
    except LedgerWriteRefused:
        assert not sent
        return
    (request,) = sent
    assert "operation" not in request.url.params
    if request.method == "POST":
        assert request.url.path == f"{HOME}/attachable"
    else:
        assert request.method == "GET"


def test_every_documented_write_is_refused() -> None:
    for entity in ("bill", "billpayment", "vendor", "purchase", "journalentry", "attachable"):
        for suffix in (
            "",
            "?operation=delete",
            "?operation=update&include=void",
            "?operation=void",
        ):
            url = httpx.URL(f"{BASE}{HOME}/{entity}{suffix}")
            assert not permitted("POST", url) or (entity, suffix) == ("attachable", "")
    for path in ("batch", "upload", "query", "billpayment/1830", "bill/1803?operation=delete"):
        assert not permitted("POST", httpx.URL(f"{BASE}{HOME}/{path}"))
    assert permitted("GET", httpx.URL(f"{BASE}{HOME}/bill/1803?minorversion=75"))
    assert not permitted("GET", httpx.URL(f"{BASE}{HOME}/billpayment/1830/pdf"))


def test_the_ledgers_client_is_guarded() -> None:
    script = Script()
    client = ledger_client(script.transport())
    with pytest.raises(LedgerWriteRefused):
        client.post(f"{BASE}{HOME}/bill", json={"Id": "1"})
    client.close()
    assert not script.requests
    methods = {name for name in dir(QboLedger) if not name.startswith("_")}
    assert methods == {
        "read_bill",
        "read_payment",
        "read_vendor",
        "bills_where",
        "payments_where",
        "changes",
        "attach_note",
    }


# ---- tokens

APP = App("the-client", "the-secret")
TOKEN_URL = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"


def tokens(script: Script) -> QboTokens:
    where, path = token_site(TOKEN_URL)
    return QboTokens(script.http(where), path, APP)


def test_a_refresh_gives_a_new_refresh_token_and_all_its_ends() -> None:
    body = {
        "token_type": "bearer",
        "access_token": "a",
        "expires_in": 3600,
        "refresh_token": "next",
        "x_refresh_token_expires_in": 8640000,
        "x_refresh_token_hard_expires_in": 157680000,
    }
    script = Script([answer(200, body)])
    grant = tokens(script).refresh("r-1")
    assert (grant.access_token, grant.refresh_token) == ("a", "next")
    assert grant.refresh_expires_at is not None
    assert grant.connection_ends_at is not None
    assert (grant.connection_ends_at - grant.refresh_expires_at).days == 1725
    request = script.requests[0]
    assert str(request.url) == TOKEN_URL
    assert request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert request.content == b"grant_type=refresh_token&refresh_token=r-1"


@pytest.mark.parametrize(
    ("status", "code"), [(400, "invalid_grant"), (401, "invalid_client"), (400, "unknown")]
)
def test_a_refused_refresh_is_final(status: int, code: str) -> None:
    body = {} if code == "unknown" else {"error": code, "error_description": "secret things"}
    script = Script([answer(status, body)])
    with pytest.raises(ConnectionBroken) as broken:
        tokens(script).refresh("r-1")
    assert broken.value.code == code
    assert "secret things" not in str(broken.value)
    assert len(script.requests) == 1


def test_a_refresh_without_an_answer_is_not_repeated_here() -> None:
    script = Script([httpx.ReadTimeout("slow")])
    with pytest.raises(RailUnavailable):
        tokens(script).refresh("r-1")
    assert len(script.requests) == 1
    with pytest.raises(RailProtocolError):
        tokens(Script([answer(404, {})])).exchange("c", "https://app.example/back")


def test_where_consent_is_given_and_tokens_are_granted() -> None:
    url = httpx.URL(consent_url(APP, "https://app.example/back", "state-1"))
    assert url.host == "appcenter.intuit.com"
    assert json.dumps(dict(url.params)).count("state-1") == 1
    with pytest.raises(RailProtocolError):
        token_site("https://evil.example/oauth2/v1/tokens/bearer")
    assert token_site("http://127.0.0.1:9/oauth2/v1/tokens/bearer")[1] == "/oauth2/v1/tokens/bearer"
