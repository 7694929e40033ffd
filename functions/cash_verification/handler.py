"""Read the bank's side of one payment."""

from typing import Any

from rowcol import wiring
from rowcol.edge.custody_tasks import cash_step
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One task of the custody machine."""
    return cash_step(wiring.environment(), event)
