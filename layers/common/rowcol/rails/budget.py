"""How many calls a rail takes: a slot now, or the seconds until there is one.

Being told to wait is no failure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class Budget(Protocol):
    """Calls per time, shared by everybody who calls this rail."""

    def take(self) -> float:
        """Take a slot and answer 0, or answer the seconds until there is one."""
        ...

    def refused(self, wait_seconds: float) -> float:
        """The rail itself said that it is too much, and for how long: the seconds to wait."""
        ...


Now = Callable[[], datetime]
# Nobody is sent away for longer: whoever comes back then is told again.
WAIT_SECONDS_MAX = 120.0
# A pace that was halved is whole again after so long without another refusal.
RECOVERY_SECONDS = 120.0
SLOWEST = 64


class TokenBucket:
    """A Budget of this process: `per_second` calls on average, `burst` at once.

    Whoever must wait is given a time of their own, one slot after whoever was told before: a
    thousand that ask at once do not come back at once. Other processes call the same rail: whenever
    it refuses a call, this one halves its pace, and finds its share of the whole so.
    """

    def __init__(self, per_second: float, burst: int, now: Now) -> None:
        self._per_second = per_second
        self._pace = per_second
        self._burst = float(burst)
        self._now = now
        self._left = float(burst)
        self._at = now()
        self._told = self._at

    def take(self) -> float:
        """0 and the slot is yours, else the seconds until there is one."""
        now = self._now()
        elapsed = max(0.0, (now - self._at).total_seconds())
        self._left = min(self._burst, self._left + elapsed * self._pace)
        faster = self._pace + elapsed * self._per_second / RECOVERY_SECONDS
        self._pace = min(self._per_second, faster)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return self._own_time(now, (1 - self._left) / self._pace)

    def refused(self, wait_seconds: float) -> float:
        """Half the pace, and nothing saved up: the rail takes less than was thought."""
        self._pace = max(self._pace / 2, self._per_second / SLOWEST)
        self._left = 0.0
        return self._own_time(self._now(), wait_seconds)

    def _own_time(self, now: datetime, wait_seconds: float) -> float:
        """The seconds until the slot after the last one that somebody was told."""
        first = now + timedelta(seconds=wait_seconds)
        if self._told > now + timedelta(seconds=WAIT_SECONDS_MAX):
            self._told = first  # nobody waits so long: the clock was set back, or nobody came
        slot = max(first, self._told)
        self._told = slot + timedelta(seconds=1 / self._pace)
        return (slot - now).total_seconds()
