"""Tables as template.yaml declares them."""

from __future__ import annotations

from typing import Any

from rowcol.storage.transaction import Tables
from tests.unit.template.document import as_written

CREATED = (
    "AttributeDefinitions",
    "KeySchema",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
    "BillingMode",
)


def create_tables(client: Any) -> tuple[Tables, str]:
    """Fresh tables, and the inbox's name."""
    declared = as_written("AWS::DynamoDB::Table")
    for name, resource in declared.items():
        properties = resource["Properties"]
        given = {part: properties[part] for part in CREATED if part in properties}
        client.create_table(TableName=name, **given)
    names = ("RecordsTable", "AuditTable", "IdempotencyTable", "ViewsTable")
    return Tables(*names), "InboxTable"
