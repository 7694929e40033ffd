"""Ask for lists as files, and fetch them; small ones at once."""

from typing import Any

from rowcol import wiring_exports
from rowcol.edge.deadline import deadline
from rowcol.edge.exports.routes import OPERATIONS
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger

# Of 25 seconds.
MARGIN_SECONDS = 5


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    environment = wiring_exports.environment()
    until = deadline(context, environment.now(), MARGIN_SECONDS)
    return guarded(event, OPERATIONS, environment, until)
