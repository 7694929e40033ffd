"""Try every plan that could still be better: proves the best one for a handful of bills."""

from __future__ import annotations

from rowcol.domain.plan.board import Board
from rowcol.domain.plan.puzzle import Places

NODES_MAX = 100_000


class _Spent(Exception):
    """So many branches were looked at that it is not worth more."""


class Branching:
    """Depth first over items, cheapest day first, cutting what cannot get under the best known.

    It begins with the answer on the board.
    """

    def __init__(self, board: Board, nodes_max: int = NODES_MAX) -> None:
        self._board, self._left = board, nodes_max
        self.best: Places = board.shown()
        self.cost = board.total
        movable = [number for number, ranked in enumerate(board.ranked) if ranked]
        # What matters most is placed first: there the bound grows fastest.
        self._order = sorted(movable, key=lambda each: board.least[each] - board.beyond[each])
        self._crowds = len(movable) > board.puzzle.crowd_from

    def proves(self) -> bool:
        """Whether every better answer was looked at; the best found is in `best`.

        The board is as it was found afterwards.
        """
        before = self._board.shown()
        for number in self._order:
            self._board.take(number)
        try:
            self._try(0)
        except _Spent:
            return False
        finally:
            self._board.lay_out(before)
        return True

    def _try(self, depth: int) -> None:
        board = self._board
        if board.total - self._may_save(depth) >= self.cost:
            return
        if depth == len(self._order):
            self.best, self.cost = board.shown(), board.total
            return
        number = self._order[depth]
        for place in self._days(number):
            self._left -= 1
            if self._left < 0:
                raise _Spent
            board.put(number, place)
            self._try(depth + 1)
            board.take(number)
        self._try(depth + 1)

    def _may_save(self, depth: int) -> int:
        """What those still to be placed save at most: each on its cheapest day with space now."""
        board, saved = self._board, 0
        for number in self._order[depth:]:
            earliest, amount = board.earliest(number), board.amounts[number]
            for place in board.ranked[number]:
                if place >= earliest and board.caps[place] >= amount:
                    saved += board.beyond[number] - board.rows[number][place]
                    break
        return saved

    def _days(self, number: int) -> list[int]:
        """Days worth trying. An earlier day that costs no less only helps where days are full."""
        board = self._board
        earliest, amount = board.earliest(number), board.amounts[number]
        fits = [
            place
            for place in board.ranked[number]
            if place >= earliest and board.caps[place] >= amount
        ]
        if self._crowds or any(cap is not None for cap in board.puzzle.day_caps):
            return fits
        found: list[int] = []
        for place in fits:
            if not found or place > found[-1]:
                found.append(place)
        return found
