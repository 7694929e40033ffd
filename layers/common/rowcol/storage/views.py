"""Read models on DynamoDB: one item per row, replaced only by a newer state of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rowcol.domain.plain import canonical
from rowcol.domain.scope import Scope
from rowcol.service.store import ViewPage, ViewRow
from rowcol.storage import keys
from rowcol.storage.calls import code_of, guarded
from rowcol.storage.pages import Listing, Slice, page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoViews:
    """The views table."""

    def __init__(self, table: str, connect: Callable[[], DynamoDBClient]) -> None:
        self._table = table
        self._connect = connect

    def apply(self, rows: Sequence[ViewRow]) -> None:
        """Store rows, each only over an older state."""
        for row in rows:
            self._apply(row)

    def _apply(self, row: ViewRow) -> None:
        sequence = {"N": str(row.sequence)}
        item: dict[str, Any] = {
            **_key(row.scope, row.view, row.key),
            "sequence": sequence,
            "row": {"S": canonical(row.row)},
        }
        try:
            guarded(
                lambda: self._connect().put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR #sequence < :sequence",
                    ExpressionAttributeNames={"#sequence": "sequence"},
                    ExpressionAttributeValues={":sequence": sequence},
                )
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def page(
        self, scope: Scope, view: str, prefix: str = "", after: str | None = None, limit: int = 50
    ) -> ViewPage:
        """Rows in key order; `after` is the next_key of the page before."""
        listing = Listing("pk", "sk", {"TableName": self._table})
        partition = keys.view_partition(scope, view)
        rows = page(self._connect(), listing, partition, Slice(prefix, after, limit))
        return ViewPage(tuple(self._row(scope, view, item) for item in rows.items), rows.next_key)

    def get(self, scope: Scope, view: str, key: str) -> ViewRow | None:
        """One row."""
        where = _key(scope, view, key)
        answer: Any = guarded(lambda: self._connect().get_item(TableName=self._table, Key=where))
        return self._row(scope, view, answer["Item"]) if "Item" in answer else None

    @staticmethod
    def _row(scope: Scope, view: str, item: Any) -> ViewRow:
        return ViewRow(
            scope, view, item["sk"]["S"], int(item["sequence"]["N"]), json.loads(item["row"]["S"])
        )


def _key(scope: Scope, view: str, key: str) -> dict[str, Any]:
    return {"pk": {"S": keys.view_partition(scope, view)}, "sk": {"S": keys.sort_key(key)}}
