"""Tables, keys, queues: encrypted, recoverable, kept; streams bounded."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.service.view_ports import ViewOrder
from rowcol.storage import tray
from rowcol.storage.facets import NAMES, index_name
from rowcol.storage.queue import FACTS, FIRM, ORDER, QUEUE_INDEX
from tests.unit.template.document import as_expanded, as_written, name_of, written

TABLES = as_written("AWS::DynamoDB::Table")
KEYS = [("pk", "HASH"), ("sk", "RANGE")]


def schema(holder: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in holder["KeySchema"]]


def test_the_tables_are_the_five() -> None:
    assert set(TABLES) == {
        "RecordsTable",
        "AuditTable",
        "IdempotencyTable",
        "InboxTable",
        "ViewsTable",
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_encrypted_recoverable_protected_and_kept(name: str) -> None:
    table, properties = TABLES[name], TABLES[name]["Properties"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    recovery = properties["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert schema(properties) == KEYS


def test_deletion_protection_is_the_default() -> None:
    assert written()["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_the_log_never_expires_and_commands_do() -> None:
    expiring = {
        name: table["Properties"]["TimeToLiveSpecification"]
        for name, table in TABLES.items()
        if "TimeToLiveSpecification" in table["Properties"]
    }
    setting = {"AttributeName": "expires_at", "Enabled": True}
    assert expiring == {"IdempotencyTable": setting, "InboxTable": setting}


def test_the_indexes_are_those_that_the_queries_use() -> None:
    indexes = {
        (name, index["IndexName"]): [key for key, _ in schema(index)]
        for name, table in TABLES.items()
        for index in table["Properties"].get("GlobalSecondaryIndexes", [])
    }
    assert indexes == {
        ("RecordsTable", "by_client"): ["gs1pk", "gs1sk"],
        ("RecordsTable", "due"): ["due_hour", "due_at"],
        ("AuditTable", "by_payment"): ["payment_key", "sk"],
        ("InboxTable", "unapplied"): ["unapplied_shard", "received_at"],
        ("ViewsTable", QUEUE_INDEX): [FIRM, ORDER],
        ("ViewsTable", tray.TRAY_INDEX): [tray.LIST, tray.ORDER],
    }


def test_a_list_index_holds_ids_only() -> None:
    """Bodies in it would be written again with every change, and read with every page."""
    indexes = {
        index["IndexName"]: index["Projection"]
        for index in TABLES["RecordsTable"]["Properties"]["GlobalSecondaryIndexes"]
    }
    assert set(indexes["by_client"]["NonKeyAttributes"]) == {"firm", "client", "id"}
    assert "body" not in indexes["due"]["NonKeyAttributes"]


def test_views_are_sorted_locally_and_show_facets_only() -> None:
    """Three orders of one partition; a fourth or another projection is a new table."""
    indexes = {
        index["IndexName"]: index
        for index in TABLES["ViewsTable"]["Properties"]["LocalSecondaryIndexes"]
    }
    assert {name: schema(index) for name, index in indexes.items()} == {
        index_name(order): [("pk", "HASH"), (index_name(order), "RANGE")] for order in ViewOrder
    }
    for index in indexes.values():
        assert index["Projection"]["ProjectionType"] == "INCLUDE"
        assert index["Projection"]["NonKeyAttributes"] == list(NAMES)


def test_the_queue_shows_its_facts_and_never_a_row() -> None:
    queue, of_tray = TABLES["ViewsTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert queue["Projection"]["NonKeyAttributes"] == [FACTS, "sequence"]
    assert of_tray["Projection"]["NonKeyAttributes"] == [tray.FACTS]


def test_a_table_projects_no_more_than_dynamodb_allows() -> None:
    """A hundred attributes over all indexes of a table, each counted where it is shown."""
    properties = TABLES["ViewsTable"]["Properties"]
    indexes = properties["LocalSecondaryIndexes"] + properties["GlobalSecondaryIndexes"]
    assert sum(len(one["Projection"]["NonKeyAttributes"]) for one in indexes) <= 100


def test_the_token_key_is_rotated_and_kept() -> None:
    [key] = as_written("AWS::KMS::Key").values()
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["Properties"]["PendingWindowInDays"] == 30


MAPPINGS = as_expanded("AWS::Lambda::EventSourceMapping")


def test_only_inbox_and_log_are_streamed() -> None:
    streams = {
        (name_of(m["Properties"]["FunctionName"]), name_of(m["Properties"]["EventSourceArn"]))
        for m in MAPPINGS.values()
    }
    assert streams == {
        ("EventApplicationFunction", "InboxTable.StreamArn"),
        ("EventRelayFunction", "AuditTable.StreamArn"),
        ("ViewProjectionFunction", "AuditTable.StreamArn"),
    }


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_stream_consumer_cannot_block_for_ever_or_lose_silently(name: str) -> None:
    properties = MAPPINGS[name]["Properties"]
    assert 1 <= properties["MaximumRetryAttempts"] <= 10
    assert 60 <= properties["MaximumRecordAgeInSeconds"] <= 86_400
    assert properties["BisectBatchOnFunctionError"] is True
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (
        properties["StartingPosition"] == "TRIM_HORIZON"
    )  # LATEST skips what comes while deploying
    queue = name_of(properties["DestinationConfig"]["OnFailure"]["Destination"])
    assert queue.removesuffix(".Arn") in as_written("AWS::SQS::Queue")
    [condition] = properties["FilterCriteria"]["Filters"]
    assert condition["Pattern"] == '{"eventName":["INSERT"]}'


def test_every_consumer_has_a_queue_of_its_own() -> None:
    queues = [
        name_of(m["Properties"]["DestinationConfig"]["OnFailure"]["Destination"])
        for m in MAPPINGS.values()
    ]
    assert len(queues) == len(set(queues))


def test_dead_letters_are_encrypted_and_kept_as_long_as_possible() -> None:
    for name, queue in as_written("AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
        assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600, name


def test_checkpoints_are_locked_for_years_and_kept() -> None:
    bucket = as_written("AWS::S3::Bucket")["Checkpoints"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    properties = bucket["Properties"]
    assert properties["ObjectLockEnabled"] is True
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    rule = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule == {"Mode": "COMPLIANCE", "Days": {"Ref": "CheckpointRetentionDays"}}
    assert written()["Parameters"]["CheckpointRetentionDays"]["Default"] >= 7 * 365
    policy = as_written("AWS::S3::BucketPolicy")["CheckpointsPolicy"]["Properties"]
    [lock] = [one for one in policy["PolicyDocument"]["Statement"] if one["Sid"] == "NoOtherLock"]
    assert (lock["Effect"], lock["Principal"], "Condition" in lock) == ("Deny", "*", False)
    # A put that asks for a lock of its own needs the first of these as well.
    assert {"s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:DeleteObjectVersion"} <= set(
        lock["Action"]
    )


@pytest.mark.parametrize("name", as_written("AWS::S3::Bucket"))
def test_a_bucket_is_private_encrypted_and_asked_over_tls_only(name: str) -> None:
    properties = as_written("AWS::S3::Bucket")[name]["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    [policy] = [
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in as_written("AWS::S3::BucketPolicy").values()
        if name_of(one["Properties"]["Bucket"]) == name
    ]
    [tls] = [one for one in policy if one["Sid"] == "TlsOnly"]
    assert (tls["Effect"], tls["Action"]) == ("Deny", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
