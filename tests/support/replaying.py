"""Replays in this process: rows of an inbox put back and applied, workers that remember, queues."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from rowcol.domain.plain import instant_text
from rowcol.service.apply_event import Application, Understand, apply_rows
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import InboxRow
from rowcol.storage.dead_letters import SqsDeadLetters
from rowcol.storage.inbox_memory import MemoryInbox
from tests.support.domain.builders import NOW


@dataclass
class Replays:
    """What was asked again; `applied`: what became of rows that were applied at once.

    `raising`: what happens instead.
    """

    environment: Environment
    inbox: MemoryInbox
    understand: Understand
    asked: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    put_back_keys: list[str] = field(default_factory=list)
    applied: list[Application] = field(default_factory=list)
    raising: Exception | None = None

    def put_back(self, inbox_key: str) -> bool:
        """As the table."""
        if self.raising is not None:
            raise self.raising
        self.put_back_keys.append(inbox_key)
        return self.inbox.put_back(inbox_key)

    def apply_soon(self, inbox_keys: Sequence[str]) -> None:
        """At once."""
        done = apply_rows(self.environment, self.inbox, self.understand, inbox_keys)
        self.applied.append(done)

    def run_again(self, worker: str, payload: Mapping[str, object]) -> None:
        """Remembered."""
        self.asked.append((worker, payload))

    def waiting(self, inbox_keys: Sequence[str]) -> Sequence[InboxRow]:
        """As the table."""
        return [row for row in self.inbox.read(inbox_keys) if not row.handled]


@dataclass
class MemoryQueues:
    """SQS as a client of botocore: a message that was received is hidden until `show`."""

    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    sent: int = 0
    fails_after: int | None = None

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - AWS's names
        """Another message; SQS delivers no two as one."""
        if self.fails_after is not None and self.sent >= self.fails_after:
            raise EndpointConnectionError(endpoint_url="https://sqs")
        self.sent += 1
        self.kept.setdefault(QueueUrl, {})[f"m{self.sent}"] = MessageBody

    def receive_message(self, *, QueueUrl: str, **_: object) -> dict[str, Any]:  # noqa: N803
        """Up to ten that are not hidden."""
        queue = self.kept.get(QueueUrl, {})
        names = [name for name in queue if name not in self.hidden][:10]
        self.hidden.update(names)
        attributes = {"SentTimestamp": str(int(NOW.timestamp() * 1000))}
        return {
            "Messages": [
                {"MessageId": name, "ReceiptHandle": name, "Body": queue[name],
                 "Attributes": attributes}
                for name in names
            ]
        }  # fmt: skip

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        """For ever."""
        del self.kept[QueueUrl][ReceiptHandle]

    def bodies(self, queue: str) -> list[dict[str, Any]]:
        """What a queue holds."""
        return [json.loads(body) for body in self.kept.get(queue, {}).values()]


@dataclass
class MemoryStream:
    """DynamoDB Streams as a client of botocore: one shard; records by sequence number."""

    records: list[dict[str, Any]] = field(default_factory=list)
    trimmed_before: int = 0
    page: int = 2

    def add(self, partition: str, sort: str, event: str = "INSERT") -> str:
        """One more record; gives its sequence number."""
        number = str(100 + len(self.records))
        keys = {"pk": {"S": partition}, "sk": {"S": sort}}
        change = {"SequenceNumber": number, "Keys": keys}
        self.records.append({"eventName": event, "dynamodb": change})
        return number

    def get_shard_iterator(self, **asked: str) -> dict[str, str]:
        """At a number, unless the stream has forgotten it."""
        assert asked["ShardIteratorType"] == "AT_SEQUENCE_NUMBER"
        if int(asked["SequenceNumber"]) < self.trimmed_before:
            code = "TrimmedDataAccessException"
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetShardIterator")
        return {"ShardIterator": asked["SequenceNumber"]}

    def get_records(self, *, ShardIterator: str) -> dict[str, Any]:  # noqa: N803
        """A page; every other one is empty, as AWS may have it."""
        at, _, empty = ShardIterator.partition("/")
        if not empty:
            return {"Records": [], "NextShardIterator": f"{at}/next"}
        rest = [r for r in self.records if int(r["dynamodb"]["SequenceNumber"]) >= int(at)]
        return {"Records": rest[: self.page], "NextShardIterator": str(int(at) + self.page)}


QUEUES = {name: name for name in ("event_application", "event_relay", "view_projection", "work")}


def dead_letters(queues: MemoryQueues, stream: MemoryStream | None = None) -> SqsDeadLetters:
    """The adapter over them; all messages can be received again."""
    queues.hidden.clear()
    names = {f"rowcol-{name}": name for name in (*QUEUES, "payment_batch")}
    return SqsDeadLetters(QUEUES, names, lambda: queues, lambda: stream or MemoryStream())


def failure(worker: str, payload: object | None = None, **more: object) -> str:
    """What Lambda puts into a failure destination."""
    context = {
        "functionArn": f"arn:aws:lambda:us-east-1:1:function:rowcol-{worker}:$LATEST",
        "condition": "RetriesExhausted",
    }
    body: dict[str, object] = {"requestContext": context, "timestamp": instant_text(NOW), **more}
    return json.dumps(body if payload is None else {**body, "requestPayload": payload})


def position(worker: str, first: str, last: str) -> str:
    """The same of a stream."""
    at = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    info = {
        "shardId": "shard-1", "startSequenceNumber": first, "endSequenceNumber": last,
        "approximateArrivalOfFirstRecord": at, "approximateArrivalOfLastRecord": at,
        "batchSize": 1, "streamArn": "arn:aws:dynamodb:us-east-1:1:table/audit/stream/1",
    }  # fmt: skip
    return failure(worker, DDBStreamBatchInfo=info)
