"""Compare each client's rails with the records, and apply again what the stream lost."""

from typing import Any

from rowcol import wiring
from rowcol.edge.observability import logger
from rowcol.edge.schedules import reconciliation_step


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One step of the reconciliation machine."""
    return reconciliation_step(wiring.environment(), wiring.inbox(), wiring.understand, event)
