"""The daily digest: read it, see to one's own settings, and send those that are due."""

from typing import Any

from rowcol import wiring_digest
from rowcol.edge import digest_tasks
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One API Gateway proxy event, or `{"step": "send", "firm", "member"}` of the minute sweep."""
    return digest_tasks.run(wiring_digest.environment(), event)
