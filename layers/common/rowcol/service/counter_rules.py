"""What a move does to a usage counter: the arithmetic that every store shares.

A counter has two parts, reserved and used; their sum is the total. Neither part is ever below zero.
"""

from __future__ import annotations

from rowcol.service.store import Counter, CounterMove

COUNTER = "counter"
"""Name of the kind in keys and conflicts."""


class CounterOverdrawn(Exception):
    """More was given back than a counter held, or more used than taken. Nothing was written.

    A defect of the use case: its books were fresh, so it gave back what it had never taken.
    """


def moved(counter: Counter, move: CounterMove) -> Counter:
    """The counter after a move, whether allowed or not."""
    return Counter(counter.total + move.total, counter.used + move.used)


def is_above_ceiling(counter: Counter, move: CounterMove) -> bool:
    """Whether a move takes a total above its ceiling. Giving back is always within it."""
    if move.ceiling is None or move.total <= 0:
        return False
    return moved(counter, move).total > move.ceiling


def is_overdrawn(counter: Counter, move: CounterMove) -> bool:
    """Whether a move takes either part below zero."""
    after = moved(counter, move)
    return after.used < 0 or after.reserved < 0
