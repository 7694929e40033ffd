"""The tray: what people do with its items, rules about them, replays; dead letters put into it."""

from typing import Any

from rowcol import wiring_tray
from rowcol.edge.deadline import deadline
from rowcol.edge.http import guarded
from rowcol.edge.observability import logger
from rowcol.edge.tray_operations import OPERATIONS, look_at_dead_letters

# Of a bulk's own answer, as everywhere: what does not fit goes on in payment_batch.
MARGIN_SECONDS = 5


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One API Gateway proxy event, or every few minutes `{"step": "dead_letters"}`."""
    environment = wiring_tray.environment()
    if event.get("step") == "dead_letters":
        return look_at_dead_letters(environment, wiring_tray.dead_letters())
    until = deadline(context, environment.now(), MARGIN_SECONDS)
    return guarded(event, OPERATIONS, environment, until)
