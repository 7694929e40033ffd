"""Small shared values in the table whose rows expire: one conditional put a change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from rowcol.service.rail_budget_ports import Cell
from rowcol.storage.calls import code_of, guarded
from rowcol.storage.keys import item_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# No firm is called so in this table: its other keys have three parts and more.
PREFIX = "shared"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,150}\Z")


def cell_key(name: str) -> dict[str, Any]:
    """Where a value is kept. ValueError: not a name."""
    if not _NAME.match(name):
        raise ValueError(f"not a name of a shared value: {name[:80]!r}")
    return item_key(f"{PREFIX}/{name}")


class DynamoCells:
    """Port Cells."""

    def __init__(
        self, table: str, connect: Callable[[], DynamoDBClient], now: Callable[[], datetime]
    ) -> None:
        self._table = table
        self._connect = connect
        self._now = now

    def read(self, name: str) -> Cell:
        """One consistent read. A row whose time is over is as good as gone."""
        answer: Any = guarded(
            lambda: self._connect().get_item(
                TableName=self._table, Key=cell_key(name), ConsistentRead=True
            )
        )
        return self._cell(answer.get("Item", {}))

    def put(self, name: str, text: str, before: Cell, until: datetime) -> tuple[bool, Cell]:
        """One write, whoever wins: the loser is shown what there is.

        botocore repeats a put whose answer was lost and then meets its own write: that is kept too.
        """
        made = Cell(uuid4().hex, text)
        item = {
            **cell_key(name),
            "mark": {"S": made.mark},
            "text": {"S": text},
            "expires_at": {"N": str(int(until.timestamp()) + 1)},
        }
        if before.mark:
            condition, values = "mark = :before", {":before": {"S": before.mark}}
        else:
            condition = "attribute_not_exists(pk) OR expires_at <= :now"
            values = {":now": {"N": str(int(self._now().timestamp()))}}
        try:
            guarded(
                lambda: self._connect().put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            response: dict[str, Any] = {**error.response}
            kept = self._cell(response.get("Item", {}))
            return kept.mark == made.mark, kept
        return True, made

    def _cell(self, item: Mapping[str, Any]) -> Cell:
        if not item or int(item["expires_at"]["N"]) <= self._now().timestamp():
            return Cell()
        return Cell(str(item["mark"]["S"]), str(item["text"]["S"]))
