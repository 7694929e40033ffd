"""Fold the log into the views."""

from typing import Any

from rowcol import wiring
from rowcol.edge import rebuild
from rowcol.edge.log_events import project_entries
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A batch of the log's stream, or an operator's request: rebuild, check, clients."""
    if rebuild.is_asked(event):
        return rebuild.answer(wiring.environment(), event)
    return project_entries(wiring.environment(), wiring.entry_of, wiring.place_of, event)
