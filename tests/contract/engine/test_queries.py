"""Pages, ranges, filters and sparse indexes."""

from typing import Any

import pytest

from tests.contract.engine.tables import Item, Table, code, number, text


@pytest.fixture(scope="module")
def pages(table: Table) -> Table:
    for index in range(30):
        table.put("pages", f"{index:03}", {"filler": text("x" * 50_000)})
    for amount in (10, -5, "2.5", 100, 9):
        attributes = {"owner": text("o"), "amount": number(amount), "shown": text("s")}
        table.put("index", f"{amount}", {**attributes, "hidden": text("h")})
    table.put("index", "without the index's keys", {"shown": text("s")})
    return table


def by_owner(table: Table, **options: Any) -> Any:
    return table.client.query(
        TableName=table.name,
        IndexName="by_owner",
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": text("o")},
        **options,
    )


def test_a_page_ends_at_one_megabyte(pages: Table) -> None:
    first = pages.query("pages")
    rest = pages.query("pages", ExclusiveStartKey=first["LastEvaluatedKey"])
    assert first["Count"] < 30
    assert first["Count"] + rest["Count"] == 30
    assert "LastEvaluatedKey" not in rest


def test_the_limit_counts_before_the_filter(pages: Table) -> None:
    page = pages.query("pages", FilterExpression="attribute_not_exists(filler)", Limit=5)
    assert (page["Count"], page["ScannedCount"]) == (0, 5)
    assert page["LastEvaluatedKey"]["sk"] == text("004")


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        (" AND begins_with(sk, :a)", {":a": text("01")}, [f"{n:03}" for n in range(10, 20)]),
        (
            " AND sk BETWEEN :a AND :b",
            {":a": text("003"), ":b": text("005")},
            ["003", "004", "005"],
        ),
        (" AND sk > :a", {":a": text("027")}, ["028", "029"]),
    ],
)
def test_ranges(pages: Table, condition: str, values: Item, expected: list[str]) -> None:
    found = pages.query("pages", condition, values, ProjectionExpression="sk")
    assert [row["sk"]["S"] for row in found["Items"]] == expected


def test_backwards(pages: Table) -> None:
    found = pages.query("pages", ScanIndexForward=False, Limit=2)["Items"]
    assert [row["sk"]["S"] for row in found] == ["029", "028"]


def test_an_index_is_sparse_sorted_by_number_and_projected(pages: Table) -> None:
    found = by_owner(pages)["Items"]
    assert [row["amount"]["N"] for row in found] == ["-5", "2.5", "9", "10", "100"]
    assert all(set(row) == {"pk", "sk", "owner", "amount", "shown"} for row in found)


def test_an_item_leaves_the_index_with_its_key(pages: Table) -> None:
    attributes = {"owner": text("leaving"), "amount": number(1)}
    pages.put("leaving", attributes=attributes)
    pages.update("leaving", "REMOVE #owner", ExpressionAttributeNames={"#owner": "owner"})
    scanned = pages.client.scan(TableName=pages.name, IndexName="by_owner", Select="COUNT")
    assert scanned["Count"] == 5


def test_an_index_continues_after_a_page(pages: Table) -> None:
    first = by_owner(pages, Limit=2)
    assert set(first["LastEvaluatedKey"]) == {"pk", "sk", "owner", "amount"}
    rest = by_owner(pages, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert first["Count"] + rest["Count"] == 5


def test_an_index_is_not_consistent(pages: Table) -> None:
    assert code(by_owner, pages, ConsistentRead=True) == "ValidationException"


@pytest.mark.xfail(raises=AssertionError, reason="the emulator accepts a filter on a key attribute")
def test_a_filter_on_a_key_is_refused(pages: Table) -> None:
    options = {"values": {":a": text("z")}, "FilterExpression": "sk > :a"}
    assert code(pages.query, "pages", **options) == "ValidationException"
