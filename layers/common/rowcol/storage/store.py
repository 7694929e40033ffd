"""The store on DynamoDB (port: service/store.py). Keys, indexes and questions: docs/storage.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import uuid4

from botocore.exceptions import ClientError

from rowcol.domain.client import Client, Head
from rowcol.domain.log import Entry
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.domain.sync_run import SyncRun
from rowcol.service.store import (
    Aggregate,
    Books,
    Command,
    Commit,
    Committed,
    Conflict,
    Counter,
    Due,
    Page,
    SyncPage,
    Wanted,
    places_of,
)
from rowcol.storage import keys, sync_runs
from rowcol.storage.calls import batch_get, code_of, guarded
from rowcol.storage.codec import aggregate_item, aggregate_of
from rowcol.storage.counters import read_counters
from rowcol.storage.due import DueIndex
from rowcol.storage.entries import entry_of
from rowcol.storage.pages import Listing, Slice, page
from rowcol.storage.single_use import is_first_use
from rowcol.storage.transaction import Tables, command_of, commit, version_condition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

A = TypeVar("A", bound=Aggregate)
Connect = Callable[[], "DynamoDBClient"]
CLIENT_PAGES_MAX = 50
PAYMENT_ENTRIES_MAX = 10_000
_CHANGED = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


class DynamoStore:
    """All books. `connect` gives the client at the first call; `clock` tells what has expired."""

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
        """Every client, from one partition of `by_client`; the firms' own books are left out."""
        found = self._registered("gs1pk = :clients", {})
        return tuple(sorted(found, key=lambda scope: (scope.firm, scope.client)))

    def clients(self, firm: str) -> tuple[str, ...]:
        """Clients of one firm: a range of the same partition."""
        prefix = {":prefix": {"S": keys.clients_prefix(firm)}}
        found = self._registered("gs1pk = :clients AND begins_with(gs1sk, :prefix)", prefix)
        return tuple(sorted(scope.client for scope in found))

    def _registered(self, condition: str, values: dict[str, Any]) -> list[Scope]:
        request: dict[str, Any] = {
            "TableName": self._tables.records,
            "IndexName": "by_client",
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {":clients": {"S": keys.CLIENTS}, **values},
            "ProjectionExpression": "firm, client",
        }
        found: list[Scope] = []
        for _ in range(CLIENT_PAGES_MAX):
            answer = guarded(lambda: self._connect().query(**request))
            found += [Scope(item["firm"]["S"], item["client"]["S"]) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return [scope for scope in found if scope.client != FIRM_WIDE]
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        raise TooMany(f"{len(found)} clients")

    def across(self, firm: str, kind: type[A], ids: Mapping[str, str]) -> dict[str, A]:
        """One aggregate of each of several clients, in the order asked for."""
        name = str(kind.kind)
        places = {
            client: keys.record_key(Scope(firm, client), name, wanted)
            for client, wanted in ids.items()
        }
        wanted_keys = [keys.item_key(place) for place in places.values()]
        items = batch_get(self._connect(), self._tables.records, wanted_keys)
        found = {item["pk"]["S"]: aggregate_of(kind, item) for item in items}
        return {client: found[place] for client, place in places.items() if place in found}


class TooMany(Exception):
    """More rows than the question was built for: it needs another design, never a silent cut."""


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

    def _item(self, kind: str, name: str) -> dict[str, Any] | None:
        key = keys.item_key(keys.record_key(self._scope, kind, name))
        answer = guarded(
            lambda: self._connect().get_item(
                TableName=self._tables.records, Key=key, ConsistentRead=True
            )
        )
        return cast("dict[str, Any] | None", answer.get("Item"))

    def get_many(self, kind: type[A], ids: Iterable[str]) -> dict[str, A]:
        """Several aggregates, in the order asked for; missing ones are left out."""
        wanted = list(dict.fromkeys(ids))
        found = self.get_together({kind: wanted})
        places = ((name, (str(kind.kind), name)) for name in wanted)
        return {name: cast("A", found[place]) for name, place in places if place in found}

    def get_together(self, wanted: Wanted) -> dict[tuple[str, str], Aggregate]:
        """Aggregates of several kinds, in no order; missing ones are left out.

        One alone is read by GetItem: whoever asks for no more needs no right to read batches.
        """
        kinds, asked = {str(kind.kind): kind for kind in wanted}, places_of(wanted)
        if len(asked) == 1:
            [(kind, name)] = asked
            one = self.get(kinds[kind], name)
            return {} if one is None else {asked[0]: one}
        places = [keys.item_key(keys.record_key(self._scope, *place)) for place in asked]
        items = batch_get(self._connect(), self._tables.records, places)
        found = {(item["kind"]["S"], item["id"]["S"]): item for item in items}
        return {place: aggregate_of(kinds[place[0]], item) for place, item in found.items()}

    def ids(
        self, kind: type[A], prefix: str = "", after: str | None = None, limit: int = 100
    ) -> Page:
        """Ids in list-key order; `after` is the next_key of the page before."""
        name = str(kind.kind)
        if name == Client.kind:
            # They share a partition with every firm's; in one client's books there is only itself.
            own = self._scope.client
            listed = own.startswith(prefix) and (after is None or own > after)
            return Page((own,) if listed and self._item(name, own) else (), None)
        listing = Listing(
            "gs1pk",
            "gs1sk",
            {
                "TableName": self._tables.records,
                "IndexName": "by_client",
                "ProjectionExpression": "id, gs1sk",
            },
        )
        partition = keys.list_partition(self._scope, name)
        rows = page(self._connect(), listing, partition, Slice(prefix, after, limit))
        return Page(tuple(item["id"]["S"] for item in rows.items), rows.next_key)

    def counters(self, ids: Iterable[str]) -> dict[str, Counter]:
        """Usage counters, in the order asked for; one that was never moved is zero."""
        return read_counters(self._connect(), self._tables.records, self._scope, ids)

    def command(self, key: str) -> Command | None:
        """A stored command answer that has not expired."""
        where = keys.item_key(keys.command_key(self._scope, key))
        answer: Any = guarded(
            lambda: self._connect().get_item(
                TableName=self._tables.idempotency, Key=where, ConsistentRead=True
            )
        )
        found = command_of(key, answer["Item"]) if "Item" in answer else None
        return found if found is not None and found.expires_at > self._clock() else None

    def commit(self, change: Commit) -> Committed | Conflict:
        """One state change, all or nothing."""
        return commit(self._connect(), self._tables, self._scope, change, self._clock())

    def save(self, aggregate: Aggregate) -> bool:
        """One conditional put beside the log.

        botocore repeats a put whose answer was lost and then meets its own write: that is True too.
        """
        write = {"S": uuid4().hex}
        item = {**aggregate_item(self._scope, aggregate, self._clock()), "write": write}
        try:
            guarded(
                lambda: self._connect().put_item(
                    TableName=self._tables.records,
                    Item=item,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **version_condition(aggregate.version),
                )
            )
        except ClientError as error:
            if code_of(error) not in _CHANGED:
                raise
            response: dict[str, Any] = {**error.response}
            return bool(response.get("Item", {}).get("write") == write)
        return True

    def is_first_use(self, name: str, until: datetime) -> bool:
        """True for one caller only until then."""
        table, now = self._tables.idempotency, self._clock()
        return is_first_use(self._connect(), table, keys.use_key(self._scope, name), until, now)

    def note_sync(self, run: SyncRun, until: datetime) -> None:
        """One put of a row that goes by itself after `until`."""
        partition = keys.syncs_partition(self._scope)
        sync_runs.put(self._connect(), self._tables.idempotency, partition, run, until)

    def syncs(self, after: str | None = None, limit: int = 50) -> SyncPage:
        """One query, downwards."""
        partition = keys.syncs_partition(self._scope)
        table, now = self._tables.idempotency, self._clock()
        return sync_runs.page(self._connect(), table, partition, after, limit, now)

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
        found = self._entries(request, PAYMENT_ENTRIES_MAX + 1)
        if len(found) > PAYMENT_ENTRIES_MAX:
            raise TooMany(f"entries of {payment_id}")
        return found

    def _entries(self, request: dict[str, Any], limit: int) -> tuple[Entry, ...]:
        found: list[Entry] = []
        while True:
            request["Limit"] = limit - len(found)
            answer = guarded(lambda: self._connect().query(**request))
            found += [entry_of(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer or len(found) >= limit:
                return tuple(found)
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
