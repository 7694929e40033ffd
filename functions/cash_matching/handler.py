"""Lines of the bank and what they are matched with; names that were learned, and the tolerance."""

from typing import Any

from rowcol import wiring
from rowcol.edge.cash_operations import OPERATIONS
from rowcol.edge.deadline import deadline
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger

# Of 25 seconds; API Gateway gives up after 29.
MARGIN_SECONDS = 6


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    environment = wiring.environment()
    until = deadline(context, environment.now(), MARGIN_SECONDS)
    return guarded(event, OPERATIONS, environment, until)
