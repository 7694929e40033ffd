"""The time of the process.

A local stack may hand in an offset (virtual days); deployed code never does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def use_offset(offset_seconds: float) -> None:
    """Shift the clock of this process. Only the local runtime does, before each invocation."""
    global _offset  # noqa: PLW0603  # one clock per process is what is wanted here
    _offset = timedelta(seconds=offset_seconds)


class SystemClock:
    """The time of the machine, with the offset handed in."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC) + _offset
