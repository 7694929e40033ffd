"""Every operation that the function statement_imports serves."""

from __future__ import annotations

from rowcol.edge import statement_files, statement_mappings, statement_reads
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    statement_files.COMMANDS,
    statement_reads.READS,
    statement_mappings.OPERATIONS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
