"""Usage counters as items of `records`: moved by `ADD` in the one transaction, without a version.

`total`, `used` and `reserved` are all kept, for a condition cannot compute: the ceiling is a
condition on the total, and that nothing is given back twice is one on each part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rowcol.domain.scope import Scope
from rowcol.service.counter_rules import is_overdrawn
from rowcol.service.store import Counter, CounterMove
from rowcol.storage import keys
from rowcol.storage.calls import batch_get

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTS = ("total", "used", "reserved")


def counter_update(table: str, move: CounterMove) -> dict[str, Any]:
    """The `Update` of a move. Without a ceiling and a part that falls it has no condition."""
    deltas = {"total": move.total, "used": move.used, "reserved": move.total - move.used}
    values = {f":{part}": _number(delta) for part, delta in deltas.items()}
    conditions = [_ceiling(move, values)] if move.ceiling is not None and move.total > 0 else []
    for part in ("used", "reserved"):
        if deltas[part] < 0:
            conditions.append(f"#{part} >= :{part}_back")
            values[f":{part}_back"] = _number(-deltas[part])
    request: dict[str, Any] = {
        "TableName": table,
        "Key": keys.item_key(keys.counter_key(move.scope, move.id)),
        "UpdateExpression": "ADD " + ", ".join(f"#{part} :{part}" for part in PARTS),
        "ExpressionAttributeNames": {f"#{part}": part for part in PARTS},
        "ExpressionAttributeValues": values,
    }
    if conditions:
        request["ConditionExpression"] = " AND ".join(conditions)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request


def _ceiling(move: CounterMove, values: dict[str, Any]) -> str:
    """An absent counter counts as zero, so it passes unless the move alone is too much."""
    room = (move.ceiling or 0) - move.total
    values[":room"] = _number(room)
    below = "#total <= :room"
    return f"(attribute_not_exists(#total) OR {below})" if room >= 0 else below


def was_overdrawn(move: CounterMove, reason: Mapping[str, Any]) -> bool:
    """Whether a failed move would have taken a part below zero; `reason` has the item as it was."""
    return is_overdrawn(_counter_of(reason.get("Item", {})), move)


def read_counters(
    client: DynamoDBClient, table: str, scope: Scope, ids: Iterable[str]
) -> dict[str, Counter]:
    """Counters of a scope in the order asked for, consistently read."""
    partitions = {name: keys.counter_key(scope, name) for name in ids}
    items = batch_get(client, table, [keys.item_key(pk) for pk in partitions.values()])
    found = {item["pk"]["S"]: _counter_of(item) for item in items}
    return {name: found.get(pk, Counter()) for name, pk in partitions.items()}


def _counter_of(item: Mapping[str, Any]) -> Counter:
    """An item that is not there yet is a counter at zero."""
    if not item:
        return Counter()
    return Counter(int(item["total"]["N"]), int(item["used"]["N"]))


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
