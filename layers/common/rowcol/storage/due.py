"""The hour-sharded `due` index: read from the oldest hour that may still hold something, up to now.

A cursor item remembers that hour. It moves only past hours that were found empty, and never closer than OVERLAP to
the present, so that a late index entry or a slow clock is still met; after days of downtime it walks the hours it missed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rowcol.domain.plain import instant, instant_text
from rowcol.domain.scope import Scope
from rowcol.service.store import Due
from rowcol.storage.calls import guarded
from rowcol.storage.keys import DUE_CURSOR, SORT_KEY, due_hour

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OVERLAP = timedelta(hours=2)
HOUR = timedelta(hours=1)
HOURS_PER_RUN_MAX = 400
FIRST_LOOK_BACK = timedelta(hours=48)


class DueIndex:
    """Finds what is due in one table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, now: datetime, limit: int) -> tuple[Due, ...]:
        """Due items, oldest first, at most `limit`. Remembers how far the hours are drained."""
        hour = start = self._cursor(now)
        drained = True
        found: list[Due] = []
        for _ in range(HOURS_PER_RUN_MAX):
            if hour > now or len(found) >= limit:
                break
            in_hour = self._query(hour, now, limit - len(found))
            found += in_hour
            drained = drained and not in_hour
            hour += HOUR
            if drained and hour <= now - OVERLAP:
                start = hour
        self._move(start)
        return tuple(found)

    def _cursor(self, now: datetime) -> datetime:
        key: dict[str, Any] = {"pk": {"S": DUE_CURSOR}, "sk": {"S": SORT_KEY}}
        answer = guarded(lambda: self._client.get_item(TableName=self._table, Key=key))
        item: dict[str, Any] | None = answer.get("Item")
        first = (
            now - FIRST_LOOK_BACK
            if item is None
            else datetime.strptime(item["hour"]["S"], "%Y-%m-%dT%H").replace(tzinfo=UTC)
        )
        return min(first, now - OVERLAP).replace(minute=0, second=0, microsecond=0)

    def _move(self, hour: datetime) -> None:
        """Only forwards: a run that overlaps another must not take the cursor back."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "Item": {"pk": {"S": DUE_CURSOR}, "sk": {"S": SORT_KEY}, "hour": {"S": due_hour(hour)}},
            "ConditionExpression": "attribute_not_exists(pk) OR #hour < :hour",
            "ExpressionAttributeNames": {"#hour": "hour"},
            "ExpressionAttributeValues": {":hour": {"S": due_hour(hour)}},
        }
        try:
            guarded(lambda: self._client.put_item(**request))
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _query(self, hour: datetime, now: datetime, limit: int) -> list[Due]:
        answer = guarded(
            lambda: self._client.query(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression="due_hour = :hour AND due_at <= :now",
                ExpressionAttributeValues={
                    ":hour": {"S": due_hour(hour)},
                    ":now": {"S": instant_text(now)},
                },
                Limit=limit,
            )
        )
        return [
            Due(
                Scope(str(item["firm"]["S"]), str(item["client"]["S"])),
                str(item["kind"]["S"]),
                str(item["id"]["S"]),
                instant(str(item["due_at"]["S"])),
            )
            for item in answer["Items"]
        ]
