"""Carry a batch on that could not finish within its request."""

from typing import Any

from rowcol import wiring
from rowcol.edge.batch_worker import carry_on
from rowcol.edge.deadline import deadline
from rowcol.edge.observability import logger

# A step may take its time: reading a thousand items, or a dozen conflicts.
MARGIN_SECONDS = 30


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One asynchronous invocation: `{"firm", "client", "batch"}`."""
    environment = wiring.environment()
    return carry_on(environment, event, deadline(context, environment.now(), MARGIN_SECONDS))
