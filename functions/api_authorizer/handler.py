"""Verify the OIDC provider's JWT for the console's routes."""

from typing import Any

from rowcol import wiring_authorizer
from rowcol.edge.authorizer import authorize
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One REQUEST authorizer event."""
    parts = wiring_authorizer.parts()
    return authorize(event, parts.provider, parts.keys, parts.clock.now())
