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
            item: dict[str, Any] = {
                "pk": {"S": keys.view_partition(row.scope, row.view)},
                "sk": {"S": row.key},
                "sequence": {"N": str(row.sequence)},
                "row": {"S": canonical(row.row)},
            }
            try:
                guarded(
                    lambda item=item: self._connect().put_item(  # type: ignore[misc]  # a lambda's default
                        TableName=self._table,
                        Item=item,
                        ConditionExpression="attribute_not_exists(pk) OR #sequence < :sequence",
                        ExpressionAttributeNames={"#sequence": "sequence"},
                        ExpressionAttributeValues={":sequence": item["sequence"]},
                    )
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def page(
        self, scope: Scope, view: str, prefix: str = "", after: str | None = None, limit: int = 50
    ) -> ViewPage:
        """Rows in key order; `after` is the next_key of the page before."""
        partition = keys.view_partition(scope, view)
        values: dict[str, Any] = {":partition": {"S": partition}}
        condition = "pk = :partition"
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "Limit": limit,
        }
        if after is not None:
            request["ExclusiveStartKey"] = {"pk": {"S": partition}, "sk": {"S": after}}
        answer = guarded(lambda: self._connect().query(**request))
        rows = tuple(self._row(scope, view, item) for item in answer["Items"])
        return ViewPage(rows, rows[-1].key if "LastEvaluatedKey" in answer and rows else None)

    def get(self, scope: Scope, view: str, key: str) -> ViewRow | None:
        """One row."""
        where: dict[str, Any] = {"pk": {"S": keys.view_partition(scope, view)}, "sk": {"S": key}}
        answer = guarded(lambda: self._connect().get_item(TableName=self._table, Key=where))
        item: Any = answer.get("Item")
        return self._row(scope, view, item) if item else None

    @staticmethod
    def _row(scope: Scope, view: str, item: Any) -> ViewRow:
        return ViewRow(
            scope, view, item["sk"]["S"], int(item["sequence"]["N"]), json.loads(item["row"]["S"])
        )
