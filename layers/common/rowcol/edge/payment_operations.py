"""Every operation that the function payment_commands serves."""

from __future__ import annotations

from rowcol.edge import (
    batches,
    bulk,
    decision_batches,
    fraud_settings,
    limits,
    machine_keys,
    payment_commands,
    plans,
    record_import,
    records,
    recurrences,
    routing,
    staging_rules,
    vendors,
)
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    payment_commands.OPERATIONS,
    records.OPERATIONS,
    bulk.OPERATIONS,
    record_import.OPERATIONS,
    batches.COMMANDS,
    decision_batches.COMMANDS,
    recurrences.COMMANDS,
    routing.OPERATIONS,
    plans.COMMANDS,
    limits.COMMANDS,
    vendors.COMMANDS,
    fraud_settings.COMMANDS,
    staging_rules.COMMANDS,
    machine_keys.COMMANDS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
