"""Write one list, or one proof, into a file and put it where it is fetched."""

from typing import Any

from rowcol import wiring_exports
from rowcol.edge.deadline import deadline
from rowcol.edge.exports.worker import run
from rowcol.edge.observability import logger

# Of 900 seconds: one more page, and what there is by then.
MARGIN_SECONDS = 60


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"firm", "client", "export"}`, asynchronously."""
    environment = wiring_exports.environment()
    return run(environment, event, deadline(context, environment.now(), MARGIN_SECONDS))
