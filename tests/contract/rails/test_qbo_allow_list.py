"""That nothing but reads and one kind of note can be sent to the ledger: every way we know of."""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.rails.qbo.client import ledger_client
from rowcol.rails.qbo.guard import READABLE, LedgerWriteRefused, is_note
from tests.support.rails.clients import QBO_BASE
from tests.support.rails.qbo import REALM

HOME = f"{QBO_BASE}/v3/company/{REALM}"
NOTE: dict[str, Any] = {
    "Note": "verified",
    "AttachableRef": [{"EntityRef": {"type": "Bill", "value": "1"}, "IncludeOnSend": False}],
}
ASKED = {"requestid": "r-1", "minorversion": "75"}
# Entities of the contract's table, those beside it, and what is no entity at all.
ENTITIES = (
    *sorted(READABLE),
    *("attachable", "customer", "item", "deposit", "transfer", "estimate", "salesreceipt"),
    *("creditmemo", "refundreceipt", "purchaseorder", "timeactivity", "employee", "term", "class"),
    *("department", "taxcode", "taxservice/taxcode", "recurringtransaction", "batch", "upload"),
    *("download/1", "reports/ProfitAndLoss", "query", "cdc", "entitlements", "exchangerate"),
)
OPERATIONS = ("create", "update", "delete", "void", "send", "merge", "revert")
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "MERGE", "post")
BODIES: tuple[dict[str, Any], ...] = (
    {"Id": "1", "SyncToken": "0"},
    {"Id": "1", "SyncToken": "0", "sparse": True, "PrivateNote": "x"},
    {"VendorRef": {"value": "1"}, "Line": []},
    {"BatchItemRequest": [{"bId": "1", "operation": "delete", "Bill": {"Id": "1"}}]},
)


class Wire:
    """What got through."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []
        self.client = ledger_client(httpx.MockTransport(self._take))

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200, json={})

    def refuses(self, method: str, url: str, **given: Any) -> bool:
        before = len(self.sent)
        try:
            self.client.request(method, url, **given)
        except LedgerWriteRefused:
            return len(self.sent) == before
        return False


WIRE = Wire()


def test_the_one_note_goes_through() -> None:
    wire = Wire()
    wire.client.post(f"{HOME}/attachable", params=ASKED, json=NOTE)
    assert len(wire.sent) == 1


@pytest.mark.parametrize("entity", ENTITIES)
def test_no_entity_is_written_by_any_method_operation_or_body(entity: str) -> None:
    for method, body in itertools.product(METHODS, BODIES):
        for params in (
            {},
            ASKED,
            *({**ASKED, "operation": operation} for operation in OPERATIONS),
            {**ASKED, "operation": "update", "include": "void"},
            {**ASKED, "Operation": "delete"},
            {**ASKED, "include": "void"},
        ):
            told = f"{method} {entity} {params} {body}"
            assert WIRE.refuses(method, f"{HOME}/{entity}", params=params, json=body), told
            assert WIRE.refuses(method, f"{HOME}/{entity}/1", params=params, json=body), told


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", ["operation", "Operation", "OPERATION", " operation", "_method"])
def test_an_operation_makes_nothing_of_a_note_or_a_read(operation: str, name: str) -> None:
    assert WIRE.refuses("POST", f"{HOME}/attachable", params={**ASKED, name: operation}, json=NOTE)
    assert WIRE.refuses("GET", f"{HOME}/bill/1", params={name: operation})


@pytest.mark.parametrize(
    "changed",
    [
        {"Id": "5"},
        {"SyncToken": "0"},
        {"sparse": True},
        {"FileName": "x.exe"},
        {"id": "5"},
        {"status": "Deleted"},
        {"AttachableRef": []},
        {"AttachableRef": [*NOTE["AttachableRef"], *NOTE["AttachableRef"]]},
        {
            "AttachableRef": [
                {"EntityRef": {"type": "Vendor", "value": "1"}, "IncludeOnSend": False}
            ]
        },
        {"AttachableRef": [{"EntityRef": {"type": "Bill", "value": "1"}, "IncludeOnSend": True}]},
        {"AttachableRef": [{"EntityRef": {"type": "Bill", "value": "1", "name": "x"}}]},
        {"AttachableRef": "Bill"},
        {"Note": ""},
        {"Note": None},
        {"Note": {"x": 1}},
        {"Note": "n" * 10_001},
    ],
)
def test_only_a_new_note_beside_one_bill_or_payment(changed: dict[str, Any]) -> None:
    assert WIRE.refuses("POST", f"{HOME}/attachable", params=ASKED, json={**NOTE, **changed})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        json.dumps([NOTE]).encode(),
        json.dumps(NOTE).encode("utf-16"),
        json.dumps(NOTE)[:-1].encode() + b', "Note": "again"}',
        json.dumps(NOTE)[:-1].encode() + b', "Id": "5"}',
        b"[" * 100_000,
        b"Note=verified",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--",
    ],
)
def test_odd_bodies_are_no_notes(content: bytes) -> None:
    assert not is_note(content)
    headers = {"Content-Type": "application/json"}
    url = f"{HOME}/attachable"
    assert WIRE.refuses("POST", url, params=ASKED, content=content, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "DELETE"},
        {"x-http-method": "PUT"},
        {"X-Method-Override": "PATCH"},
        {"X-Original-URL": "/v3/company/1/bill"},
        {"X-Rewrite-URL": "/v3/company/1/bill"},
        {"Content-Encoding": "gzip"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "multipart/form-data"},
        {"Host": "elsewhere.example"},
    ],
)
def test_headers_make_it_no_other_request(headers: dict[str, str]) -> None:
    content = json.dumps(NOTE).encode()
    given = {"Content-Type": "application/json", **headers}
    url = f"{HOME}/attachable"
    assert WIRE.refuses("POST", url, params=ASKED, content=content, headers=given)


@pytest.mark.parametrize(
    "path",
    [
        "/attachable/", "/attachable/5", "/attachable;x=1", "/attachable%2f", "/%61ttachable",
        "/Attachable", "//attachable", "/./attachable", "/../bill", "/attachable%00", "/bill%2f..",
        "/attachable%3foperation=delete", "/attachable#x", "/attachable%0d%0aX: y", "/attachable ",
    ],
)  # fmt: skip
def test_paths_that_are_only_nearly_the_notes(path: str) -> None:
    try:
        url = httpx.URL(f"{HOME}{path}")
    except httpx.InvalidURL:
        return
    passed = not WIRE.refuses("POST", str(url), params=ASKED, json=NOTE)
    # What httpx itself writes plainly is the plain path, and nothing else.
    assert not passed or WIRE.sent[-1].url.path == f"/v3/company/{REALM}/attachable"


@pytest.mark.parametrize("params", [{}, {"requestid": "r-1"}, {**ASKED, "x": "1"}])
def test_a_note_has_its_request_id_and_version_and_nothing_else(params: dict[str, str]) -> None:
    assert WIRE.refuses("POST", f"{HOME}/attachable", params=params, json=NOTE)


def test_a_name_that_comes_twice_is_no_read_and_no_note() -> None:
    assert WIRE.refuses("GET", f"{HOME}/bill/1?minorversion=75&minorversion=1")
    assert WIRE.refuses("POST", f"{HOME}/attachable?requestid=a&requestid=b&minorversion=75")


def test_a_read_carries_no_body() -> None:
    assert WIRE.refuses("GET", f"{HOME}/bill/1", json={"Id": "1"})


@given(
    st.dictionaries(st.text(max_size=12), st.none() | st.text(max_size=5) | st.booleans()),
    st.sampled_from(["attachable", "bill", "batch"]),
)
def test_no_other_body_whatever_it_is(body: dict[str, Any], entity: str) -> None:
    assert WIRE.refuses("POST", f"{HOME}/{entity}", params=ASKED, json=body)
    extra = {**NOTE, **body}
    if extra != NOTE and not (set(body) == {"Note"} and body["Note"]):
        assert WIRE.refuses("POST", f"{HOME}/attachable", params=ASKED, json=extra)
