"""From the log to the workflow engine and the event bus."""

from typing import Any

from rowcol import wiring
from rowcol.edge.log_events import relay_entries
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A batch of the log's stream."""
    return relay_entries(wiring.environment(), wiring.bus(), wiring.entry_of, event)
