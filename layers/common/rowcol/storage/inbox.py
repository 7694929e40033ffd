"""The inbox table: one row per webhook delivery. Keys and attributes: see docs/storage.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.service.inbox_ports import InboxRow, InboxUnavailable
from rowcol.service.intake_ports import AlreadyThere, InboxEntry, IntakeUnavailable, Stored
from rowcol.storage.inbox_codec import (
    SORT_KEY,
    decode_item,
    encode_entry,
    inbox_key,
    shard_names,
    shard_of,
    timestamp,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX = "unapplied"
READ_KEYS_MAX = 100
READ_ROUNDS_MAX = 5
UNAPPLIED_MAX = 1000


class DynamoInbox:
    """Both sides of the inbox over one table. `client` is made at the first call, not before."""

    def __init__(self, table: str, client: Callable[[], DynamoDBClient]) -> None:
        self._table = table
        self._client = client

    def put(self, entry: InboxEntry) -> Stored | AlreadyThere:
        """One conditional PutItem.

        On a clash the old row's fingerprint comes with the refusal, without another call.
        """
        key = inbox_key(entry)
        try:
            self._client().put_item(
                TableName=self._table,
                Item=encode_entry(entry),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise IntakeUnavailable(f"inbox: {_code(error)}") from error
            response: dict[str, Any] = {**error.response}
            old = response.get("Item", {})
            return AlreadyThere(key, old.get("fingerprint", {}).get("S", ""))
        except BotoCoreError as error:
            raise IntakeUnavailable(f"inbox: {type(error).__name__}") from error
        return Stored(key)

    def read(self, inbox_keys: Sequence[str]) -> tuple[InboxRow, ...]:
        """Consistent batch read in chunks of READ_KEYS_MAX.

        Raises InboxUnavailable when rows stay unread.
        """
        wanted = list(dict.fromkeys(inbox_keys))
        found: dict[str, InboxRow] = {}
        for start in range(0, len(wanted), READ_KEYS_MAX):
            for row in self._read_chunk(wanted[start : start + READ_KEYS_MAX]):
                found[row.inbox_key] = row
        return tuple(found[key] for key in wanted if key in found)

    def _read_chunk(self, keys: list[str]) -> list[InboxRow]:
        pending: dict[str, Any] = {
            self._table: {
                "Keys": [{"pk": {"S": key}, "sk": {"S": SORT_KEY}} for key in keys],
                "ConsistentRead": True,
            }
        }
        rows: list[InboxRow] = []
        for _ in range(READ_ROUNDS_MAX):
            answer = self._call(
                lambda asked: self._client().batch_get_item(RequestItems=asked), pending
            )
            rows.extend(decode_item(item) for item in answer["Responses"].get(self._table, []))
            pending = answer.get("UnprocessedKeys") or {}
            if not pending:
                return rows
        raise InboxUnavailable("rows stay unread")

    def mark_applied(self, inbox_key: str, outcome: str) -> bool:
        """Take the row out of the unapplied index; the outcome stays with it."""
        return self._close(inbox_key, "applied", "outcome", outcome)

    def mark_quarantined(self, inbox_key: str, reason: str) -> bool:
        """The same for a row that people have to look at."""
        return self._close(inbox_key, "quarantined", "reason", reason)

    def _close(self, key: str, state: str, attribute: str, value: str) -> bool:
        def update(_: object) -> object:
            return self._client().update_item(
                TableName=self._table,
                Key={"pk": {"S": key}, "sk": {"S": SORT_KEY}},
                UpdateExpression="SET #state = :state, #attribute = :value REMOVE unapplied_shard",
                ConditionExpression="attribute_exists(unapplied_shard)",
                ExpressionAttributeNames={"#state": "state", "#attribute": attribute},
                ExpressionAttributeValues={":state": {"S": state}, ":value": {"S": value}},
            )

        return self._call(update, None) is not None

    def put_back(self, inbox_key: str) -> bool:
        """Into the unapplied index again, as it was when it was stored; only from quarantine."""

        def update(_: object) -> object:
            return self._client().update_item(
                TableName=self._table,
                Key={"pk": {"S": inbox_key}, "sk": {"S": SORT_KEY}},
                UpdateExpression=(
                    "SET #state = :stored, unapplied_shard = :shard REMOVE #reason ADD replays :one"
                ),
                ConditionExpression="#state = :bad AND attribute_not_exists(unapplied_shard)",
                ExpressionAttributeNames={"#state": "state", "#reason": "reason"},
                ExpressionAttributeValues={
                    ":stored": {"S": "stored"},
                    ":bad": {"S": "quarantined"},
                    ":shard": {"S": shard_of(inbox_key)},
                    ":one": {"N": "1"},
                },
            )

        return self._call(update, None) is not None

    def unapplied(self, older_than: datetime, limit: int) -> tuple[str, ...]:
        """One query per shard of the sparse index, merged by age."""
        found: list[tuple[str, str]] = []
        for shard in shard_names():
            answer = self._call(lambda name: self._query(str(name), older_than, limit), shard)
            found.extend((item["received_at"]["S"], item["pk"]["S"]) for item in answer["Items"])
        return tuple(key for _, key in sorted(found)[:limit])

    def _query(self, shard: str, older_than: datetime, limit: int) -> object:
        return self._client().query(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="unapplied_shard = :shard AND received_at < :before",
            ExpressionAttributeValues={
                ":shard": {"S": shard},
                ":before": {"S": timestamp(older_than)},
            },
            Limit=min(limit, UNAPPLIED_MAX),
        )

    def _call(self, call: Callable[[Any], object], argument: object) -> Any:
        """The answer, or None when a condition failed."""
        try:
            return call(argument)
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return None
            raise InboxUnavailable(_code(error)) from error
        except BotoCoreError as error:
            raise InboxUnavailable(type(error).__name__) from error


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "Unknown")
