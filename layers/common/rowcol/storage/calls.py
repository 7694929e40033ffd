"""Calls to DynamoDB with their failures in the port's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.service.store import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

R = TypeVar("R")
BATCH_KEYS_MAX = 100
BATCH_ROUNDS_MAX = 8
_PASSING = frozenset({
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
    "InternalServerError", "ServiceUnavailable", "LimitExceededException",
})  # fmt: skip


def code_of(error: ClientError) -> str:
    """The service's error code."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def guarded(call: Callable[[], R]) -> R:
    """Run a call; throttling and network trouble become StoreUnavailable, the rest stays what it is."""
    try:
        return call()
    except ClientError as error:
        if code_of(error) in _PASSING:
            raise StoreUnavailable(code_of(error)) from error
        raise
    except BotoCoreError as error:
        raise StoreUnavailable(type(error).__name__) from error


def batch_get(
    client: DynamoDBClient, table: str, partitions: list[str], sort_key: str
) -> list[dict[str, Any]]:
    """Consistent reads of many items, in chunks; unprocessed keys are asked for again, a bounded number of times."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(partitions), BATCH_KEYS_MAX):
        wanted = [
            {"pk": {"S": pk}, "sk": {"S": sort_key}}
            for pk in partitions[start : start + BATCH_KEYS_MAX]
        ]
        pending: dict[str, Any] = {table: {"Keys": wanted, "ConsistentRead": True}}
        for _ in range(BATCH_ROUNDS_MAX):
            request = pending
            answer = guarded(lambda request=request: client.batch_get_item(RequestItems=request))  # type: ignore[misc]  # mypy cannot type a default of a lambda
            found += answer["Responses"].get(table, [])
            pending = dict(answer.get("UnprocessedKeys", {}))
            if not pending:
                break
        if pending:
            raise StoreUnavailable("keys stayed unprocessed")
    return found
