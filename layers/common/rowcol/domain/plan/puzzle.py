"""A plan as a solver sees it: bills as rows of costs, days as numbers, money as whole minor units.

Day 0 is today. Nothing here knows vendors, words or dates; every solver answers the same question,
and `problems` says with whole numbers alone whether an answer may be used at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """What is to be as small as possible: `money` first, then `comfort`.

    `money`: minor units, fees and lost discounts and what lateness is held to be worth.
    `comfort`: days paid too early, and payments beyond what a day should hold; never worth money.
    """

    money: int = 0
    comfort: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.money + other.money, self.comfort + other.comfort)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.money - other.money, self.comfort - other.comfort)


@dataclass(frozen=True, slots=True)
class Item:
    """One bill: what it takes, of which pools, and what each payable day costs.

    `costs` has one entry a payable day, from `first` on (an index into `Puzzle.days`); earlier days
    are not possible. `beyond` is the cost of not paying it within the horizon, which always is.
    """

    amount: int
    pools: tuple[int, ...]
    first: int
    costs: tuple[Cost, ...]
    beyond: Cost

    def cost(self, place: int | None) -> Cost:
        """The cost of a payable day by its place in `Puzzle.days`; None: not within the horizon."""
        return self.beyond if place is None else self.costs[place - self.first]


# One entry an item: the place of a payable day, or None for not within the horizon.
Places = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Puzzle:
    """The whole question.

    `days`: payable days, ascending. `rooms[pool][place]`: what may be paid from a pool up to and
    including that payable day, so that it keeps its floor on every day of the horizon; never falls.
    `day_caps[place]`: what may be paid on that day alone; None is no limit. From `crowd_from`
    payments on one day on, each more costs `crowd_cost` of comfort.
    """

    days: tuple[int, ...]
    items: tuple[Item, ...]
    rooms: tuple[tuple[int, ...], ...]
    day_caps: tuple[int | None, ...]
    crowd_from: int
    crowd_cost: int

    def total(self, places: Places) -> Cost:
        """The cost of an answer."""
        found, counts = Cost(), [0] * len(self.days)
        for item, place in zip(self.items, places, strict=True):
            found += item.cost(place)
            if place is not None:
                counts[place] += 1
        crowded = sum(max(0, count - self.crowd_from) for count in counts)
        return found + Cost(0, crowded * self.crowd_cost)

    def problems(self, places: Sequence[int | None]) -> Iterator[str]:
        """What forbids an answer: rooms, day caps, days that an item cannot have."""
        if len(places) != len(self.items):
            yield "not one place an item"
            return
        on_day = [0] * len(self.days)
        taken = [[0] * len(self.days) for _ in self.rooms]
        for number, (item, place) in enumerate(zip(self.items, places, strict=True)):
            if place is None:
                continue
            if not item.first <= place < len(self.days):
                yield f"item {number}: day {place} is not possible"
                continue
            on_day[place] += item.amount
            for pool in item.pools:
                taken[pool][place] += item.amount
        for place, cap in enumerate(self.day_caps):
            if cap is not None and on_day[place] > cap:
                yield f"day {place}: {on_day[place]} of at most {cap}"
        for pool, room in enumerate(self.rooms):
            so_far = 0
            for place, limit in enumerate(room):
                so_far += taken[pool][place]
                if so_far > limit:
                    yield f"pool {pool}, day {place}: {so_far} of at most {limit}"

    def holds(self, places: Sequence[int | None]) -> bool:
        """Whether an answer breaks nothing."""
        return next(self.problems(places), None) is None


@dataclass(frozen=True, slots=True)
class Solution:
    """An answer. `money_least`: it is proved that no answer costs less money than that."""

    places: Places
    cost: Cost
    money_least: int

    @property
    def optimal(self) -> bool:
        """Whether it is proved that no answer costs less money."""
        return self.cost.money <= self.money_least
