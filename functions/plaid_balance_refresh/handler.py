"""Read a client's balances: a task of the custody machine, or asked for through the API (202)."""

from typing import Any

from rowcol import wiring
from rowcol.edge import balance_request
from rowcol.edge.custody_tasks import refresh_step
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A proxy event starts a refresh and answers at once; anything else is a task."""
    environment = wiring.environment()
    if "httpMethod" in event:
        return guarded(event, balance_request.OPERATIONS, wiring.environment())
    return refresh_step(environment, event)
