"""Members of the firm, their roles and permission sets; and who it is that asks."""

from typing import Any

from rowcol import wiring
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger
from rowcol.edge.people_operations import OPERATIONS


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    return guarded(event, OPERATIONS, wiring.environment())
