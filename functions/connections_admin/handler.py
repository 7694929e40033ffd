"""Connect clients to their rails: consent, Link, secrets; try, rotate, end; runs of their feeds."""

from typing import Any

from rowcol import wiring_connections
from rowcol.edge import connections, consent_callback, reconciliation, webhook_subscriptions
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger
from rowcol.edge.operation import table

OPERATIONS = table(
    (
        *connections.OPERATIONS.values(),
        *webhook_subscriptions.OPERATIONS.values(),
        *reconciliation.OPERATIONS.values(),
    )
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One API Gateway proxy event; the callback is what browsers come back to, without a token.

    Reconciliation invokes it too: `{"step": "mend_subscription", "firm", "client"}`.
    """
    environment = wiring_connections.environment()
    if event.get("step") == "mend_subscription":
        return webhook_subscriptions.mend(environment, event)
    if event.get("resource") == consent_callback.ROUTE:
        return consent_callback.answer(event, environment)
    return guarded(event, OPERATIONS, environment)
