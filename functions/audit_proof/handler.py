"""Prove a client's log, and one payment by it. Cannot write."""

from typing import Any

from rowcol import wiring
from rowcol.edge.audit_proof import READS
from rowcol.edge.deadline import deadline
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger

# Of 25 seconds: one more page, and the answer.
MARGIN_SECONDS = 5


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    environment = wiring.environment()
    until = deadline(context, environment.now(), MARGIN_SECONDS)
    return guarded(event, READS, environment, until)
