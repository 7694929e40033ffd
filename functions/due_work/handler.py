"""Every minute: releases, re-asks, deadlines, wake-ups, lost resumes."""

from typing import Any

from rowcol import wiring_due_work
from rowcol.edge.observability import logger
from rowcol.edge.schedules import minute_sweep


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One run of the minute sweep."""
    return dict(minute_sweep(wiring_due_work.environment()))
