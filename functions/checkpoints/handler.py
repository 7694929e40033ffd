"""Take the day's checkpoint of all chain heads, once."""

from typing import Any

from rowcol import wiring
from rowcol.edge.checkpoint_schedule import take_todays
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: Any) -> dict[str, object]:
    """Every hour, so that a day on which one run failed has its checkpoint all the same."""
    return take_todays(wiring.environment(), wiring.checkpoints())
