"""Nothing that was acknowledged is lost when the engine is killed."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local.engine.stack import Stack
from tests.integration.engine.waiting import wait_for_item, wait_until

WRITERS = 6
WRITES = 300
STREAMED_ROWS = 60
PARAMETER = "/rowcol/local/endpoints/ramp/x"
StartApp = Callable[..., Stack]


def item(key: str, sort: str, **attributes: Any) -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": sort}, **attributes}


def write_until_killed(app: Stack, writer: int, acknowledged: list[tuple[str, int]]) -> None:
    """Transactions that move a counter and add a row; each is remembered once answered."""
    dynamodb = app.client("dynamodb")
    table = app.tables["SourceTable"]
    for number in range(100_000):
        count = {
            "TableName": table,
            "Key": item(f"writer{writer}", "count"),
            "UpdateExpression": "ADD written :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        row = {"TableName": table, "Item": item(f"writer{writer}", f"row{number:06}")}
        try:
            dynamodb.transact_write_items(TransactItems=[{"Update": count}, {"Put": row}])
        except (BotoCoreError, ClientError):
            return
        acknowledged.append((f"writer{writer}", number))


def rows_of(app: Stack, key: str) -> dict[str, dict[str, Any]]:
    pages = (
        app.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=app.tables["SourceTable"],
            KeyConditionExpression="pk = :key",
            ExpressionAttributeValues={":key": {"S": key}},
        )
    )
    return {row["sk"]["S"]: row for page in pages for row in page["Items"]}


def test_no_acknowledged_write_is_lost_and_none_is_torn(
    tmp_path: Path, start_app: StartApp
) -> None:
    app = start_app(tmp_path)
    acknowledged: list[tuple[str, int]] = []
    threads = [
        threading.Thread(target=write_until_killed, args=(app, writer, acknowledged))
        for writer in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(acknowledged) >= WRITES, f"{WRITES} answered transactions")
    app.kill()
    for thread in threads:
        thread.join()
    with app.restart() as restarted:
        for writer in range(WRITERS):
            key = f"writer{writer}"
            found = rows_of(restarted, key)
            missing = [n for name, n in acknowledged if name == key and f"row{n:06}" not in found]
            assert missing == []
            assert int(found["count"]["written"]["N"]) == len(found) - 1
        assert restarted.api_url == app.api_url
        assert restarted.endpoint == app.endpoint


@dataclass(frozen=True)
class Crash:
    """What was done before the engine was killed, and the engine that came after."""

    before: Stack
    after: Stack
    blob: str
    key: str
    transaction: dict[str, Any]


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory, start_app: StartApp) -> Iterator[Crash]:
    before = start_app(tmp_path_factory.mktemp("crash"))
    blob = before.invoke("echo", {"encrypt": "access token"})["blob"]
    key = before.client("kms").create_key()["KeyMetadata"]["KeyId"]
    before.client("ssm").put_parameter(Name=PARAMETER, Value="secret", Type="SecureString")
    before.client("s3").create_bucket(Bucket="kept")
    before.client("s3").put_object(Bucket="kept", Key="a/b", Body=b"bytes")
    count = {
        "TableName": before.tables["RecordedTable"],
        "Key": item("token", "count"),
        "UpdateExpression": "ADD written :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    transaction = {"TransactItems": [{"Update": count}], "ClientRequestToken": "one-transaction"}
    before.client("dynamodb").transact_write_items(**transaction)
    for number in range(STREAMED_ROWS):
        row = item("streamed", f"{number:03}")
        before.client("dynamodb").put_item(TableName=before.tables["SourceTable"], Item=row)
    before.kill()
    after = before.restart()
    yield Crash(before, after, blob, key, transaction)
    after.stop()


def test_the_key_of_the_template_still_decrypts(crash: Crash) -> None:
    assert crash.after.invoke("echo", {"decrypt": crash.blob}) == {"text": "access token"}
    physical_ids = [stack.status["resources"]["TokenKey"] for stack in (crash.before, crash.after)]
    assert physical_ids[0] == physical_ids[1]
    found = crash.after.client("kms").describe_key(KeyId=crash.key)
    assert found["KeyMetadata"]["Enabled"]


def test_parameters_are_kept(crash: Crash) -> None:
    found = crash.after.client("ssm").get_parameter(Name=PARAMETER, WithDecryption=True)
    assert found["Parameter"]["Value"] == "secret"


def test_objects_are_kept(crash: Crash) -> None:
    stored = crash.after.client("s3").get_object(Bucket="kept", Key="a/b")["Body"]
    assert stored.read() == b"bytes"


def test_a_request_token_is_remembered(crash: Crash) -> None:
    dynamodb = crash.after.client("dynamodb")
    dynamodb.transact_write_items(**crash.transaction)
    table = crash.after.tables["RecordedTable"]
    found = dynamodb.get_item(TableName=table, Key=item("token", "count"))
    assert found["Item"]["written"] == {"N": "1"}


def test_due_work_is_asked_after_the_replay(crash: Crash) -> None:
    table = crash.after.tables["RecordedTable"]
    note = wait_for_item(crash.after, table, item("due_work", "asked"))
    assert json.loads(note["event"]["S"]) == {"source": "rowcol.local.after_replay"}
    assert crash.after.status["replayed_items"] > STREAMED_ROWS


def test_stream_events_a_consumer_had_not_seen_are_delivered(crash: Crash) -> None:
    dynamodb = crash.after.client("dynamodb")
    expected = {f"streamed#{number:03}" for number in range(STREAMED_ROWS)}

    def seen() -> list[str]:
        found = dynamodb.query(
            TableName=crash.after.tables["RecordedTable"],
            KeyConditionExpression="pk = :key",
            ExpressionAttributeValues={":key": {"S": "seen#streamed"}},
        )
        return [row["name"]["S"] for row in found["Items"]]

    assert crash.after.status["pending_stream_events"] > 0
    wait_until(lambda: set(seen()) == expected, "every row seen")
    # What was delivered before the crash is not delivered from the beginning again.
    assert len(seen()) <= STREAMED_ROWS + 10


def test_an_orderly_stop_keeps_everything_and_leaves_no_worker(
    tmp_path: Path, start_app: StartApp
) -> None:
    app = start_app(tmp_path)
    worker = app.invoke("echo", {})["process"]
    app.client("dynamodb").put_item(TableName=app.tables["SourceTable"], Item=item("a", "1"))
    app.stop()
    assert not is_running(worker)
    restarted = app.restart()
    try:
        assert set(rows_of(restarted, "a")) == {"1"}
        crash_with_busy_worker(restarted)
    finally:
        restarted.stop()


def crash_with_busy_worker(app: Stack) -> None:
    """Kill the engine alone, not its group: a worker inside a handler must end by itself."""
    worker = app.invoke("echo", {})["process"]
    threading.Thread(target=invoke_and_lose, args=(app,), daemon=True).start()
    time.sleep(0.1)
    app.process.kill()
    app.process.wait(5)
    give_up_at = time.monotonic() + 3
    while is_running(worker) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    assert not is_running(worker)


def invoke_and_lose(app: Stack) -> None:
    with contextlib.suppress(BotoCoreError, ClientError):
        app.invoke("echo", {"sleep_seconds": 8})


def is_running(process: int) -> bool:
    """Whether a process exists and is more than an uncollected zombie."""
    command = ["ps", "-o", "stat=", "-p", str(process)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip()[:1] not in ("", "Z")
