"""Rows that a table's stream told of, read again at a position while the stream has them (24 h).

Source: Amazon DynamoDB Streams API reference, GetShardIterator and GetRecords.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.service.replay_ports import RowKey, StreamPosition, StreamUnavailable

# A page may be empty though there is more: so many are read for one position.
PAGES_MAX = 20
_FORGOTTEN = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException"})


def rows_at(connect: Callable[[], Any], position: StreamPosition) -> tuple[RowKey, ...] | None:
    """Keys of the rows that were inserted there; None when the stream no longer has all of them.

    Raises StreamUnavailable.
    """
    try:
        return _rows(connect(), position)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        if code in _FORGOTTEN:
            return None
        raise StreamUnavailable(code) from error
    except BotoCoreError as error:
        raise StreamUnavailable(type(error).__name__) from error


def _rows(client: Any, position: StreamPosition) -> tuple[RowKey, ...]:
    iterator = client.get_shard_iterator(
        StreamArn=position.stream,
        ShardId=position.shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=position.first,
    )["ShardIterator"]
    found: list[RowKey] = []
    for _ in range(PAGES_MAX):
        page = client.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            change = record["dynamodb"]
            if int(change["SequenceNumber"]) > int(position.last):
                return tuple(found)
            if record["eventName"] == "INSERT":
                found.append(RowKey(change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]))
            if change["SequenceNumber"] == position.last:
                return tuple(found)
        iterator = page.get("NextShardIterator")
        if iterator is None:
            return tuple(found)
    raise StreamUnavailable(f"not reached in {PAGES_MAX} pages")
