"""Runs of feeds: rows of the table whose rows expire, by client and time (docs/storage.md)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rowcol.domain.plain import canonical, from_plain, instant_text, to_plain
from rowcol.domain.sync_run import SyncRun
from rowcol.service.store import SyncPage
from rowcol.storage.calls import guarded
from rowcol.storage.keys import item_key, sort_key
from rowcol.storage.pages import comparable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def key_of_run(run: SyncRun) -> str:
    """Where a run stands among its client's: by its beginning, then by its id."""
    return sort_key(f"{instant_text(run.began_at)}#{run.id}")


def put(client: DynamoDBClient, table: str, partition: str, run: SyncRun, until: datetime) -> None:
    """Store a run; the same run again is the same row."""
    item = {
        **item_key(partition, key_of_run(run)),
        "run": {"S": canonical(to_plain(run))},
        "expires_at": {"N": str(int(until.timestamp()))},
    }
    guarded(lambda: client.put_item(TableName=table, Item=item))


def page(
    client: DynamoDBClient,
    table: str,
    partition: str,
    after: str | None,
    limit: int,
    now: datetime,
) -> SyncPage:
    """Runs before `after`, the latest first. An expired row may still be there and is left out."""
    condition = "pk = :partition"
    values: dict[str, Any] = {":partition": {"S": partition}}
    if after:
        condition += " AND sk < :after"
        values[":after"] = {"S": comparable(after)}
    answer: Any = guarded(
        lambda: client.query(
            TableName=table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=limit + 1,
        )
    )
    items = answer["Items"]
    shown = items[:limit]
    more = len(items) > limit or "LastEvaluatedKey" in answer
    runs = tuple(
        from_plain(SyncRun, json.loads(item["run"]["S"]))
        for item in shown
        if int(item["expires_at"]["N"]) > now.timestamp()
    )
    return SyncPage(runs, shown[-1]["sk"]["S"] if more and shown else None)
