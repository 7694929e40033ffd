"""Counts the calls that one run spends, by kind."""

from __future__ import annotations

from collections import Counter


class CallMeter:
    """Port Meter for one run. Kinds are the rail clients' own words: `bills`, `cdc`, ..."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def spent(self, rail: str, kind: str) -> None:
        """One call more. The rail is told with the kind where a run asks more than one."""
        self._counts[f"{rail}:{kind}"] += 1

    @property
    def counts(self) -> dict[str, int]:
        """Calls so far by rail and kind, in their order."""
        return dict(sorted(self._counts.items()))

    @property
    def total(self) -> int:
        """Calls so far."""
        return self._counts.total()
