"""Every operation that the function receivables serves."""

from __future__ import annotations

from rowcol.edge import (
    receivables,
    receivables_commands,
    receivables_lists,
    stripe_import,
)
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    receivables.READS,
    receivables_lists.READS,
    receivables_commands.OPERATIONS,
    stripe_import.OPERATIONS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
