"""Reading Ramp's bills: answers composed from its contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.money import Money
from rowcol.rails.ramp.paging import PAGES_MAX
from rowcol.rails.ramp.translate import STATES
from rowcol.service.ports import (
    ConnectionBroken,
    ExecutionRail,
    RailProtocolError,
)
from tests.support.rails.clients import RAMP_BASE, ramp
from tests.support.rails.ramp import BILL, PAYMENT, amount, bill, error, page, payment
from tests.support.rails.scripted import Script, answer


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
    following = f"{RAMP_BASE}/developer/v1/bills?payment_status=OPEN&page_size=100&start=abc%2Fd"
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
    circle = answer(200, page(following=f"{RAMP_BASE}/developer/v1/bills?start=1"))
    with pytest.raises(RailProtocolError, match="circle"):
        list(ramp(Script([circle], endless=True)).open_bills())
    numbers = iter(range(10**6))

    def endless(_: httpx.Request) -> httpx.Response:
        return answer(200, page(following=f"{RAMP_BASE}/developer/v1/bills?start={next(numbers)}"))

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
