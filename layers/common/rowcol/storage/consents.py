"""Consents under way: rows beside the commands, with their time to live, taken by a delete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rowcol.domain.plain import from_plain, to_plain
from rowcol.service.connection_ports import Consent
from rowcol.storage import keys
from rowcol.storage.calls import code_of, guarded
from rowcol.storage.codec import attribute, plain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoConsents:
    """Port Consents, in the table of commands. `connect` gives the client at the first call."""

    def __init__(self, table: str, connect: Callable[[], DynamoDBClient]) -> None:
        self._table = table
        self._connect = connect

    def put(self, digest: str, consent: Consent) -> None:
        """One conditional put: a digest is never used twice."""
        item: dict[str, Any] = {
            **keys.item_key(keys.consent_key(digest)),
            "consent": attribute(to_plain(consent)),
            "expires_at": {"N": str(int(consent.expires_at.timestamp()))},
        }
        guarded(
            lambda: self._connect().put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        )

    def take(self, digest: str, now: datetime) -> Consent | None:
        """One conditional delete; who comes second finds nothing.

        A delete whose answer was lost is repeated by the client and then finds nothing either:
        the consent is asked for again, which is safe.
        """
        try:
            answer: Any = guarded(
                lambda: self._connect().delete_item(
                    TableName=self._table,
                    Key=keys.item_key(keys.consent_key(digest)),
                    ConditionExpression="attribute_exists(pk) AND expires_at > :now",
                    ExpressionAttributeValues={":now": {"N": str(int(now.timestamp()))}},
                    ReturnValues="ALL_OLD",
                )
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return None
        return from_plain(Consent, plain(answer["Attributes"]["consent"]))
