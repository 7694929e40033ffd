"""Dead letters in SQS, and asking functions again: the adapters of replays.

What Lambda puts into a failure destination: for an asynchronous call its payload, for a stream only
the position in it (AWS Lambda guide, "Retaining records of asynchronous invocations" and "Lambda
with DynamoDB: error handling"). EventBridge Scheduler puts the call's own input.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.domain.scope import Scope, valid_id
from rowcol.service.inbox_ports import Inbox
from rowcol.service.replay_ports import DeadLetter
from rowcol.storage.executions import Invoker, invoke_later

MESSAGES_AT_ONCE, ROUNDS_MAX = 10, 5
# Long enough to be told once a look, short enough that the alarm sees the message again.
HIDDEN_SECONDS = 30


class SqsDeadLetters:
    """Queues by name, as {name: url}. `workers`: names of functions by what their ARNs end with."""

    def __init__(
        self, queues: Mapping[str, str], workers: Mapping[str, str], connect: Callable[[], Any]
    ) -> None:
        self._queues, self._workers, self._connect = queues, workers, connect

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

    def letter(self, queue: str, message: Mapping[str, Any]) -> DeadLetter:
        """A message as a letter; one of another shape is nobody's."""
        body = _object(message.get("Body", ""))
        context, payload = _part(body, "requestContext"), body.get("requestPayload")
        if not context and "DDBStreamBatchInfo" not in body:
            payload = body  # of the scheduler: the input itself
        told = payload if isinstance(payload, dict) else None
        function = str(context.get("functionArn", "")).split(":function:")[-1].split(":")[0]
        worker = self._workers.get(function, function or queue)
        error = _part(body, "responsePayload")
        why = str(error.get("errorType") or context.get("condition") or "given up")
        sent = int(_part(dict(message), "Attributes").get("SentTimestamp", 0)) / 1000
        return DeadLetter(
            str(message["MessageId"]),
            queue,
            worker,
            _scope(told),
            told,
            why,
            datetime.fromtimestamp(sent, UTC),
            str(message["ReceiptHandle"]),
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
    return Scope(firm, client) if valid_id(firm) and valid_id(client) else None


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

    def run_again(self, worker: str, payload: Mapping[str, object]) -> None:
        """One asynchronous call. Raises KeyError for a worker that is not to be asked."""
        invoke_later(self._invoker(), self._workers[worker], dict(payload))
