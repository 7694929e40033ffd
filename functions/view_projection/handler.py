"""Fold the log into the views."""

from typing import Any

from rowcol import wiring
from rowcol.edge.log_events import project_entries
from rowcol.edge.observability import logger
from rowcol.edge.rebuild import rebuild_views


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A batch of the log's stream, or `{"rebuild": {"firm", "client"}}` to fold it again."""
    if "rebuild" in event:
        return rebuild_views(wiring.environment(), event)
    return project_entries(wiring.environment(), wiring.entry_of, event)
