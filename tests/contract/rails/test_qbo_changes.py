"""The ledger's queries and change feed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.facts import LedgerChanges
from rowcol.rails.qbo.changes import FEED_ENTITIES, FEED_OBJECTS_MAX, PAGE_OVERLAP_ROWS
from rowcol.rails.qbo.query import PAGE_ROWS_MAX, Condition, select
from tests.support.rails.clients import ledger, one
from tests.support.rails.qbo import (
    bill,
    feed,
    invoice,
    payment,
    tombstone,
)
from tests.support.rails.scripted import NOW, Script, answer


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


def changed_at(number: int, moment: str) -> dict[str, object]:
    return bill(Id=str(number), MetaData={"LastUpdatedTime": moment})


def test_pages_follow_the_last_change_and_are_joined_by_id() -> None:
    early, late = "2026-11-19T08:00:00-08:00", "2026-11-19T09:00:00-08:00"
    first = [changed_at(number, early) for number in range(PAGE_ROWS_MAX - 1)]
    first.append(changed_at(PAGE_ROWS_MAX - 1, late))
    second = [changed_at(PAGE_ROWS_MAX - 1 + number, late) for number in range(60)]
    script = Script([one("QueryResponse", {"Bill": first}), one("QueryResponse", {"Bill": second})])
    found = ledger(script).bills_where([Condition("DocNumber", "=", "GP-7802")])
    assert len(found) == PAGE_ROWS_MAX - 1 + 60
    statements = [request.url.params["query"] for request in script.requests]
    assert f"DocNumber = 'GP-7802' AND MetaData.LastUpdatedTime >= '{late}'" in statements[1]
    assert "STARTPOSITION 1 " in statements[1]


def test_more_of_one_instant_than_a_page_are_paged_by_position_with_overlap() -> None:
    at = "2026-11-19T08:00:00-08:00"
    step = PAGE_ROWS_MAX - PAGE_OVERLAP_ROWS
    pages = [
        [changed_at(number, at) for number in range(PAGE_ROWS_MAX)],
        [changed_at(number, at) for number in range(PAGE_ROWS_MAX)],
        [changed_at(step + number, at) for number in range(60)],
    ]
    script = Script([one("QueryResponse", {"Bill": page}) for page in pages])
    assert len(ledger(script).bills_where([])) == PAGE_ROWS_MAX + 10
    assert f"STARTPOSITION {step + 1} " in script.requests[2].url.params["query"]


def test_an_empty_query_is_empty() -> None:
    assert ledger(Script([one("QueryResponse", {})])).payments_where([]) == ()


def test_changes_are_bills_payments_invoices_and_what_was_deleted() -> None:
    rows = feed(
        {"Bill": [bill(), tombstone("1807")], "startPosition": 1},
        {"BillPayment": [payment(TotalAmt=0, Line=[], PrivateNote="Voided"), tombstone("1831")]},
        {"Invoice": [invoice(), tombstone("1742")]},
    )
    script = Script([answer(200, rows)])
    since = NOW - timedelta(hours=1)
    changes = ledger(script).changes(since)
    assert [found.bill_id for found in changes.bills] == ["1803"]
    assert [(found.payment_id, found.voided) for found in changes.payments] == [("1830", True)]
    assert changes.deleted_payment_ids == ("1831",)
    assert [found.invoice_id for found in changes.invoices] == ["1741"]
    assert changes.deleted_invoice_ids == ("1742",)
    params = script.requests[0].url.params
    assert params["entities"] == ",".join(FEED_ENTITIES)
    assert datetime.fromisoformat(params["changedSince"]) == since - timedelta(minutes=5)


def test_beyond_the_feed_objects_come_by_query() -> None:
    script = Script([
        answer(200, feed({"BillPayment": [tombstone("1831")]})),
        one("QueryResponse", {"Bill": [bill()]}),
        one("QueryResponse", {"BillPayment": [payment()]}),
        one("QueryResponse", {"Invoice": [invoice()]}),
        *(one("QueryResponse", {}) for _ in FEED_ENTITIES[3:]),
    ])  # fmt: skip
    changes = ledger(script).changes(NOW - timedelta(days=40))
    assert (len(changes.bills), len(changes.payments), len(changes.invoices)) == (1, 1, 1)
    assert changes.deleted_payment_ids == ("1831",)
    asked = datetime.fromisoformat(script.requests[0].url.params["changedSince"])
    assert asked > NOW - timedelta(days=30)
    assert "2026-10-11" in script.requests[1].url.params["query"]


def test_a_full_feed_is_asked_entity_by_entity() -> None:
    rows = [bill(Id=str(number)) for number in range(FEED_OBJECTS_MAX - 1)]
    script = Script([
        answer(200, feed({"Bill": rows}, {"BillPayment": [payment(), tombstone("1831")]})),
        answer(200, feed({"Bill": rows})),
        answer(200, feed({"BillPayment": [payment(), tombstone("1831")]})),
        *(answer(200, feed()) for _ in FEED_ENTITIES[2:]),
    ])  # fmt: skip
    changes = ledger(script).changes(NOW - timedelta(hours=1))
    assert (len(changes.bills), len(changes.payments)) == (FEED_OBJECTS_MAX - 1, 1)
    assert (changes.deleted_payment_ids, changes.complete) == (("1831",), True)
    asked = [request.url.params["entities"] for request in script.requests]
    assert asked == [",".join(FEED_ENTITIES), *FEED_ENTITIES]


def test_one_entity_that_fills_the_feed_is_halved_and_its_earlier_half_queried() -> None:
    full = [bill(Id=str(number)) for number in range(FEED_OBJECTS_MAX)]
    script = Script([
        answer(200, feed({"Bill": full})),
        answer(200, feed({"Bill": [*full[1:], tombstone("gone")]})),
        answer(200, feed({"Bill": [bill(Id="late")]})),
        one("QueryResponse", {"Bill": [bill(Id="early")]}),
        *(answer(200, feed()) for _ in FEED_ENTITIES[1:]),
    ])  # fmt: skip
    changes = ledger(script).changes(NOW - timedelta(hours=1))
    assert sorted(found.bill_id for found in changes.bills) == ["early", "late"]
    assert (changes.deleted_bill_ids, changes.complete) == (("gone",), False)
    halves = [request.url.params.get("changedSince") for request in script.requests[1:3]]
    first, second = (datetime.fromisoformat(str(text)) for text in halves)
    assert abs((second - first) - timedelta(minutes=32, seconds=30)) <= timedelta(seconds=1)
    statement = script.requests[3].url.params["query"]
    assert "MetaData.LastUpdatedTime >= " in statement
    assert "MetaData.LastUpdatedTime <= " in statement


@pytest.mark.parametrize("body", [{"CDCResponse": []}, {"CDCResponse": [{"QueryResponse": [{}]}]}])
def test_an_empty_feed(body: dict[str, object]) -> None:
    assert ledger(Script([answer(200, body)])).changes(NOW) == LedgerChanges()
