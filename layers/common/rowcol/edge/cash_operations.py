"""Every operation that the function cash_matching serves."""

from __future__ import annotations

from rowcol.edge import bank_lines, cash_matches, cash_settings
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    bank_lines.READS,
    bank_lines.COMMANDS,
    cash_matches.READS,
    cash_matches.COMMANDS,
    cash_settings.READS,
    cash_settings.COMMANDS,
    cash_settings.SETTINGS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
