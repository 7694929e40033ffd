"""Fold the log into the views."""

from typing import Any

from rowcol import wiring
from rowcol.edge import log_again, rebuild
from rowcol.edge.log_events import project_entries
from rowcol.edge.observability import logger
from rowcol.service.log_again import fold_again


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A batch of the log's stream, a part of it once more, or an operator's request."""
    environment = wiring.environment()
    if log_again.is_asked(event):
        return log_again.answer(event, lambda asked: fold_again(environment, asked))
    if rebuild.is_asked(event):
        return rebuild.answer(environment, event)
    return project_entries(environment, wiring.entry_of, wiring.place_of, event)
