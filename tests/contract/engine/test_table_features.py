"""Streams, expiry, recovery and protection of tables."""

from typing import Any

from local.engine.stack import Stack
from tests.contract.engine.tables import Item, Table, code, number, refusal


def kinds(records: list[dict[str, Any]]) -> list[str]:
    return [record["eventName"] for record in records]


def test_a_stream_tells_each_change_in_order_with_images(table: Table) -> None:
    table.put("life", attributes={"v": number(1)})
    table.update("life", "SET v = :v", {":v": number(2)})
    table.put("life", attributes={"v": number(2)})  # changes nothing: no record
    table.delete("life")
    records = table.stream("life")
    assert kinds(records) == ["INSERT", "MODIFY", "REMOVE"]
    change = records[1]["dynamodb"]
    assert (change["OldImage"]["v"], change["NewImage"]["v"]) == (number(1), number(2))
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    assert numbers == sorted(numbers)


def test_a_stream_carries_transactions_and_nothing_of_cancelled_ones(table: Table) -> None:
    table.transact(table.action_put("together"), table.action_add("counted", 1))
    absent: Item = {"ConditionExpression": "attribute_not_exists(pk)"}
    refusal(table.transact, table.action_put("cancelled"), table.action_put("together", **absent))
    assert kinds(table.stream("together")) == kinds(table.stream("counted")) == ["INSERT"]
    assert table.stream("cancelled") == []


def test_expiry_can_be_set(table: Table) -> None:
    setting = {"Enabled": True, "AttributeName": "expires_at"}
    table.client.update_time_to_live(TableName=table.name, TimeToLiveSpecification=setting)
    found = table.client.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    assert found == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_the_template_sets_recovery_expiry_and_protection(emulator: Stack) -> None:
    dynamodb = emulator.client("dynamodb")
    name = emulator.tables["SourceTable"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (recovery, expiry["AttributeName"]) == ("ENABLED", "expires_at")
    assert not dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"]


def test_a_protected_table_is_not_deleted(table: Table) -> None:
    table.client.update_table(TableName=table.name, DeletionProtectionEnabled=True)
    assert code(table.client.delete_table, TableName=table.name) == "ValidationException"
