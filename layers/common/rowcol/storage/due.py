"""The hour-sharded `due` index: all that is due is met within minutes, whatever else is stuck.

Each run reads two parts. The **recent** hours, from OVERLAP before now up to now, always: new work
is there, for a due time that has passed is stored under the hour of its write (codec.py). And the
**backlog**, the hours before them back to the last one known to be drained, at most
BACKLOG_HOURS_MAX a run and in turn: an item that fails for days keeps its own hour alive, and never
keeps later hours from being read. After a downtime the missed hours are a backlog like any other.

    drained            position              recent         now
      |-- backlog ---------|------->-- ... -----|--------------|

A cursor item remembers `drained` and `position`. `drained` moves only past hours found empty, never
closer to now than OVERLAP, so that a late index entry or a slow clock is still met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rowcol.domain.plain import instant, instant_text
from rowcol.domain.scope import Scope
from rowcol.service.store import Due
from rowcol.storage.calls import code_of, guarded
from rowcol.storage.keys import DUE_CURSOR, SORT_KEY, due_hour, hour_start

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OVERLAP = timedelta(hours=2)
HOUR = timedelta(hours=1)
BACKLOG_HOURS_MAX = 240
# Before the first run there is no cursor: this much time is walked once.
LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Cursor:
    """`drained`: hours before it are empty. `position`: where the backlog is read on."""

    drained: datetime
    position: datetime


class DueIndex:
    """Finds what is due in one table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, now: datetime, limit: int) -> tuple[Due, ...]:
        """Due items, oldest first, at most `limit`, half of it kept for recent hours."""
        known = self._read_cursor()
        recent_start = _hour(now - OVERLAP)
        recent = self._recent(recent_start, now, limit)
        cursor = known or Cursor(_hour(now - LOOK_BACK), recent_start - BACKLOG_HOURS_MAX * HOUR)
        room = limit - min(len(recent), limit // 2)
        backlog, moved = self._backlog(cursor, recent_start, now, room)
        if moved != known:
            self._write_cursor(moved)
        found = backlog + recent[: limit - len(backlog)]
        return tuple(sorted(found, key=lambda due: due.due_at))

    def _recent(self, start: datetime, now: datetime, limit: int) -> list[Due]:
        found: list[Due] = []
        hour = start
        while hour <= now and len(found) < limit:
            found += self._query(hour, now, limit - len(found))
            hour += HOUR
        return found

    def _backlog(
        self, cursor: Cursor, end: datetime, now: datetime, limit: int
    ) -> tuple[list[Due], Cursor]:
        """Read on from `position`, then from `drained` again; stop at either bound."""
        drained, position = min(cursor.drained, end), cursor.position
        found: list[Due] = []
        for _ in range(min(BACKLOG_HOURS_MAX, (end - drained) // HOUR)):
            if not drained <= position < end:
                position = drained
            if len(found) >= limit:
                break
            in_hour = self._query(position, now, limit - len(found))
            found += in_hour
            position += HOUR
            if not in_hour and position - HOUR == drained:
                drained = position
        return found, Cursor(drained, position if drained <= position < end else drained)

    def _read_cursor(self) -> Cursor | None:
        key: dict[str, Any] = {"pk": {"S": DUE_CURSOR}, "sk": {"S": SORT_KEY}}
        answer: Any = guarded(lambda: self._client.get_item(TableName=self._table, Key=key))
        item = answer.get("Item")
        if item is None:
            return None
        return Cursor(hour_start(item["drained"]["S"]), hour_start(item["position"]["S"]))

    def _write_cursor(self, cursor: Cursor) -> None:
        """`drained` only forwards: a run that overlaps another must not take it back."""
        drained = {"S": due_hour(cursor.drained)}
        item: dict[str, Any] = {
            "pk": {"S": DUE_CURSOR},
            "sk": {"S": SORT_KEY},
            "drained": drained,
            "position": {"S": due_hour(cursor.position)},
        }
        try:
            guarded(
                lambda: self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR #drained <= :drained",
                    ExpressionAttributeNames={"#drained": "drained"},
                    ExpressionAttributeValues={":drained": drained},
                )
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def _query(self, hour: datetime, now: datetime, limit: int) -> list[Due]:
        answer: Any = guarded(
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
        return [_due(item) for item in answer["Items"]]


def _due(item: Any) -> Due:
    scope = Scope(item["firm"]["S"], item["client"]["S"])
    return Due(scope, item["kind"]["S"], item["id"]["S"], instant(item["due_at"]["S"]))


def _hour(at: datetime) -> datetime:
    return hour_start(due_hour(at))
