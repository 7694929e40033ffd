"""Conditional writes and expressions of DynamoDB, as documented by AWS."""

import pytest

from tests.contract.engine.tables import Item, Table, code, key, number, refusal, text

ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
OLD_ITEM = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
VERSION_NINE = {
    "ConditionExpression": "version = :nine",
    "ExpressionAttributeValues": {":nine": number(9)},
}


def test_a_failed_condition_writes_nothing_and_returns_the_item(table: Table) -> None:
    table.put("put", attributes={"version": number(1)})
    refused = refusal(table.put, "put", attributes={"version": number(2)}, **ABSENT, **OLD_ITEM)
    assert refused["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused["Item"]["version"] == number(1)
    assert table.get("put")["version"] == number(1)


def test_update_and_delete_return_the_item_as_well(table: Table) -> None:
    table.put("both", attributes={"version": number(1)})
    update = refusal(
        table.update,
        "both",
        "REMOVE version",
        {":nine": number(9)},
        ConditionExpression="version = :nine",
        **OLD_ITEM,
    )
    delete = refusal(table.delete, "both", **VERSION_NINE, **OLD_ITEM)
    assert update["Item"] == delete["Item"] == table.get("both")


def test_an_update_creates_a_missing_item(table: Table) -> None:
    answer = table.update("created", "SET a = :a", {":a": number(1)}, ReturnValues="UPDATED_NEW")
    assert answer["Attributes"] == {"a": number(1)}


def test_all_clauses_of_an_update_together(table: Table) -> None:
    start: Item = {
        "list": {"L": [number(1)]},
        "map": {"M": {"k": number(1)}},
        "set": {"SS": ["a", "b"]},
        "gone": text("x"),
    }
    table.put("clauses", attributes=start)
    answer = table.update(
        "clauses",
        "SET #list = list_append(if_not_exists(#list, :none), :two), #map.k2 = :one, "
        "counted = if_not_exists(counted, :zero) + :one REMOVE gone ADD used :one DELETE #set :a",
        {
            ":none": {"L": []},
            ":two": {"L": [number(2)]},
            ":one": number(1),
            ":zero": number(0),
            ":a": {"SS": ["a"]},
        },
        ExpressionAttributeNames={"#list": "list", "#map": "map", "#set": "set"},
        ReturnValues="ALL_NEW",
    )
    assert answer["Attributes"] == {
        **key("clauses"),
        "list": {"L": [number(1), number(2)]},
        "map": {"M": {"k": number(1), "k2": number(1)}},
        "counted": number(1),
        "used": number(1),
        "set": {"SS": ["b"]},
    }


def test_a_rich_condition(table: Table) -> None:
    table.put("rich", attributes={"tags": {"SS": ["b"]}, "status": text("held")})
    table.put(
        "rich",
        ConditionExpression="size(tags) = :one AND contains(tags, :b) AND attribute_type(tags, :ss)"
        " AND #status IN (:held, :b) AND NOT attribute_exists(absent)",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":one": number(1),
            ":b": text("b"),
            ":ss": text("SS"),
            ":held": text("held"),
        },
    )


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("SET pk = :v", {":v": text("other")}),
        ("SET absent.k = :v", {":v": number(1)}),
        ("ADD map_of :v", {":v": number(1)}),
        ("SET status = :v", {":v": text("reserved word")}),
        ("SET a = :v", {":v": number(1), ":unused": number(1)}),
        pytest.param(
            "SET map_of.k = :v, map_of = :v",
            {":v": {"M": {}}},
            marks=pytest.mark.xfail(
                raises=AssertionError, reason="the emulator accepts overlapping paths"
            ),
        ),
    ],
)
def test_wrong_updates_are_refused(table: Table, expression: str, values: Item) -> None:
    table.put("wrong", attributes={"map_of": {"M": {}}})
    assert code(table.update, "wrong", expression, values) == "ValidationException"


@pytest.mark.parametrize(
    "attributes",
    [
        {"pk": text("")},
        {"s": {"SS": []}},
        {"s": {"SS": ["a", "a"]}},
        {"owner": number(1), "amount": number(1)},
        {"owner": text(""), "amount": number(1)},
    ],
)
def test_wrong_items_are_refused(table: Table, attributes: Item) -> None:
    assert code(table.put, "item", attributes=attributes) == "ValidationException"


def test_a_missing_table_and_a_missing_key_part(table: Table) -> None:
    put = table.client.put_item
    assert code(put, TableName="nowhere", Item=key("a")) == "ResourceNotFoundException"
    delete = table.client.delete_item
    assert code(delete, TableName=table.name, Key={"pk": text("a")}) == "ValidationException"


def test_batches_have_limits(table: Table) -> None:
    def write(*names: str) -> None:
        rows = [{"PutRequest": {"Item": key(name)}} for name in names]
        table.client.batch_write_item(RequestItems={table.name: rows})

    write(*(f"batch{index}" for index in range(25)))
    assert code(write, *(f"batch{index}" for index in range(26))) == "ValidationException"
    assert code(write, "twice", "twice") == "ValidationException"
