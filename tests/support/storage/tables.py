"""Tables as template.yaml declares them, made directly, so that tests run on what is deployed."""

from __future__ import annotations

import itertools
from typing import Any

from rowcol.service.store import Store
from rowcol.service.view_ports import Views
from rowcol.storage.store import DynamoStore
from rowcol.storage.transaction import Tables
from rowcol.storage.views import DynamoViews
from tests.conformance.world import MovableClock, World
from tests.unit.template.document import as_written

LOGICAL_IDS = ("RecordsTable", "AuditTable", "IdempotencyTable", "ViewsTable")
CREATED = (
    "AttributeDefinitions",
    "KeySchema",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
    "BillingMode",
)
_numbers = itertools.count(1)


def create_tables(client: Any, prefix: str = "tables") -> Tables:
    """Fresh, empty tables."""
    suffix = f"{prefix}-{next(_numbers)}"
    declared = as_written("AWS::DynamoDB::Table")
    names = []
    for logical_id in LOGICAL_IDS:
        properties = declared[logical_id]["Properties"]
        names.append(f"{logical_id}-{suffix}")
        given = {name: properties[name] for name in CREATED if name in properties}
        client.create_table(TableName=names[-1], **given)
    return Tables(*names)


def world_on(client: Any, tables: Tables, clock: MovableClock | None = None) -> World:
    """The adapter on these tables."""
    clock = clock or MovableClock()
    store: Store = DynamoStore(tables, lambda: client, clock.now)
    views: Views = DynamoViews(tables.views, lambda: client)
    return World(store, views, clock)
