"""How many calls a rail takes: a slot now, or the seconds until there is one.

Being told to wait is no failure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Budget(Protocol):
    """Calls per time, shared by everybody who calls this rail."""

    def take(self) -> float:
        """Take a slot and answer 0, or answer the seconds until there is one."""
        ...


Now = Callable[[], datetime]


class TokenBucket:
    """A Budget of this process: `per_second` calls on average, `burst` at once."""

    def __init__(self, per_second: float, burst: int, now: Now) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._now = now
        self._left = float(burst)
        self._at = now()

    def take(self) -> float:
        """0 and the slot is yours, else the seconds until there is one."""
        now = self._now()
        elapsed = max(0.0, (now - self._at).total_seconds())
        self._left = min(self._burst, self._left + elapsed * self._per_second)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_second
