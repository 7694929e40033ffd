"""Every operation that the function payment_commands serves."""

from __future__ import annotations

from rowcol.edge import (
    batches,
    bulk,
    decision_batches,
    payment_commands,
    plans,
    record_import,
    records,
    recurrences,
    routing,
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
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
