"""The tray through the deployed API: listed, acted on, and put-aside events replayed."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.demo.firm import DemoClient
from tests.support.rig.calls import call, problem
from tests.support.rig.stack import Rig, eventually
from tests.support.webhooks.ramp import ramp_body, ramp_headers


@pytest.fixture(scope="module")
def client(rig: Rig) -> DemoClient:
    return rig.client(("10.00", "20.00"))


def delivered(rig: Rig, client: DemoClient, kind: str) -> None:
    """A signed event of Ramp reaches the deployed endpoint."""
    body = ramp_body(kind, secrets.randbelow(10**9)) | {"id": secrets.token_hex(8)}
    raw = json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **ramp_headers(raw, client.webhook_secret)}
    url = f"{rig.api_url}/webhooks/ramp/{client.endpoint_key}"
    answer = rig.http.post(url, content=raw, headers=sent)
    assert answer.status_code == 200, answer.text


def items(rig: Rig, path: str) -> list[dict[str, Any]]:
    answer = call(rig, "GET", path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def posted(
    rig: Rig, path: str, body: dict[str, Any], person: str = "ben-partner"
) -> httpx.Response:
    token = rig.token(person, step_up=True)
    return call(rig, "POST", path, json.dumps(body), token)


def test_an_item_is_listed_acted_on_and_taken_back(rig: Rig, client: DemoClient) -> None:
    delivered(rig, client, "nobody.knows_this")
    base = f"/clients/{client.id}/tray"

    def told() -> dict[str, Any] | None:
        found = items(rig, f"{base}?family=event")
        return found[0] if found else None

    shown = eventually(told, "the event in the tray")
    item = shown["item"]
    assert (item["item"], item["state"], shown["client"]) == (
        "quarantined_event", "open", client.id,
    )  # fmt: skip
    one = f"{base}/{item['id']}"
    assert posted(rig, f"{one}/assign", {"owner": "ann-advisor"}, "ann-advisor").status_code == 200
    until = (rig.timeline.now() + timedelta(days=3)).isoformat()
    assert posted(rig, f"{one}/snooze", {"until": until}, "ann-advisor").status_code == 200
    stale = {"mark": "0" * 16, "text": "x"}
    problem(posted(rig, f"{one}/accept", stale), 412, "version_mismatch")
    done = posted(rig, f"{one}/accept", {"mark": shown["mark"], "text": "a test of Ramp's"})
    assert done.status_code == 200, done.text
    assert [act["verb"] for act in done.json()["history"]] == ["assign", "snooze", "accept"]

    def accepted() -> dict[str, Any] | None:
        found = items(rig, f"/tray?state=accepted&owner=me&client={client.id}")
        return found[0] if found else None

    assert eventually(accepted, "the acceptance in the list")["item"]["id"] == item["id"]
    undone = posted(rig, f"{one}/undo", {})
    assert undone.json()["shown"]["item"]["state"] == "open"
    assert call(rig, "GET", one).json()["undo"] == "snooze"


def test_a_replay_is_counted_then_done_and_repeats_nothing(rig: Rig, client: DemoClient) -> None:
    delivered(rig, client, "still.unknown_here")
    path = f"/clients/{client.id}/replay"

    def counted() -> int | None:
        answer = posted(rig, path, {"dry_run": True, "rail": "ramp"})
        assert answer.status_code == 200, answer.text
        return answer.json()["matching"] or None

    many = eventually(counted, "what can be replayed")
    problem(posted(rig, path, {"rail": "ramp"}), 400, "invalid_input")
    problem(posted(rig, path, {"rail": "ramp", "count": many + 1}), 412, "version_mismatch")
    problem(posted(rig, path, {"rail": "ramp", "count": many}, "ann-advisor"), 403, "forbidden")
    before = rig.log_length(client)
    done = posted(rig, path, {"rail": "ramp", "count": many})
    assert (done.status_code, done.json()["matching"]) == (200, many), done.text
    assert rig.log_length(client) == before + 1

    def closed_again() -> bool | None:
        """Its cause is not mended: it is looked at once more, and put aside again."""
        table, names = rig.engine.client("dynamodb"), rig.engine.outputs
        rows = table.scan(TableName=names["InboxTableName"], ConsistentRead=True)["Items"]
        mine = [row for row in rows if row.get("client", {}).get("S") == client.id]
        replayed = [row for row in mine if "replays" in row]
        return (
            len(replayed) == many
            and all(
                row["state"]["S"] == "quarantined" and "unapplied_shard" not in row
                for row in replayed
            )
        ) or None

    eventually(closed_again, "the rows put aside again")
    again = posted(rig, path, {"dry_run": True, "rail": "ramp"})
    assert again.json()["matching"] == many


def test_the_queues_are_looked_at_and_nothing_is_taken(rig: Rig) -> None:
    found = rig.engine.invoke("tray_admin", {"step": "dead_letters"})
    assert set(found) == {"told", "settled", "exchanged", "nobodys"}


def test_what_a_stream_gave_up_is_its_clients_and_is_relayed_again(
    rig: Rig, client: DemoClient
) -> None:
    """A message as Lambda leaves it: where in the stream a client's last entries are."""
    records = _newest_records(rig, client)
    first, last = (one["dynamodb"]["SequenceNumber"] for one in (records[0], records[-1]))
    at = records[0]["dynamodb"]["ApproximateCreationDateTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
    info = {
        "shardId": "shardId-00000000000000000000-00000000", "streamArn": _stream(rig),
        "startSequenceNumber": first, "endSequenceNumber": last, "batchSize": len(records),
        "approximateArrivalOfFirstRecord": at, "approximateArrivalOfLastRecord": at,
    }  # fmt: skip
    context = {"condition": "RetryAttemptsExhausted", "functionArn": ""}
    body = json.dumps({"requestContext": context, "DDBStreamBatchInfo": info})
    queue = rig.engine.queues["EventRelayDeadLetters"]
    rig.engine.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
    assert rig.engine.invoke("tray_admin", {"step": "dead_letters"})["exchanged"] >= 1
    assert rig.engine.invoke("tray_admin", {"step": "dead_letters"})["told"] >= 1
    path = f"/clients/{client.id}/replay"

    def counted() -> int | None:
        answer = posted(rig, path, {"type": "event_relay", "dry_run": True})
        assert answer.status_code == 200, answer.text
        count: int = answer.json()["matching"]
        return count or None

    eventually(counted, "the letter in the tray")
    done = posted(rig, path, {"type": "event_relay", "count": 1})
    assert done.status_code == 200, done.text
    assert posted(rig, path, {"type": "event_relay", "dry_run": True}).json()["matching"] == 0


def _stream(rig: Rig) -> str:
    name = rig.engine.outputs["AuditTableName"]
    table = rig.engine.client("dynamodb").describe_table(TableName=name)["Table"]
    arn: str = table["LatestStreamArn"]
    return arn


def _newest_records(rig: Rig, client: DemoClient) -> list[dict[str, Any]]:
    """The last three of a client in the log's stream."""
    streams, where = rig.engine.client("dynamodbstreams"), _stream(rig)
    [shard] = streams.describe_stream(StreamArn=where)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=where, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found: list[dict[str, Any]] = []
    while records := (page := streams.get_records(ShardIterator=iterator))["Records"]:
        found += records
        iterator = page["NextShardIterator"]
    mine = [one for one in found if one["dynamodb"]["Keys"]["pk"]["S"].endswith(f"/{client.id}")]
    return mine[-3:]
