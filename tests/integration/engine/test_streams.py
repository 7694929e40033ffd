"""Table streams reach functions in order, once, with partial failures kept apart."""

import json
from typing import Any

from local.engine.stack import Stack
from tests.integration.engine.waiting import wait_until


def put(app: Stack, key: str, *names: str, poison: str = "") -> None:
    dynamodb = app.client("dynamodb")
    for name in names:
        mark: dict[str, Any] = {"poison": {"BOOL": True}} if name == poison else {}
        row = {"pk": {"S": key}, "sk": {"S": name}, **mark}
        dynamodb.put_item(TableName=app.tables["SourceTable"], Item=row)


def recorded(app: Stack, prefix: str, key: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = app.client("dynamodb").query(
        TableName=app.tables["RecordedTable"],
        KeyConditionExpression="pk = :key",
        ExpressionAttributeValues={":key": {"S": f"{prefix}#{key}"}},
    )["Items"]
    return items


def seen(app: Stack, key: str) -> list[str]:
    return [row["name"]["S"].partition("#")[2] for row in recorded(app, "seen", key)]


def test_records_arrive_once_and_in_order(app: Stack) -> None:
    names = [f"{number:02}" for number in range(30)]
    put(app, "ordered", *names)
    wait_until(lambda: len(seen(app, "ordered")) == 30, "30 records")
    assert seen(app, "ordered") == names


def test_the_filter_keeps_updates_away(app: Stack) -> None:
    put(app, "filtered", "a")
    put(app, "filtered", "a", poison="a")  # an update: would be reported as a failure
    put(app, "filtered", "b")
    wait_until(lambda: seen(app, "filtered") == ["a", "b"], "both inserts")
    assert [row["attempts"]["N"] for row in recorded(app, "attempts", "filtered")] == ["1", "1"]


def test_a_failing_record_is_retried_then_put_aside_and_the_rest_goes_on(app: Stack) -> None:
    put(app, "partial", "a", "b", "c", "d", poison="c")
    wait_until(lambda: seen(app, "partial") == ["a", "b", "d"], "all but the failing one")
    attempts = recorded(app, "attempts", "partial")
    counted = {row["sk"]["S"].partition("#")[2]: row["attempts"]["N"] for row in attempts}
    # One try and two retries for the failing one; its neighbours are not run again.
    assert counted == {"a": "1", "b": "1", "c": "3", "d": "1"}
    letters = app.client("sqs").receive_message(QueueUrl=app.queues["Undelivered"])["Messages"]
    letter = json.loads(letters[0]["Body"])
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_reset_forgets_rows_executions_and_messages(app: Stack) -> None:
    put(app, "reset", "a")
    wait_until(lambda: seen(app, "reset") == ["a"], "one record")
    app.set_wait_scale(1.0)
    try:
        machines = app.client("stepfunctions")
        started = machines.start_execution(
            stateMachineArn=app.machines["Machine"], input='{"fail":""}'
        )
        answer = app.reset()
        assert answer["stopped_executions"] == 1
        assert answer["milliseconds"] < 1000
        found = machines.describe_execution(executionArn=started["executionArn"])
        assert found["status"] == "ABORTED"
    finally:
        app.set_wait_scale(0.0)
    assert recorded(app, "seen", "reset") == []
