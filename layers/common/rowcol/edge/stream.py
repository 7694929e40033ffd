"""DynamoDB stream records to domain values, and partial batch answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Record = Mapping[str, Any]


def inserted_keys(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(sequence number, partition key) of every inserted row, in stream order."""
    keys: list[tuple[str, str]] = []
    for record in event.get("Records", []):
        change = record.get("dynamodb", {})
        if record.get("eventName") == "INSERT":
            keys.append((change["SequenceNumber"], change["Keys"]["pk"]["S"]))
    return keys


def failures(sequence_numbers: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """The partial batch answer: Lambda retries from the first of these on."""
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sequence_numbers]}


def each_in_order(
    event: Mapping[str, Any], apply: Callable[[Record], None], failed: Callable[[Exception], None]
) -> dict[str, list[dict[str, str]]]:
    """Apply records one by one; the first failure stops there, so that order within a key holds."""
    for record in event.get("Records", []):
        try:
            apply(record)
        except Exception as error:  # noqa: BLE001  # any failure is the queue's to retry
            failed(error)
            return failures([record["dynamodb"]["SequenceNumber"]])
    return failures([])
