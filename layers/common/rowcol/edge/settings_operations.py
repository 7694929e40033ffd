"""Every operation that the function settings_admin serves."""

from __future__ import annotations

from rowcol.edge import (
    fraud_settings,
    limits,
    manual_balances,
    rails,
    staging_rules,
    vendors,
)
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    limits.COMMANDS,
    limits.READS,
    staging_rules.COMMANDS,
    staging_rules.READS,
    vendors.COMMANDS,
    vendors.READS,
    fraud_settings.COMMANDS,
    fraud_settings.READS,
    manual_balances.COMMANDS,
    manual_balances.READS,
    rails.COMMANDS,
    rails.READS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
