"""Propose what becomes of a client's open bills. Reads and computes; writes nothing."""

from typing import Any

from rowcol import wiring
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger
from rowcol.edge.plans import PROPOSALS


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    return guarded(event, PROPOSALS, wiring.environment())
