"""Every operation that the function decision_submission serves."""

from __future__ import annotations

from rowcol.edge import bill_orders, decisions, overrides
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    decisions.OPERATIONS,
    overrides.OPERATIONS,
    bill_orders.OPERATIONS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
