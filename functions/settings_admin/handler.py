"""Limits, staging rules, vendors and fraud settings: what holds for payments to come."""

from typing import Any

from rowcol import wiring
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger
from rowcol.edge.settings_operations import OPERATIONS


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    return guarded(event, OPERATIONS, wiring.environment())
