"""Which of several amounts add up to a total: bounded in size and work, and honest about it.

Which subsets are found depends on the amounts and their order alone, never on time. A search that
was cut short says so: what it did not find may still be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WORK_MAX = 20_000
FOUND_MAX = 3


@dataclass(frozen=True, slots=True)
class Sums:
    """Subsets as places in the sequence given, the smallest first; `gave_up`: there may be more."""

    found: tuple[tuple[int, ...], ...]
    gave_up: bool
    work: int


def adding_up(
    amounts: Sequence[int],
    low: int,
    high: int,
    *,
    size_min: int = 2,
    size_max: int = 4,
    work_max: int = WORK_MAX,
) -> Sums:
    """Subsets of positive amounts whose sum lies from `low` to `high`, of `size_min`..`size_max`.

    Smaller subsets first. Stops after FOUND_MAX of them or `work_max` steps, and then tells that it
    gave up.
    """
    order = sorted(range(len(amounts)), key=lambda place: (-amounts[place], place))
    search = _Search([amounts[place] for place in order], low, high, work_max)
    for size in range(size_min, min(size_max, len(amounts)) + 1):
        if search.stopped:
            break
        search.look(size, 0, 0, ())
    found = tuple(tuple(sorted(order[place] for place in subset)) for subset in search.found)
    return Sums(found, search.stopped, search.work)


class _Search:
    """A depth-first walk over falling amounts, cut where the rest is too large or too small."""

    def __init__(self, amounts: list[int], low: int, high: int, work_max: int) -> None:
        self._amounts = amounts
        self._low, self._high = low, high
        self._work_max = work_max
        self._totals = [0]
        for amount in amounts:
            self._totals.append(self._totals[-1] + amount)
        self.found: list[tuple[int, ...]] = []
        self.work = 0

    @property
    def stopped(self) -> bool:
        """Whether a bound was reached."""
        return self.work >= self._work_max or len(self.found) >= FOUND_MAX

    def look(self, left: int, start: int, total: int, chosen: tuple[int, ...]) -> None:
        """Add `left` more amounts from `start` on."""
        if left == 0:
            if self._low <= total <= self._high:
                self.found.append(chosen)
            return
        last = len(self._amounts) - left
        for place in range(start, last + 1):
            self.work += 1
            if self.stopped:
                return
            largest = total + self._totals[place + left] - self._totals[place]
            if largest < self._low:
                return  # those that follow are smaller still
            smallest = total + self._totals[-1] - self._totals[-1 - left]
            if left > 1 and smallest > self._high:
                return
            if total + self._amounts[place] > self._high:
                continue
            self.look(left - 1, place + 1, total + self._amounts[place], (*chosen, place))
