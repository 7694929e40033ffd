"""Apply stored webhooks: read the rail again, record what it says."""

from typing import Any

from rowcol import wiring
from rowcol.edge.inbox_events import apply_inbox
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A batch of the inbox stream, or `{"inbox_keys": [...]}` to apply some again."""
    return apply_inbox(wiring.environment(), wiring.inbox(), wiring.understand, event)
