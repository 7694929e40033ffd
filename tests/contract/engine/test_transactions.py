"""Transactions: all or nothing, ordered reasons, request tokens, limits."""

import uuid

import pytest

from tests.contract.engine.tables import Item, Table, code, key, number, refusal

ABSENT: Item = {"ConditionExpression": "attribute_not_exists(pk)"}


def test_four_kinds_apply_together(table: Table) -> None:
    for name in ("counter", "checked", "deleted"):
        table.put(name)
    table.transact(
        table.action_put("made", **ABSENT),
        table.action_add("counter", 5),
        table.action_check("checked", "attribute_exists(pk)"),
        table.action_delete("deleted"),
    )
    assert table.get("made")
    assert table.get("counter")["used"] == number(5)
    assert not table.get("deleted")


def test_a_cancelled_transaction_explains_itself_in_order_and_changes_nothing(table: Table) -> None:
    table.put("taken", attributes={"version": number(1)})
    refused = refusal(
        table.transact,
        table.action_put("never"),
        table.action_put("taken", **ABSENT, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        table.action_check("nobody", "attribute_exists(pk)"),
        table.action_add("never-counted", 1),
    )
    reasons = refused["CancellationReasons"]
    assert refused["Error"]["Code"] == "TransactionCanceledException"
    failed = "ConditionalCheckFailed"
    assert [reason["Code"] for reason in reasons] == ["None", failed, failed, "None"]
    assert f"[None, {failed}, {failed}, None]" in refused["Error"]["Message"]
    assert reasons[1]["Item"] == {**key("taken"), "version": number(1)}
    assert not table.get("never")
    assert not table.get("never-counted")
    assert table.stream("never") == []


def test_a_request_token_is_applied_once(table: Table) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        table.transact(table.action_add("once", 1), ClientRequestToken=token)
    assert table.get("once")["used"] == number(1)
    other = table.action_add("once", 2)
    mismatch = code(table.transact, other, ClientRequestToken=token)
    assert mismatch == "IdempotentParameterMismatchException"


def test_the_same_item_twice_is_refused(table: Table) -> None:
    check = table.action_check("twice", "attribute_not_exists(pk)")
    assert code(table.transact, table.action_put("twice"), check) == "ValidationException"


def test_a_hundred_actions_and_not_one_more(table: Table) -> None:
    actions = [table.action_put(f"many{index}") for index in range(101)]
    assert code(table.transact, *actions) == "ValidationException"
    table.transact(*actions[:100])
    assert table.get("many99")


def test_four_megabytes_in_all(table: Table) -> None:
    large = {"filler": {"S": "x" * 390_000}}
    actions = [table.action_put(f"large{index}", attributes=large) for index in range(12)]
    assert code(table.transact, *actions) == "ValidationException"


def test_reading_together_keeps_the_order(table: Table) -> None:
    table.put("read")
    wanted = ("read", "absent", "read2")
    table.put("read2")
    gets = [{"Get": {"TableName": table.name, "Key": key(name)}} for name in wanted]
    found = table.client.transact_get_items(TransactItems=gets)["Responses"]
    assert [response.get("Item") for response in found] == [key("read"), None, key("read2")]


@pytest.mark.parametrize("actions", [1, 2])
def test_a_transactional_write_costs_twice(table: Table, actions: int) -> None:
    puts = [table.action_put(f"cost{index}") for index in range(actions)]
    answer = table.transact(*puts, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 2 * actions
