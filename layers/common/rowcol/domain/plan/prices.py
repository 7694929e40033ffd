"""What cash is worth on each day: prices that make every bill's own cheapest day nearly fit.

Lagrange multipliers of the rooms and of the day caps. With any prices at all, the sum of every
item's cheapest priced day, less the worth of all room, is a bound that no answer can be under; good
prices make it a close one. Whole numbers throughout: a price is combined cost for UNIT minor units,
so that a bound is arithmetic and not an estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rowcol.domain.plan.puzzle import Cost, Puzzle

UNIT = 1 << 30


@dataclass(frozen=True, slots=True)
class Scale:
    """Both levels of cost in one number: `each` is more than all comfort together can be."""

    each: int

    def of(self, cost: Cost) -> int:
        """The one number."""
        return cost.money * self.each + cost.comfort

    def money_at_least(self, combined: int) -> int:
        """The least money of an answer that costs at least this, combined."""
        return -(-(combined - self.each + 1) // self.each)


def scale_of(puzzle: Puzzle) -> Scale:
    """A scale for this puzzle."""
    most = sum(max(cost.comfort for cost in (*item.costs, item.beyond)) for item in puzzle.items)
    return Scale(most + len(puzzle.items) * puzzle.crowd_cost + 1)


@dataclass(frozen=True, slots=True)
class Prices:
    """`rooms[pool][place]`: for each unit paid up to that day; `caps[place]`: on that day alone."""

    rooms: tuple[tuple[int, ...], ...]
    caps: tuple[int, ...]

    def of_pools(self, pools: Sequence[int]) -> list[int]:
        """What one unit, paid on each day from these pools, is priced with."""
        found = list(self.caps)
        for pool in pools:
            so_far = 0
            for place in reversed(range(len(found))):
                so_far += self.rooms[pool][place]
                found[place] += so_far
        return found

    def worth(self, puzzle: Puzzle) -> int:
        """What all room is worth, in combined cost times UNIT."""
        total = 0
        for prices, room in zip(self.rooms, puzzle.rooms, strict=True):
            total += sum(price * limit for price, limit in zip(prices, room, strict=True) if price)
        for price, cap in zip(self.caps, puzzle.day_caps, strict=True):
            total += price * (cap or 0)
        return total


def no_prices(puzzle: Puzzle) -> Prices:
    """Cash is worth nothing on any day."""
    free = (0,) * len(puzzle.days)
    return Prices((free,) * len(puzzle.rooms), free)
