"""Every minute: releases, re-asks, deadlines, wake-ups, lost resumes."""

from dataclasses import replace
from typing import Any

from rowcol import wiring_exports, wiring_statements
from rowcol.edge.observability import logger
from rowcol.edge.schedules import minute_sweep


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One run of the minute sweep."""
    environment = replace(wiring_statements.environment(), exports=wiring_exports.desk())
    return dict(minute_sweep(environment))
