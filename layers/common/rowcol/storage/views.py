"""Read models on DynamoDB: one item per row, never replaced by an older state of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rowcol.domain.plain import canonical
from rowcol.domain.scope import Scope
from rowcol.service.view_ports import (
    FacetPage,
    FacetRow,
    FacetSpan,
    QueueRow,
    TrayRow,
    TrayRows,
    ViewOrder,
    ViewPage,
    ViewRow,
)
from rowcol.storage.calls import Key, batch_get, code_of, guarded
from rowcol.storage.facets import facet_attributes, facets_of, index_name, stored_facets
from rowcol.storage.keys import item_key, sort_key, view_partition
from rowcol.storage.pages import Listing, Slice, page, span_of
from rowcol.storage.queue import (
    QUEUE_INDEX,
    queue_attributes,
    queue_condition,
    queue_row,
    queued_of,
)
from rowcol.storage.tray import (
    LIST,
    ORDER,
    TRAY_INDEX,
    tray_attributes,
    tray_of,
    tray_partition,
    tray_row,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoViews:
    """The views table."""

    def __init__(self, table: str, connect: Callable[[], DynamoDBClient]) -> None:
        self._table = table
        self._connect = connect

    def apply(self, rows: Sequence[ViewRow]) -> None:
        """Store rows, each unless a newer state of it is there."""
        for row in rows:
            self._apply(row)

    def _apply(self, row: ViewRow) -> None:
        sequence = {"N": str(row.sequence)}
        item: dict[str, Any] = {
            **_key(row.scope, row.view, row.key),
            "sequence": sequence,
            "row": {"S": canonical(row.row)},
            **facet_attributes(row.key, row.facets),
            **queue_attributes(row),
            **tray_attributes(row),
        }
        self._held(
            lambda: self._connect().put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #sequence <= :sequence",
                ExpressionAttributeNames={"#sequence": "sequence"},
                ExpressionAttributeValues={":sequence": sequence},
            )
        )

    def remove(self, row: ViewRow) -> bool:
        """Take a row away if it is still at its sequence."""
        return self._held(
            lambda: self._connect().delete_item(
                TableName=self._table,
                Key=_key(row.scope, row.view, row.key),
                ConditionExpression="#sequence = :sequence",
                ExpressionAttributeNames={"#sequence": "sequence"},
                ExpressionAttributeValues={":sequence": {"N": str(row.sequence)}},
            )
        )

    @staticmethod
    def _held(write: Callable[[], object]) -> bool:
        """Whether the write's condition held."""
        try:
            guarded(write)
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def page(
        self, scope: Scope, view: str, prefix: str = "", after: str | None = None, limit: int = 50
    ) -> ViewPage:
        """Rows in key order; `after` is the next_key of the page before."""
        listing = Listing("pk", "sk", {"TableName": self._table})
        partition = view_partition(scope, view)
        rows = page(self._connect(), listing, partition, Slice(prefix, after, limit))
        return ViewPage(tuple(self._row(scope, view, item) for item in rows.items), rows.next_key)

    def get(self, scope: Scope, view: str, key: str) -> ViewRow | None:
        """One row, consistently read."""
        where = _key(scope, view, key)
        answer: Any = guarded(
            lambda: self._connect().get_item(TableName=self._table, Key=where, ConsistentRead=True)
        )
        return self._row(scope, view, answer["Item"]) if "Item" in answer else None

    def get_many(self, scope: Scope, view: str, keys: Iterable[str]) -> dict[str, ViewRow]:
        """Several rows, in the order asked for."""
        places = {key: _key(scope, view, key) for key in keys}
        items = batch_get(self._connect(), self._table, list(places.values()), consistent=False)
        found = {item["sk"]["S"]: self._row(scope, view, item) for item in items}
        return {key: found[key] for key in places if key in found}

    def facets(self, scope: Scope, view: str, order: ViewOrder, span: FacetSpan) -> FacetPage:
        """Facets of rows in an order; `after` is the next_key of the page before."""
        index = index_name(order)
        listing = Listing("pk", index, {"TableName": self._table, "IndexName": index})
        rows = span_of(self._connect(), listing, view_partition(scope, view), span)
        return FacetPage(tuple(_facet_row(item) for item in rows.items), rows.next_key)

    def rows_of(
        self, firm: str, view: str, places: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], ViewRow]:
        """Rows of several clients, a hundred a call."""
        keys = [_key(Scope(firm, client), view, key) for client, key in dict.fromkeys(places)]
        found: dict[tuple[str, str], ViewRow] = {}
        for item in batch_get(self._connect(), self._table, keys, consistent=False):
            scope = Scope(*item["pk"]["S"].split("/")[:2])
            row = self._row(scope, view, item)
            found[scope.client, row.key] = row
        return {place: found[place] for place in places if place in found}

    def tray(self, firm: str, client: str | None = None) -> tuple[TrayRow, ...]:
        """Live items of a firm or one client: a query for each megabyte of them."""
        condition, values = f"{LIST} = :list", {":list": {"S": tray_partition(firm, live=True)}}
        if client is not None:
            condition += f" AND begins_with({ORDER}, :client)"
            values[":client"] = {"S": f"{Scope(firm, client).client}#"}
        asked = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        return tuple(tray_row(item) for item in self._every(TRAY_INDEX, asked))

    def closed_tray(
        self, firm: str, client: str, after: str | None = None, limit: int = 50
    ) -> TrayRows:
        """Closed items of one client, the latest first: one query."""
        scope = Scope(firm, client)
        listing = Listing(LIST, ORDER, {"TableName": self._table, "IndexName": TRAY_INDEX})
        prefix = f"{scope.client}#"
        span = FacetSpan(first=prefix, last=prefix, descending=True, after=after, limit=limit)
        rows = span_of(self._connect(), listing, tray_partition(firm, live=False), span)
        return TrayRows(tuple(tray_row(item) for item in rows.items), rows.next_key)

    def queue(self, firm: str, client: str | None = None) -> tuple[QueueRow, ...]:
        """Open work of a firm, or of one client: a query for each megabyte of it."""
        condition = queue_condition(firm, client)
        return tuple(queue_row(item) for item in self._every(QUEUE_INDEX, condition))

    def _every(self, index: str, condition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """All items of an index that a condition on its keys names."""
        request: dict[str, Any] = {"TableName": self._table, "IndexName": index, **condition}
        while True:
            answer: Any = guarded(lambda: self._connect().query(**request))
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    @staticmethod
    def _row(scope: Scope, view: str, item: Any) -> ViewRow:
        key, sequence = item["sk"]["S"], int(item["sequence"]["N"])
        content = json.loads(item["row"]["S"])
        more = facets_of(item), queued_of(item), tray_of(item)
        return ViewRow(scope, view, key, sequence, content, *more)


def _facet_row(item: Any) -> FacetRow:
    return FacetRow(item["sk"]["S"], stored_facets(item))


def _key(scope: Scope, view: str, key: str) -> Key:
    return item_key(view_partition(scope, view), sort_key(key))
