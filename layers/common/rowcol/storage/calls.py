"""Calls to DynamoDB with their failures in the port's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.service.store import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

R = TypeVar("R")
Key = dict[str, Any]
BATCH_KEYS_MAX = 100
BATCH_ROUNDS_MAX = 8
_PASSING = frozenset({
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
    "LimitExceededException", "TransactionInProgressException",
})  # fmt: skip


def code_of(error: ClientError) -> str:
    """The service's error code."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def guarded(call: Callable[[], R]) -> R:
    """Run a call; throttling, failures of the service and the network become StoreUnavailable."""
    try:
        return call()
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code_of(error) in _PASSING or status >= 500:
            raise StoreUnavailable(code_of(error)) from error
        raise
    except BotoCoreError as error:
        raise StoreUnavailable(type(error).__name__) from error


def batch_get(
    client: DynamoDBClient, table: str, wanted: Sequence[Key], *, consistent: bool = True
) -> list[dict[str, Any]]:
    """Reads of any number of different items, a hundred a call, in no order."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), BATCH_KEYS_MAX):
        chunk = list(wanted[start : start + BATCH_KEYS_MAX])
        found += _batch_get(client, table, chunk, consistent)
    return found


def _batch_get(
    client: DynamoDBClient, table: str, wanted: list[Key], consistent: bool
) -> list[dict[str, Any]]:
    """Unprocessed keys (16 MB a call, throttling) are asked for again, a few times."""
    found: list[dict[str, Any]] = []
    for _ in range(BATCH_ROUNDS_MAX):
        pending: dict[str, Any] = {table: {"Keys": wanted, "ConsistentRead": consistent}}
        answer: Any = guarded(lambda asked=pending: client.batch_get_item(RequestItems=asked))  # type: ignore[misc]  # mypy cannot type a default of a lambda
        found += answer["Responses"].get(table, [])
        wanted = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if not wanted:
            return found
    raise StoreUnavailable("keys stayed unprocessed")
