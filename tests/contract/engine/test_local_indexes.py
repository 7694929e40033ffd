"""Local secondary indexes of a table that comes from a template."""

from typing import Any

import pytest

from local.engine.stack import Stack
from tests.contract.engine.tables import Item, Table, number, text

RANKS = {"a": "20", "b": "100", "c": "3", "d": "20", "e": "É", "f": "\U0001f600", "g": "z"}
IN_ORDER = ["b", "a", "d", "c", "g", "e", "f"]  # by bytes, then by the table's own sort key
PROJECTED = {"pk", "sk", "rank", "shown", "empty"}


@pytest.fixture(scope="module")
def ranked(emulator: Stack) -> Table:
    client = emulator.client("dynamodb", parameter_validation=False)
    table = Table(emulator.tables["RecordedTable"], client, None)
    for sort_key, rank in RANKS.items():
        table.put("ranks", sort_key, ranked_as(rank))
    table.put("ranks", "without a rank", {"shown": text("s")})
    table.put("others", "x", ranked_as("20"))
    return table


def ranked_as(rank: str) -> Item:
    more = {"shown": text("s"), "hidden": text("h"), "empty": {"NULL": True}}
    return {"rank": text(rank), **more}


def by_rank(table: Table, condition: str = "", values: Item | None = None, **more: Any) -> Any:
    return table.query("ranks", condition, values, IndexName="by_rank", **more)


def names(answer: Any) -> list[str]:
    return [item["sk"]["S"] for item in answer["Items"]]


def test_a_template_brings_the_index_along(ranked: Table) -> None:
    [index] = ranked.client.describe_table(TableName=ranked.name)["Table"]["LocalSecondaryIndexes"]
    assert index["IndexName"] == "by_rank"
    assert index["Projection"]["NonKeyAttributes"] == ["shown", "empty"]


def test_it_is_sparse_sorted_by_bytes_and_shows_what_is_projected(ranked: Table) -> None:
    found = by_rank(ranked)
    assert names(found) == IN_ORDER
    assert all(set(item) == PROJECTED for item in found["Items"])
    assert names(by_rank(ranked, ScanIndexForward=False)) == IN_ORDER[::-1]


@pytest.mark.parametrize("consistent", [False, True])
def test_a_range_of_it_may_be_read_consistently(ranked: Table, consistent: bool) -> None:
    bounds = {":low": text("20"), ":high": text("3")}
    found = by_rank(ranked, " AND #rank BETWEEN :low AND :high", bounds, ConsistentRead=consistent,
                    ExpressionAttributeNames={"#rank": "rank"})  # fmt: skip
    assert names(found) == ["a", "d", "c"]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_cover_it_once(ranked: Table, limit: int, forward: bool) -> None:
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        page = by_rank(ranked, Limit=limit, ScanIndexForward=forward, **more)
        found += names(page)
        if "LastEvaluatedKey" not in page:
            break
        assert set(page["LastEvaluatedKey"]) == {"pk", "sk", "rank"}
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert found == (IN_ORDER if forward else IN_ORDER[::-1])


def test_a_page_of_it_ends_at_a_megabyte_of_what_it_shows(ranked: Table) -> None:
    for index in range(8):
        wide = {"rank": text(f"{index}"), "shown": text("x" * 150_000)}
        ranked.put("wide", f"{index}", wide)
        ranked.put("hidden", f"{index}", {"rank": text("1"), "hidden": text("x" * 150_000)})
    shown = ranked.query("wide", IndexName="by_rank")
    assert 0 < shown["Count"] < 8
    assert "LastEvaluatedKey" in shown
    assert ranked.query("hidden", IndexName="by_rank")["Count"] == 8


def test_an_item_moves_and_leaves_with_its_attribute(ranked: Table) -> None:
    names_of = {"ExpressionAttributeNames": {"#rank": "rank"}}
    ranked.put("moving", "a", ranked_as("5"))
    ranked.put("moving", "b", ranked_as("6"))
    ranked.update("moving", "SET #rank = :rank", {":rank": text("7")}, **names_of)
    assert names(ranked.query("moving", IndexName="by_rank")) == ["b", "a"]
    ranked.update("moving", "REMOVE #rank", **names_of)
    assert names(ranked.query("moving", IndexName="by_rank")) == ["b"]
    assert ranked.get("moving")["shown"] == text("s")


def test_a_rank_of_another_type_is_refused(ranked: Table) -> None:
    refused = ranked.client.exceptions.ClientError
    with pytest.raises(refused, match="ValidationException"):
        ranked.put("typed", attributes={"rank": number(1)})
