"""What an aggregate that is kept says of itself to the store, where the answer is 'nothing'.

The store asks each for a place in its kind's list and for the instant at which the minute sweep has
to look at it (service/store.py, Aggregate).
"""

from __future__ import annotations

from datetime import datetime


class Unlisted:
    """Found by its id, which follows from what it is about; never listed."""

    __slots__ = ()

    @property
    def list_key(self) -> str | None:
        """No place in a list."""
        return None


class NeverDue:
    """Nothing of it comes by time alone: a reading, a person or a schedule looks at it."""

    __slots__ = ()

    @property
    def due_at(self) -> datetime | None:
        """The minute sweep never looks at it."""
        return None
