"""Virtual time of the product and the pace of the rails; ids that count."""

from __future__ import annotations

from datetime import datetime, timedelta


class SimulatedClock:
    """Stands until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Now, in UTC."""
        return self.at

    def pause(self, seconds: float) -> None:
        """Time passes while somebody waits."""
        self.at += timedelta(seconds=seconds)


class CountingIds:
    """Ids in order: `pay_000001`. The same run makes the same ids."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        """The next id."""
        self._count += 1
        return f"{prefix}_{self._count:06d}"
