"""From the log to the workflow engine and the event bus."""

from typing import Any

from rowcol import wiring
from rowcol.edge import log_again
from rowcol.edge.log_events import relay_entries
from rowcol.edge.observability import logger
from rowcol.service.log_again import relay_again


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A batch of the log's stream, or a part of the log that is relayed once more."""
    environment, bus = wiring.environment(), wiring.bus()
    if log_again.is_asked(event):
        return log_again.answer(event, lambda asked: relay_again(environment, bus, asked))
    return relay_entries(environment, bus, wiring.entry_of, event)
