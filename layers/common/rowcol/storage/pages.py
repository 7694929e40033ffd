"""One page of rows in key order, from a table or an index.

A page key is the last row's own sort key. It comes back from outside, so it is only ever compared
within the caller's partition: a made-up one gives other rows of the same list and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rowcol.service.view_ports import FacetSpan
from rowcol.storage.calls import guarded
from rowcol.storage.keys import SORT_KEY_CHARACTERS_MAX

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_HIGHEST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Listing:
    """A sorted list: names of its partition and sort key, and the rest of the query."""

    partition_name: str
    sort_name: str
    query: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows whose sort key starts with `prefix` and is above `after`, at most `limit`."""

    prefix: str
    after: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Items of one page and the key after which the next one begins (None: no more)."""

    items: list[dict[str, Any]]
    next_key: str | None


def page(client: DynamoDBClient, listing: Listing, partition: str, wanted: Slice) -> Rows:
    """One query. Fewer rows than the limit when DynamoDB's 1 MB is full; `next_key` tells."""
    after = comparable(wanted.after)
    low, high = max(wanted.prefix, after), wanted.prefix + _HIGHEST
    if low > high:
        return Rows([], None)
    condition = f"{listing.partition_name} = :partition"
    values: dict[str, Any] = {":partition": {"S": partition}}
    if low:
        # One range does both. `after` itself, if it is still there, comes first and is dropped.
        condition += f" AND {listing.sort_name} BETWEEN :low AND :high"
        values |= {":low": {"S": low}, ":high": {"S": high}}
    answer: Any = guarded(
        lambda: client.query(
            **listing.query,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            Limit=wanted.limit + (2 if after else 1),
        )
    )
    items = [item for item in answer["Items"] if item[listing.sort_name]["S"] != after]
    shown = items[: wanted.limit]
    more = len(items) > wanted.limit or "LastEvaluatedKey" in answer
    return Rows(shown, shown[-1][listing.sort_name]["S"] if more and shown else None)


def span_of(client: DynamoDBClient, listing: Listing, partition: str, wanted: FacetSpan) -> Rows:
    """Rows between bounds, upwards or downwards; queries go on until the page is full."""
    after = comparable(wanted.after)
    low, high = comparable(wanted.first), comparable(wanted.last) + _HIGHEST
    if after:
        low, high = (low, min(high, after)) if wanted.descending else (max(low, after), high)
    if low > high:
        return Rows([], None)
    within = "BETWEEN :low AND :high" if low else "<= :high"
    lowest = {":low": {"S": low}} if low else {}
    request: dict[str, Any] = {
        **listing.query,
        "KeyConditionExpression": (
            f"{listing.partition_name} = :partition AND {listing.sort_name} {within}"
        ),
        "ExpressionAttributeValues": {
            ":partition": {"S": partition},
            ":high": {"S": high},
            **lowest,
        },
        "ScanIndexForward": not wanted.descending,
    }
    items: list[dict[str, Any]] = []
    while True:
        # One more tells whether there is a next page; another may be `after` itself.
        request["Limit"] = wanted.limit - len(items) + (2 if after else 1)
        answer: Any = guarded(lambda: client.query(**request))
        items += [item for item in answer["Items"] if item[listing.sort_name]["S"] != after]
        if len(items) > wanted.limit or "LastEvaluatedKey" not in answer:
            break
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    shown = items[: wanted.limit]
    more = len(items) > wanted.limit and bool(shown)
    return Rows(shown, shown[-1][listing.sort_name]["S"] if more else None)


def comparable(text: str | None) -> str:
    """A text from outside as DynamoDB may be asked to compare it: short enough, and UTF-8."""
    return (text or "")[:SORT_KEY_CHARACTERS_MAX].encode(errors="replace").decode()
