"""Carry batches on: of one client, and the steps of decisions over many."""

from typing import Any

from rowcol import wiring
from rowcol.edge.batch_worker import run
from rowcol.edge.deadline import deadline
from rowcol.edge.observability import logger

# A step may take its time: reading a thousand items, or a dozen conflicts.
MARGIN_SECONDS = 30


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"firm", "client", "batch"}` asynchronously, or a step of the decision batch machine."""
    environment = wiring.environment()
    return run(environment, event, deadline(context, environment.now(), MARGIN_SECONDS))
