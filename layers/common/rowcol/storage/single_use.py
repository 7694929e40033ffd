"""What may be used once, such as a nonce: one conditional put beside records and log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from rowcol.storage import keys
from rowcol.storage.calls import code_of, guarded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_USED = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


def is_first_use(
    client: DynamoDBClient, table: str, partition: str, until: datetime, now: datetime
) -> bool:
    """Whether nobody used it before. The row goes with its time to live, some day after `until`.

    botocore repeats a put whose answer was lost and then meets its own write: that is True too.
    """
    write = {"S": uuid4().hex}
    try:
        guarded(
            lambda: client.put_item(
                TableName=table,
                Item={
                    **keys.item_key(partition),
                    "expires_at": {"N": str(int(until.timestamp()))},
                    "write": write,
                },
                ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                ExpressionAttributeValues={":now": {"N": str(int(now.timestamp()))}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )
    except ClientError as error:
        if code_of(error) not in _USED:
            raise
        response: dict[str, Any] = {**error.response}
        return bool(response.get("Item", {}).get("write") == write)
    return True
