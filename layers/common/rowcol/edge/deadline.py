"""How long a function may work before it must answer, or hand over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol


class Context(Protocol):
    """What is used of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""
        ...


def deadline(context: Context, now: datetime, margin_seconds: float) -> datetime:
    """When no new piece of work may begin: `margin_seconds` before Lambda ends the invocation."""
    left = context.get_remaining_time_in_millis() / 1000 - margin_seconds
    return now + timedelta(seconds=max(0.0, left))
