"""What customers owe, what Stripe paid out, decisions on invoices, and files of Stripe's."""

from typing import Any

from rowcol import wiring_statements
from rowcol.edge.deadline import deadline
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger
from rowcol.edge.receivables_operations import OPERATIONS

# Of 25 seconds; API Gateway gives up after 29. Payouts are followed after the last row.
MARGIN_SECONDS = 10


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One API Gateway proxy event."""
    environment = wiring_statements.environment()
    until = deadline(context, environment.now(), MARGIN_SECONDS)
    return guarded(event, OPERATIONS, environment, until)
