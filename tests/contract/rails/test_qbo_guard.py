"""The one thing written to the ledger, and that nothing else can be."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.ledger_note import note_request_id
from rowcol.rails.qbo.client import QboLedger, ledger_client
from rowcol.rails.qbo.guard import LedgerWriteRefused, ReadOnlyTransport, permitted
from rowcol.service.ports import (
    LedgerRefused,
    LedgerWriteUncertain,
    RailProtocolError,
    RailUnavailable,
)
from tests.support.rails.clients import QBO_BASE, ledger, one
from tests.support.rails.qbo import (
    REALM,
    fault,
)
from tests.support.rails.scripted import Script, answer

HOME = f"/v3/company/{REALM}"


def test_a_note_is_attached_without_touching_its_target() -> None:
    script = Script([one("Attachable", {"Id": "5000", "Note": "verified"})])
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
    script = Script([httpx.ReadTimeout("slow"), one("Attachable", {"Id": "5000", "Note": "n"})])
    books = ledger(script)
    with pytest.raises(LedgerWriteUncertain):
        books.attach_note("Bill", "1803", "n", "r-1")
    assert len(script.requests) == 1, "never repeated blindly"
    assert books.attach_note("Bill", "1803", "n", "r-1") == "5000"
    assert {request.url.params["requestid"] for request in script.requests} == {"r-1"}


def test_a_note_is_found_by_its_last_line() -> None:
    rows = [{"Id": "1", "Note": "other"}, {"Id": "2", "Note": "x\nReference: r-1"}]
    script = Script([answer(200, {"QueryResponse": {"Attachable": rows}, "time": "t"})])
    since = datetime(2026, 11, 21, tzinfo=UTC)
    assert ledger(script).find_note("Reference: r-1", since) == "2"
    script = Script([answer(200, {"QueryResponse": {}, "time": "t"})])
    assert ledger(script).find_note("Reference: r-1", since) is None


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
    with pytest.raises(LedgerWriteUncertain):
        ledger(Script([silent])).attach_note("Bill", "1803", "n", "r-1")


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, fault("10000")),
        answer(500, fault("10000")),
        answer(504, {}),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, content=b"<html>"),
        answer(200, {"Attachable": {"Id": "1", "Note": "another"}}),
    ],
)
def test_nobody_knows_whether_it_is_there(reply: httpx.Response) -> None:
    script = Script([reply])
    with pytest.raises(LedgerWriteUncertain):
        ledger(script).attach_note("Bill", "1803", "n", "r-1")
    assert len(script.requests) == 1


def test_a_fault_with_status_200_is_a_no() -> None:
    with pytest.raises(LedgerRefused):
        ledger(Script([answer(200, fault("5010", "Account Period Closed"))])).attach_note(
            "Bill", "1803", "n", "r-1"
        )


def test_certainly_not_sent() -> None:
    with pytest.raises(RailUnavailable):
        ledger(Script([httpx.ConnectError("no")])).attach_note("Bill", "1803", "n", "r-1")


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
        client.request(method, f"{QBO_BASE}{HOME}/{'/'.join(segments)}", params=params)
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
            url = httpx.URL(f"{QBO_BASE}{HOME}/{entity}{suffix}")
            assert not permitted("POST", url)
    for path in ("batch", "upload", "query", "billpayment/1830", "bill/1803?operation=delete"):
        assert not permitted("POST", httpx.URL(f"{QBO_BASE}{HOME}/{path}"))
    assert permitted("GET", httpx.URL(f"{QBO_BASE}{HOME}/bill/1803?minorversion=75"))
    assert not permitted("GET", httpx.URL(f"{QBO_BASE}{HOME}/billpayment/1830/pdf"))


def test_the_ledgers_client_is_guarded() -> None:
    script = Script()
    client = ledger_client(script.transport())
    with pytest.raises(LedgerWriteRefused):
        client.post(f"{QBO_BASE}{HOME}/bill", json={"Id": "1"})
    client.close()
    assert not script.requests
    methods = {name for name in dir(QboLedger) if not name.startswith("_")}
    assert methods == {
        "read_bill",
        "read_payment",
        "read_vendor",
        "read_invoice",
        "invoices_where",
        "open_invoices",
        "bills_where",
        "open_bills",
        "payments_where",
        "active_vendors",
        "credits_since",
        "preferences",
        "changes",
        "attach_note",
        "find_note",
    }
