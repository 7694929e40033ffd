"""Every operation that the function payment_commands serves."""

from __future__ import annotations

from rowcol.edge import recurrences, routing
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (recurrences.COMMANDS, routing.OPERATIONS)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
