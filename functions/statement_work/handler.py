"""Go on with statement files: read uploads, bring lines into the books, take them back."""

from typing import Any

from rowcol import wiring_statements
from rowcol.edge.deadline import deadline
from rowcol.edge.observability import logger
from rowcol.edge.statement_worker import run

# The last write, and matching after it, may take their time.
MARGIN_SECONDS = 60


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"firm", "client", "statement"}` asynchronously, or a notice of the bucket of files."""
    environment = wiring_statements.environment()
    return run(environment, event, deadline(context, environment.now(), MARGIN_SECONDS))
