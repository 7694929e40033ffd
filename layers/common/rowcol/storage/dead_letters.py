"""Dead letters in SQS, and asking functions again: the adapters of replays.

What Lambda puts into a failure destination: for an asynchronous call its payload, for a stream only
the position in it (AWS Lambda guide, "Retaining records of asynchronous invocations" and "Lambda
with DynamoDB: error handling"). EventBridge Scheduler puts the call's own input. A position is
exchanged for messages of the first form, with a `letter` of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.domain.plain import canonical, instant_text
from rowcol.domain.scope import FIRM_WIDE, Scope, key_of, valid_id
from rowcol.service.inbox_ports import Inbox, InboxRow
from rowcol.service.replay_ports import DeadLetter, RowKey, StreamPosition
from rowcol.storage.executions import Invoker, invoke_later
from rowcol.storage.streams import rows_at

MESSAGES_AT_ONCE, ROUNDS_MAX = 10, 5
# Long enough to be told once a look, short enough that the alarm sees the message again.
HIDDEN_SECONDS = 30


class SqsDeadLetters:
    """Queues by name, as {name: url}. `workers`: names of functions by what their ARNs end with."""

    def __init__(
        self,
        queues: Mapping[str, str],
        workers: Mapping[str, str],
        connect: Callable[[], Any],
        streams: Callable[[], Any],
    ) -> None:
        self._queues, self._workers = queues, workers
        self._connect, self._streams = connect, streams

    def look(self) -> Iterable[DeadLetter]:
        """Messages of every queue, ten a call, fifty of a queue at most."""
        for name, url in self._queues.items():
            for _ in range(ROUNDS_MAX):
                answer = self._connect().receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=MESSAGES_AT_ONCE,
                    VisibilityTimeout=HIDDEN_SECONDS,
                    AttributeNames=["SentTimestamp"],
                )
                messages = answer.get("Messages", [])
                for message in messages:
                    yield self.letter(name, message)
                if len(messages) < MESSAGES_AT_ONCE:
                    break

    def forget(self, letter: DeadLetter) -> None:
        """Delete one."""
        url = self._queues[letter.queue]
        self._connect().delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)

    def rows(self, position: StreamPosition) -> tuple[RowKey, ...] | None:
        """From the stream itself."""
        return rows_at(self._streams, position)

    def exchange(self, letter: DeadLetter, payloads: Sequence[Mapping[str, object]]) -> None:
        """The new ones first, one by one, then the old one away."""
        for payload in payloads:
            body = {
                "letter": key_of("", f"{letter.id} {payload['firm']} {payload['client']}"),
                "timestamp": instant_text(letter.given_up_at),
                "requestContext": {"worker": letter.worker, "condition": letter.why},
                "requestPayload": payload,
            }
            url = self._queues[letter.queue]
            self._connect().send_message(QueueUrl=url, MessageBody=canonical(body))
        self.forget(letter)

    def letter(self, queue: str, message: Mapping[str, Any]) -> DeadLetter:
        """A message as a letter; one of another shape is nobody's."""
        body = _object(message.get("Body", ""))
        context, payload = _part(body, "requestContext"), body.get("requestPayload")
        if not context and "DDBStreamBatchInfo" not in body:
            payload = body  # of the scheduler: the input itself
        told = payload if isinstance(payload, dict) else None
        function = str(context.get("functionArn", "")).split(":function:")[-1].split(":")[0]
        worker = context.get("worker") or self._workers.get(function, function or queue)
        error = _part(body, "responsePayload")
        why = str(error.get("errorType") or context.get("condition") or "given up")
        sent = int(_part(dict(message), "Attributes").get("SentTimestamp", 0)) / 1000
        return DeadLetter(
            str(body.get("letter") or message["MessageId"]),
            queue,
            str(worker),
            _scope(told),
            told,
            why,
            _instant(body.get("timestamp")) or datetime.fromtimestamp(sent, UTC),
            str(message["ReceiptHandle"]),
            _position(_part(body, "DDBStreamBatchInfo")),
        )


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _part(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _scope(payload: Mapping[str, Any] | None) -> Scope | None:
    firm, client = (payload or {}).get("firm"), (payload or {}).get("client")
    if not (isinstance(firm, str) and isinstance(client, str)):
        return None
    known = valid_id(firm) and (valid_id(client) or client == FIRM_WIDE)
    return Scope(firm, client) if known else None


def _instant(text: object) -> datetime | None:
    """A time as AWS writes it, to the second, or as we do."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _position(told: Mapping[str, Any]) -> StreamPosition | None:
    since = _instant(told.get("approximateArrivalOfFirstRecord"))
    until = _instant(told.get("approximateArrivalOfLastRecord"))
    names = ("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber")
    where = [str(told.get(name) or "") for name in names]
    if since is None or until is None or not all(where):
        return None
    return StreamPosition(where[0], where[1], where[2], where[3], since, until)


class LambdaReplaying:
    """Rows of the inbox put back, and functions asked again. `workers`: functions by name."""

    def __init__(
        self,
        inbox: Inbox,
        invoker: Callable[[], Invoker],
        event_application: str,
        workers: Mapping[str, str],
    ) -> None:
        self._inbox, self._invoker = inbox, invoker
        self._event_application, self._workers = event_application, workers

    def put_back(self, inbox_key: str) -> bool:
        """One conditional update."""
        return self._inbox.put_back(inbox_key)

    def apply_soon(self, inbox_keys: Sequence[str]) -> None:
        """One asynchronous call; should it fail, the redrive applies them within minutes."""
        try:
            event = {"inbox_keys": list(inbox_keys)}
            invoke_later(self._invoker(), self._event_application, event)
        except (BotoCoreError, ClientError):
            return

    def waiting(self, inbox_keys: Sequence[str]) -> tuple[InboxRow, ...]:
        """Consistent reads."""
        return tuple(row for row in self._inbox.read(inbox_keys) if not row.handled)

    def run_again(self, worker: str, payload: Mapping[str, object]) -> None:
        """One asynchronous call. Raises KeyError for a worker that is not to be asked."""
        invoke_later(self._invoker(), self._workers[worker], dict(payload))
