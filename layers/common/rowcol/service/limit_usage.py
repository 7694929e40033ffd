"""Usage of limits: what each payment holds of a day, and how a change moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowcol.service.store import CounterMove

if TYPE_CHECKING:
    from rowcol.service.change import Change


def usage_moves(change: Change) -> tuple[CounterMove, ...]:
    """What the payments of a change take from or give back to the limits they count against."""
    return ()
