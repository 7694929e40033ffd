"""Every operation that the function console_query serves."""

from __future__ import annotations

from rowcol.edge import limits, queries, recurrences
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (queries.OPERATIONS, recurrences.READS, limits.READS)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
