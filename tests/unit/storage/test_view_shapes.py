"""Rows of views as they are stored and asked for: facets beside the row, three sort keys."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.scope import Scope
from rowcol.service.view_ports import FacetPage, FacetRow, FacetSpan, ViewOrder, ViewRow
from rowcol.storage.facets import NAMES, facet_attributes, facets_of, stored_facets
from rowcol.storage.views import DynamoViews
from tests.conformance.ordered_views import facets, row
from tests.conformance.world import BLUEBIRD
from tests.support.storage.scripted import Answer, Scripted
from tests.unit.storage.test_shapes import size_bytes

INDEX_ITEM_BYTES_MAX = 512


def views(client: Any) -> DynamoViews:
    return DynamoViews("views", lambda: client)


def index_item(key: str, number: int, order: ViewOrder) -> dict[str, Any]:
    """An item as an order's index shows it."""
    stored = facet_attributes(key, facets(number))
    shown = {name: stored[name] for name in (*NAMES, f"by_{order}")}
    return {"pk": {"S": "oak/bluebird/payments"}, "sk": {"S": key}, **shown}


def test_facets_are_attributes_of_their_own_and_three_sort_keys() -> None:
    stored = facet_attributes("pay_1", facets(1))
    assert stored["by_date"] == {"S": "2026-11-09#pay_1"}
    assert stored["by_amount"] == {"S": "0000000000010000#pay_1"}
    assert stored["by_status"] == {"S": "done#2026-11-09#pay_1"}
    assert stored["amount"] == {"N": "10000"}
    assert stored["counterparty_id"] == {"S": "vendor-1"}
    assert stored["created_at"] == {"S": "2026-11-20T15:00:00.000000Z"}
    assert stored["deleted"] == {"BOOL": False}
    assert facet_attributes("pay_0", facets(0))["counterparty_id"] == {"NULL": True}
    assert set(stored) == {*NAMES, "by_date", "by_amount", "by_status"}
    assert stored_facets(stored) == facets(1)


def test_a_row_without_facets_has_none_of_their_attributes() -> None:
    client = Scripted(lambda _given: {})
    views(client).apply([row("pay_1", None), row("pay_1", facets(1))])
    bare, full = (set(asked["Item"]) for asked in client.asked)
    assert bare == {"pk", "sk", "sequence", "row"}
    assert full == bare | {*NAMES, "by_date", "by_amount", "by_status"}
    assert facets_of(client.asked[0]["Item"]) is None


def test_facets_that_a_later_version_added_are_missed_by_no_older_row() -> None:
    stored = facet_attributes("pay_1", facets(1))
    del stored["deleted"]
    assert stored_facets({**stored, "added_later": {"S": "x"}}) == facets(1)


def test_an_item_of_an_index_is_half_a_kilobyte_at_most() -> None:
    """A write unit is a KB, a megabyte is a query: 2,000 rows and more come in one call."""
    longest = {"counterparty_id": "v" * 64, "counterparty_name": "n" * 60}
    for order in ViewOrder:
        item = index_item("pay_" + "x" * 32, 3, order)
        wide = item | {name: {"S": text} for name, text in longest.items()}
        assert size_bytes(wide) < INDEX_ITEM_BYTES_MAX


def answers(*pages: tuple[range, bool]) -> list[Answer]:
    """Answers of queries by amount: rows of these numbers, and whether there are more."""
    made: list[Answer] = []
    for numbers, has_more in pages:
        items = [index_item(f"pay_{number}", number, ViewOrder.AMOUNT) for number in numbers]
        more = {"LastEvaluatedKey": {"sk": items[-1]["sk"]}} if has_more and items else {}
        made.append(lambda _given, items=items, more=more: {"Items": items, **more})  # type: ignore[misc]  # a lambda's default
    return made


def ask(client: Scripted, span: FacetSpan) -> FacetPage:
    return views(client).facets(BLUEBIRD, "payments", ViewOrder.AMOUNT, span)


@pytest.mark.parametrize(
    ("span", "condition", "low", "high"),
    [
        (FacetSpan(), "<= :high", None, "\U0010ffff"),
        (FacetSpan("001"), "BETWEEN :low AND :high", "001", "\U0010ffff"),
        (FacetSpan(None, "009"), "<= :high", None, "009\U0010ffff"),
        (
            FacetSpan("001", "009", after="005#a"),
            "BETWEEN :low AND :high",
            "005#a",
            "009\U0010ffff",
        ),
        (
            FacetSpan("001", "009", descending=True, after="005#a"),
            "BETWEEN :low AND :high",
            "001",
            "005#a",
        ),
        (FacetSpan(descending=True, after="005#a"), "<= :high", None, "005#a"),
    ],
)
def test_bounds_and_cursor_are_one_range_of_the_callers_partition(
    span: FacetSpan, condition: str, low: str | None, high: str
) -> None:
    client = Scripted(*answers((range(0), False)))
    assert ask(client, span) == FacetPage((), None)
    [asked] = client.asked
    assert asked["IndexName"] == "by_amount"
    assert asked["KeyConditionExpression"] == f"pk = :partition AND by_amount {condition}"
    values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
    expected = {":partition": "oak/bluebird/payments", ":high": high}
    assert values == (expected if low is None else {**expected, ":low": low})
    assert asked["ScanIndexForward"] is not span.descending


@pytest.mark.parametrize(
    "span",
    [
        FacetSpan("9", "1"),
        FacetSpan("1", "2", after="9"),
        FacetSpan("5", after="1", descending=True),
    ],
)
def test_an_empty_range_costs_no_call(span: FacetSpan) -> None:
    client = Scripted()
    assert ask(client, span) == FacetPage((), None)
    assert client.asked == []


def test_a_page_that_one_query_does_not_fill_asks_on() -> None:
    client = Scripted(*answers((range(3), True), (range(3, 4), True), (range(4, 7), False)))
    page = ask(client, FacetSpan(limit=5))
    assert page.rows == tuple(FacetRow(f"pay_{n}", facets(n)) for n in range(5))
    assert page.next_key == facet_attributes("pay_4", facets(4))["by_amount"]["S"]
    assert [asked["Limit"] for asked in client.asked] == [6, 3, 2]
    starts = [asked.get("ExclusiveStartKey") for asked in client.asked]
    assert starts == [None, {"sk": {"S": "pay_2"}}, {"sk": {"S": "pay_3"}}]


def test_the_row_of_the_cursor_itself_is_dropped() -> None:
    after = facet_attributes("pay_0", facets(0))["by_amount"]["S"]
    page = ask(Scripted(*answers((range(4), False))), FacetSpan(after=after, limit=2))
    assert [one.key for one in page.rows] == ["pay_1", "pay_2"]
    assert page.next_key is not None


def test_a_thousand_rows_cost_ten_calls() -> None:
    client = Scripted(whole_rows)
    names = [f"pay_{number}" for number in range(1000)]
    assert list(views(client).get_many(BLUEBIRD, "payments", [*names, *names])) == names
    assert len(client.asked) == 10
    asked = [given["RequestItems"]["views"] for given in client.asked]
    assert not any(one["ConsistentRead"] for one in asked)


def whole_rows(given: dict[str, Any]) -> Any:
    """Every row that is asked for, in another order."""
    asked = given["RequestItems"]["views"]["Keys"]
    beside = {"sequence": {"N": "1"}, "row": {"S": "{}"}}
    return {"Responses": {"views": [{**key, **beside} for key in reversed(asked)]}}


def test_rows_that_stay_unprocessed_are_asked_for_again() -> None:
    keys = [{"pk": {"S": "oak/bluebird/payments"}, "sk": {"S": f"pay_{n}"}} for n in range(3)]
    pieces = iter(([keys[1]], [keys[0]], [keys[2]]))
    left = iter(([keys[0], keys[2]], [keys[2]], []))

    def some(_given: dict[str, Any]) -> Any:
        beside = {"sequence": {"N": "1"}, "row": {"S": "{}"}}
        rest = next(left)
        return {
            "Responses": {"views": [{**key, **beside} for key in next(pieces)]},
            "UnprocessedKeys": {"views": {"Keys": rest}} if rest else {},
        }

    client = Scripted(some)
    found = views(client).get_many(BLUEBIRD, "payments", ["pay_0", "pay_1", "pay_2"])
    assert list(found) == ["pay_0", "pay_1", "pay_2"]
    assert found["pay_2"] == ViewRow(Scope("oak", "bluebird"), "payments", "pay_2", 1, {})
    assert len(client.asked) == 3
