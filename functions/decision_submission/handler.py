"""Stage bills and take decisions: pay now, schedule, delay, withdraw."""

from typing import Any

from rowcol import wiring
from rowcol.edge.decision_operations import OPERATIONS
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    return guarded(event, OPERATIONS, wiring.environment())
