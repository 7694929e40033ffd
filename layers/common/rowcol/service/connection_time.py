"""How long a person's call may take that asks a rail several times over."""

from __future__ import annotations

from datetime import datetime, timedelta

from rowcol.service.environment import Environment

# API Gateway ends a call at 29 s and the function at 28 s; what is kept by then must be told.
ANSWERED_WITHIN = timedelta(seconds=26)
# The longest that one call of a rail's takes here, with the wait for its slot
# (wiring_connections.py, PATIENCE).
CALL_TAKES = timedelta(seconds=12)


def has_time(environment: Environment, began_at: datetime) -> bool:
    """Whether one more call of a rail's ends before the answer is due, however slow it is."""
    return environment.now() + CALL_TAKES <= began_at + ANSWERED_WITHIN
