"""Every operation that the function people_admin serves."""

from __future__ import annotations

from rowcol.edge import audit_queries, machine_keys, members, permission_sets
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    members.OPERATIONS,
    permission_sets.OPERATIONS,
    audit_queries.FIRM_READS,
    machine_keys.COMMANDS,
    machine_keys.READS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
