"""Where checkpoints are kept: written once, never changed. Adapter: storage/checkpoints.py."""

from __future__ import annotations

from datetime import date
from typing import Protocol


class CheckpointsUnavailable(Exception):
    """The place of checkpoints does not answer: the same may be asked again."""


class Checkpoints(Protocol):
    """One text per day."""

    def put(self, day: date, text: bytes) -> bool:
        """Keep a day's text; False when the day has one. Raises CheckpointsUnavailable."""
        ...

    def read(self, day: date) -> bytes | None:
        """The text that was kept first for a day. Raises CheckpointsUnavailable."""
        ...

    def latest(self, until: date | None = None) -> date | None:
        """The last day that has one, up to and with `until`. Raises CheckpointsUnavailable."""
        ...
