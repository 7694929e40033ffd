"""The store on DynamoDB (port: service/store.py). Keys, indexes and the questions they answer: docs/storage.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.exceptions import ClientError

from rowcol.domain.client import Head
from rowcol.domain.log import Entry
from rowcol.domain.scope import FIRM_WIDE, Scope, ScopeError
from rowcol.service.store import Aggregate, Books, Command, Commit, Committed, Conflict, Due, Page
from rowcol.storage import keys
from rowcol.storage.calls import batch_get, code_of, guarded
from rowcol.storage.codec import aggregate_item, aggregate_of
from rowcol.storage.due import DueIndex
from rowcol.storage.entries import entry_of
from rowcol.storage.transaction import Tables, command_of, commit, version_condition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

A = TypeVar("A", bound=Aggregate)
Connect = Callable[[], "DynamoDBClient"]
CLIENT_PAGES_MAX = 50
_KEY_SEPARATOR = "\n"


class DynamoStore:
    """All books. `connect` gives the client at the first call; `clock` tells when a command record has expired."""

    def __init__(self, tables: Tables, connect: Connect, clock: Callable[[], datetime]) -> None:
        self._tables = tables
        self._connect = connect
        self._clock = clock

    def books(self, scope: Scope) -> Books:
        """The books of one scope."""
        return DynamoBooks(self._tables, self._connect, self._clock, scope)

    def due(self, now: datetime, limit: int = 200) -> tuple[Due, ...]:
        """What is due, oldest first."""
        return DueIndex(self._connect(), self._tables.records).find(now, limit)

    def scopes(self) -> tuple[Scope, ...]:
        """Every client, from one partition of the `by_client` index; the firms' own books are left out."""
        request: dict[str, Any] = {
            "TableName": self._tables.records,
            "IndexName": "by_client",
            "KeyConditionExpression": "gs1pk = :clients",
            "ExpressionAttributeValues": {":clients": {"S": keys.CLIENTS}},
            "ProjectionExpression": "firm, client",
        }
        found: list[Scope] = []
        for _ in range(CLIENT_PAGES_MAX):
            answer = guarded(lambda: self._connect().query(**request))
            found += [Scope(item["firm"]["S"], item["client"]["S"]) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return tuple(scope for scope in found if scope.client != FIRM_WIDE)
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        raise TooManyClients(str(len(found)))


class TooManyClients(Exception):
    """More clients than one sweep was built for: a plan of several runs is needed, never a silent cut."""


class DynamoBooks:
    """One scope's view of the tables. Nothing here can name a key outside it."""

    def __init__(
        self, tables: Tables, connect: Connect, clock: Callable[[], datetime], scope: Scope
    ) -> None:
        self._tables = tables
        self._connect = connect
        self._clock = clock
        self._scope = scope

    @property
    def scope(self) -> Scope:
        """Whose books these are."""
        return self._scope

    def head(self, currency: str) -> Head:
        """The client head; a fresh one when nothing was written yet."""
        item = self._item(Head.kind, Head.id)
        return aggregate_of(Head, item) if item else Head(currency)

    def get(self, kind: type[A], id: str) -> A | None:
        """One aggregate, consistently read."""
        item = self._item(str(kind.kind), id)
        return aggregate_of(kind, item) if item else None

    def _item(self, kind: str, id: str) -> dict[str, Any] | None:
        key: dict[str, Any] = {
            "pk": {"S": keys.record_key(self._scope, kind, id)},
            "sk": {"S": keys.SORT_KEY},
        }
        answer = guarded(
            lambda: self._connect().get_item(
                TableName=self._tables.records, Key=key, ConsistentRead=True
            )
        )
        return cast("dict[str, Any] | None", answer.get("Item"))

    def get_many(self, kind: type[A], ids: Iterable[str]) -> dict[str, A]:
        """Several aggregates, in the order asked for; missing ones are left out."""
        wanted = list(dict.fromkeys(ids))
        partitions = [keys.record_key(self._scope, str(kind.kind), id) for id in wanted]
        items = (
            batch_get(self._connect(), self._tables.records, partitions, keys.SORT_KEY)
            if wanted
            else []
        )
        found = {item["id"]["S"]: aggregate_of(kind, item) for item in items}
        return {id: found[id] for id in wanted if id in found}

    def ids(
        self, kind: type[A], prefix: str = "", after: str | None = None, limit: int = 100
    ) -> Page:
        """Ids in list-key order; `after` is the next_key of the page before."""
        name = str(kind.kind)
        partition = keys.list_partition(self._scope, name)
        values: dict[str, Any] = {":partition": {"S": partition}}
        condition = "gs1pk = :partition"
        if prefix:
            condition += " AND begins_with(gs1sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        request: dict[str, Any] = {
            "TableName": self._tables.records,
            "IndexName": "by_client",
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ProjectionExpression": "id, gs1sk",
            "Limit": limit,
        }
        if after is not None:
            request["ExclusiveStartKey"] = self._start_key(name, partition, after)
        answer = guarded(lambda: self._connect().query(**request))
        items = answer["Items"]
        more = (
            f"{items[-1]['gs1sk']['S']}{_KEY_SEPARATOR}{items[-1]['id']['S']}"
            if "LastEvaluatedKey" in answer
            else None
        )
        return Page(tuple(item["id"]["S"] for item in items), more)

    def _start_key(self, kind: str, partition: str, after: str) -> dict[str, Any]:
        list_key, separator, id = after.partition(_KEY_SEPARATOR)
        if not separator:
            raise ScopeError("not a page key")
        return {
            "gs1pk": {"S": partition},
            "gs1sk": {"S": list_key},
            "pk": {"S": keys.record_key(self._scope, kind, id)},
            "sk": {"S": keys.SORT_KEY},
        }

    def command(self, key: str) -> Command | None:
        """A stored command answer that has not expired."""
        where: dict[str, Any] = {
            "pk": {"S": keys.record_key(self._scope, "command", key)},
            "sk": {"S": keys.SORT_KEY},
        }
        answer = guarded(
            lambda: self._connect().get_item(
                TableName=self._tables.idempotency, Key=where, ConsistentRead=True
            )
        )
        item = cast("dict[str, Any] | None", answer.get("Item"))
        if item is None:
            return None
        expires_at = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
        return command_of(key, item, expires_at) if expires_at > self._clock() else None

    def commit(self, change: Commit) -> Committed | Conflict:
        """One state change, all or nothing."""
        if change.scope != self._scope:
            raise ScopeError("commit of another scope")
        return commit(self._connect(), self._tables, change, self._clock())

    def save(self, aggregate: Aggregate) -> bool:
        """One conditional put beside the log."""
        request: dict[str, Any] = {
            "TableName": self._tables.records,
            "Item": aggregate_item(self._scope, aggregate, self._clock()),
            **version_condition(aggregate.version),
        }
        try:
            guarded(lambda: self._connect().put_item(**request))
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def entries(self, after: int = 0, limit: int = 500) -> tuple[Entry, ...]:
        """Log entries after a sequence number; pages are followed until `limit`."""
        request: dict[str, Any] = {
            "TableName": self._tables.audit,
            "KeyConditionExpression": "pk = :partition AND sk > :after",
            "ExpressionAttributeValues": {
                ":partition": {"S": keys.log_partition(self._scope)},
                ":after": {"S": keys.log_sort_key(after)},
            },
            "ConsistentRead": True,
        }
        return self._entries(request, limit)

    def entries_of_payment(self, payment_id: str) -> tuple[Entry, ...]:
        """The payment's own stream."""
        request: dict[str, Any] = {
            "TableName": self._tables.audit,
            "IndexName": "by_payment",
            "KeyConditionExpression": "payment_key = :payment",
            "ExpressionAttributeValues": {
                ":payment": {"S": keys.payment_partition(self._scope, payment_id)}
            },
        }
        return self._entries(request, ENTRIES_OF_PAYMENT_MAX)

    def _entries(self, request: dict[str, Any], limit: int) -> tuple[Entry, ...]:
        found: list[Entry] = []
        while True:
            request["Limit"] = limit - len(found)
            answer = guarded(lambda: self._connect().query(**request))
            found += [entry_of(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer or len(found) >= limit:
                return tuple(found)
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


ENTRIES_OF_PAYMENT_MAX = 2000
