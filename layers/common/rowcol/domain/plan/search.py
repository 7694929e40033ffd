"""Make a plan better: take a few bills off, put them back in another order, keep what is no worse.

A small plan may get a little worse on the way, less and less of it until the end: it finds out of
places where every single step is worse (record-to-record travel, Dueck 1993). A large one has
better use of its steps. Every step is drawn from one seed, and their number is fixed: the same
question has the same answer.
"""

from __future__ import annotations

from bisect import bisect_left

from rowcol.domain.plan.board import Board

_BITS = (1 << 64) - 1
_REFRESH = 50  # steps after which it is looked up again who stands where
_NOISE = 100
_SMALL = 100  # bills up to which a plan may get worse on the way
_WORSE = 5  # by so many parts of what is above the bound


class Draws:
    """Numbers from a seed (xorshift64, Marsaglia 2003): spread well enough for a search."""

    def __init__(self, seed: int = 1) -> None:
        self._state = (seed * 0x9E3779B97F4A7C15 + 0x1234567) & _BITS or 1

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        state = self._state
        state ^= (state << 13) & _BITS
        state ^= state >> 7
        state ^= (state << 17) & _BITS
        self._state = state
        return (state >> 11) % limit


class Improvement:
    """A search on one board, which ends with the best answer that it saw.

    `least`: a combined cost that no answer is under.
    """

    def __init__(self, board: Board, least: int, seed: int = 1) -> None:
        self._board, self._least, self._draws = board, least, Draws(seed)
        self._best, self._places = board.total, board.shown()
        self._wanting: list[int] = []
        self._on: dict[int | None, list[int]] = {}
        self._days: list[int | None] = []

    def run(self, steps: int) -> None:
        """So many steps; fewer when every bill has the day it wants."""
        board, worse = self._board, 0
        for step in range(steps):
            if step % _REFRESH == 0:
                self._look()
                if not self._wanting:
                    break
                if len(board.amounts) <= _SMALL:
                    above = max(0, self._best - self._least) // _WORSE
                    worse = above * (steps - step) // steps
            self._step(self._best + worse)
            if board.total < self._best:
                self._best, self._places = board.total, board.shown()
        if board.total > self._best:
            board.lay_out(self._places)

    def _look(self) -> None:
        board = self._board
        self._wanting = [
            number
            for number, least in enumerate(board.least)
            if board.ranked[number] and board.cost_of(number) > least
        ]
        self._on = {}
        for number, place in enumerate(board.places):
            self._on.setdefault(place, []).append(number)
        self._days = list(self._on)

    def _step(self, most: int) -> None:
        """One step; it stands when it made nothing worse, or ends at `most` or less."""
        board, draws = self._board, self._draws
        wanting = self._wanting[draws.below(len(self._wanting))]
        wished = self._wished(wanting)
        few = draws.below(2) == 0
        group = [wanting]
        if few:
            self._add(group, self._on.get(wished), 1 + draws.below(3))
            if draws.below(2):
                self._add(group, self._on.get(board.places[wanting]), 1)
        else:
            self._add_many(group, wished)
        before = [(number, board.places[number]) for number in group]
        cost = board.total
        for number in group:
            board.take(number)
        if few and board.fits(wanting, wished):
            board.put(wanting, wished)
        else:
            board.settle(wanting)
        for number in self._in_order(group[1:], few):
            board.settle(number)
        if board.total > max(cost, most):
            for number in group:
                board.take(number)
            for number, place in before:
                if place is not None:
                    board.put(number, place)

    def _wished(self, number: int) -> int:
        """A day that would be cheaper for it than where it stands."""
        board = self._board
        ranked, row = board.ranked[number], board.rows[number]
        cheaper = bisect_left(ranked, board.cost_of(number), key=row.__getitem__)
        return ranked[self._draws.below(cheaper)] if cheaper else ranked[0]

    def _add_many(self, group: list[int], wished: int) -> None:
        """Those on the wished day and just before it, others that want, and any."""
        draws, last = self._draws, self._board.width - 1
        for _ in range(3 + draws.below(10)):
            kind = draws.below(4)
            if kind == 0:
                found = self._on.get(wished)
            elif kind == 1:
                found = self._on.get(max(0, min(last, wished + draws.below(9) - 6)))
            elif kind == 2:
                found = self._wanting
            else:
                found = self._on[self._days[draws.below(len(self._days))]]
            self._add(group, found, 1)

    def _add(self, group: list[int], found: list[int] | None, count: int) -> None:
        for _ in range(count if found else 0):
            assert found is not None  # else nothing is drawn
            number = found[self._draws.below(len(found))]
            if number not in group:
                group.append(number)

    def _in_order(self, group: list[int], few: bool) -> list[int]:
        """Those that gain most per unit first, sometimes not."""
        board, draws = self._board, self._draws
        noise = {number: _NOISE if few else _NOISE // 2 + draws.below(_NOISE) for number in group}

        def gain(number: int) -> int:
            saves = board.beyond[number] - board.least[number]
            return -saves * noise[number] // board.amounts[number]

        return sorted(group, key=gain)


def calmed(board: Board) -> None:
    """Move payments off crowded days where that costs less comfort than the crowd; money never."""
    crowd_from = board.puzzle.crowd_from
    for number, place in enumerate(board.places):
        if place is None or board.counts[place] <= crowd_from:
            continue
        cost = board.total
        board.take(number)
        board.settle(number)
        if board.total > cost:
            board.take(number)
            board.put(number, place)
