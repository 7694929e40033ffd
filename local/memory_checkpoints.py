"""Checkpoints in memory: the first of a day stays."""

from __future__ import annotations

from datetime import date


class MemoryCheckpoints:
    """Port Checkpoints."""

    def __init__(self) -> None:
        self.kept: dict[date, bytes] = {}

    def put(self, day: date, text: bytes) -> bool:
        """Keep a day's text; False when the day has one."""
        return self.kept.setdefault(day, text) is text

    def read(self, day: date) -> bytes | None:
        """The day's text."""
        return self.kept.get(day)

    def latest(self, until: date | None = None) -> date | None:
        """The last day."""
        return max((day for day in self.kept if until is None or day <= until), default=None)
