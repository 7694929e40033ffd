"""A plan while it is being made: bills are put on days and taken off again, each in a few steps."""

from __future__ import annotations

from rowcol.domain.plan.prices import UNIT, Prices, Scale, scale_of
from rowcol.domain.plan.puzzle import Places, Puzzle

NEVER = 1 << 120  # the cost of a day that an item cannot have
UNLIMITED = 1 << 62


class Board:
    """Where every item stands, what room is left, and what it costs (combined, see Scale).

    Plain lists, because this is where all the time goes. Whatever is put must fit: `best` and
    `earliest` say what does.
    """

    def __init__(self, puzzle: Puzzle) -> None:
        scale: Scale = scale_of(puzzle)
        self.puzzle, self.scale = puzzle, scale
        self.width = len(puzzle.days)
        self.amounts = [item.amount for item in puzzle.items]
        self.pools = [item.pools for item in puzzle.items]
        self.beyond = [scale.of(item.beyond) for item in puzzle.items]
        self.rows = [
            [NEVER] * item.first + [scale.of(cost) for cost in item.costs] for item in puzzle.items
        ]
        self._forbid_what_never_fits()
        # Days that are better than none, the cheapest first; of equal ones the later.
        self.ranked = [
            _cheapest_first(row, beyond) for row, beyond in zip(self.rows, self.beyond, strict=True)
        ]
        self.least = [
            row[ranked[0]] if ranked else beyond
            for row, ranked, beyond in zip(self.rows, self.ranked, self.beyond, strict=True)
        ]
        self.slack = [list(room) for room in puzzle.rooms]
        self.caps = [UNLIMITED if cap is None else cap for cap in puzzle.day_caps]
        self.counts = [0] * self.width
        self.places: list[int | None] = [None] * len(puzzle.items)
        self.total = sum(self.beyond)

    def _forbid_what_never_fits(self) -> None:
        """A bill that is larger than a day's whole room is never paid on it."""
        rooms, caps = self.puzzle.rooms, self.puzzle.day_caps
        for row, amount, pools in zip(self.rows, self.amounts, self.pools, strict=True):
            for place in range(self.width):
                cap = caps[place]
                fits = cap is None or cap >= amount
                if not fits or any(rooms[pool][place] < amount for pool in pools):
                    row[place] = NEVER

    def cost_of(self, number: int) -> int:
        """What an item costs where it stands, without the crowd."""
        place = self.places[number]
        return self.beyond[number] if place is None else self.rows[number][place]

    def earliest(self, number: int) -> int:
        """The first day from which on every room has space for it; `width` when none has."""
        amount, found = self.amounts[number], 0
        for pool in self.pools[number]:
            slack, place = self.slack[pool], self.width - 1
            while place >= found and slack[place] >= amount:
                place -= 1
            found = max(found, place + 1)
        return found

    def fits(self, number: int, place: int) -> bool:
        """Whether an item can be put there now."""
        return self.caps[place] >= self.amounts[number] and place >= self.earliest(number)

    def best(self, number: int) -> int | None:
        """The cheapest day that has space for it, the crowd counted; None: better not at all."""
        earliest, amount, row = self.earliest(number), self.amounts[number], self.rows[number]
        crowd_from, crowd_cost = self.puzzle.crowd_from, self.puzzle.crowd_cost
        least, found = self.beyond[number], None
        for place in self.ranked[number]:
            cost = row[place]
            if cost >= least:
                break
            if place < earliest or self.caps[place] < amount:
                continue
            if self.counts[place] >= crowd_from:
                cost += crowd_cost
            if cost < least:
                least, found = cost, place
        return found

    def put(self, number: int, place: int) -> None:
        """Pay an item on that day."""
        amount = self.amounts[number]
        self.places[number] = place
        self.caps[place] -= amount
        self.total += self.rows[number][place] - self.beyond[number]
        if self.counts[place] >= self.puzzle.crowd_from:
            self.total += self.puzzle.crowd_cost
        self.counts[place] += 1
        for pool in self.pools[number]:
            slack = self.slack[pool]
            slack[place:] = [left - amount for left in slack[place:]]

    def take(self, number: int) -> None:
        """Pay it on no day."""
        place = self.places[number]
        if place is None:
            return
        amount = self.amounts[number]
        self.places[number] = None
        self.caps[place] += amount
        self.counts[place] -= 1
        self.total -= self.rows[number][place] - self.beyond[number]
        if self.counts[place] >= self.puzzle.crowd_from:
            self.total -= self.puzzle.crowd_cost
        for pool in self.pools[number]:
            slack = self.slack[pool]
            slack[place:] = [left + amount for left in slack[place:]]

    def settle(self, number: int) -> None:
        """Put an item that stands nowhere on its best day, if it has one."""
        place = self.best(number)
        if place is not None:
            self.put(number, place)

    def lay_out(self, places: Places) -> None:
        """Put everything where an answer has it."""
        for number in range(len(places)):
            self.take(number)
        for number, place in enumerate(places):
            if place is not None:
                self.put(number, place)

    def shown(self) -> Places:
        """The answer as it stands."""
        return tuple(self.places)


def _cheapest_first(row: list[int], beyond: int) -> list[int]:
    better = [place for place, cost in enumerate(row) if cost < beyond]
    return sorted(better, key=lambda place: (row[place], -place))


def filled(puzzle: Puzzle, prices: Prices) -> Board:
    """One item after the other on its cheapest priced day; those that gain most per unit first."""
    board = Board(puzzle)
    by_pools = {pools: prices.of_pools(pools) for pools in set(board.pools)}
    priced: list[list[int]] = []
    order: list[tuple[int, int]] = []
    for number, amount in enumerate(board.amounts):
        price = by_pools[board.pools[number]]
        row = [
            cost * UNIT + amount * each
            for cost, each in zip(board.rows[number], price, strict=True)
        ]
        priced.append(row)
        order.append(((min(row) - board.beyond[number] * UNIT) // amount, number))
    crowd_from, crowd_cost = puzzle.crowd_from, puzzle.crowd_cost * UNIT
    for _, number in sorted(order):
        row, amount = priced[number], board.amounts[number]
        least, found = board.beyond[number] * UNIT, None
        for place in range(board.earliest(number), board.width):
            cost = row[place]
            if cost >= least or board.caps[place] < amount:
                continue
            if board.counts[place] >= crowd_from:
                cost += crowd_cost
            if cost < least:
                least, found = cost, place
        if found is not None:
            board.put(number, found)
    return board
