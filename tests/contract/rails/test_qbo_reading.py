"""Reading the ledger: objects and faults composed from QBO's contract."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import LedgerAllocation
from rowcol.domain.money import Money
from rowcol.rails.qbo.client import (
    QboLedger,
    site,
)
from rowcol.service.ports import (
    ConnectionBroken,
    LedgerRail,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.clients import QBO_BASE, ledger, one
from tests.support.rails.qbo import (
    REALM,
    XML_THROTTLE,
    bill,
    fault,
    gateway_fault,
    payment,
)
from tests.support.rails.scripted import Script, Tokens, answer

HOME = f"/v3/company/{REALM}"


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
    assert (found.name, found.active) == ("Greenleaf", True)
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
        QboLedger(script.http(site(QBO_BASE)), Tokens(), realm)


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
