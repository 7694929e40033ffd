"""The bound under which no plan can be, and the prices that prove it: a subgradient method."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.plan.board import Board
from rowcol.domain.plan.prices import UNIT, Prices, no_prices

STEPS = 120
_STALLED = 8  # steps without progress after which smaller ones are made
_FINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Bound:
    """`combined` is a cost that no answer is under; `prices` prove it."""

    combined: int
    prices: Prices


@dataclass(frozen=True, slots=True)
class _Excess:
    """By how much everybody's own cheapest day breaks what limits them."""

    value: int
    rooms: tuple[dict[int, int], ...]
    caps: dict[int, int]

    @property
    def squared(self) -> int:
        parts = [*self.rooms, self.caps]
        return sum(by * by for part in parts for by in part.values())


def lower_bound(board: Board, steps: int = STEPS) -> Bound:
    """The best bound found; `board` shows an answer, towards whose cost the steps are made."""
    puzzle = board.puzzle
    prices = no_prices(puzzle)
    best = Bound(sum(board.least), prices)
    length, stalled = _FINE, 0
    for _ in range(steps):
        excess = _excess(board, prices)
        if excess.value > best.combined * UNIT:
            best, stalled = Bound(-(-excess.value // UNIT), prices), 0
        else:
            stalled += 1
            if stalled == _STALLED:
                length, stalled = length // 2, 0
        squared = excess.squared
        if squared == 0 or best.combined >= board.total or length == 0:
            break
        step = length * max(UNIT, board.total * UNIT - excess.value)
        prices = _moved(prices, excess, step, squared * _FINE)
    return best


def _excess(board: Board, prices: Prices) -> _Excess:
    """Everybody takes their cheapest priced day, as if nobody else were there."""
    puzzle, width = board.puzzle, board.width
    by_pools = {pools: prices.of_pools(pools) for pools in set(board.pools)}
    used = [[0] * width for _ in puzzle.rooms]
    on_day = [0] * width
    value = 0
    for row, amount, pools, beyond in zip(
        board.rows, board.amounts, board.pools, board.beyond, strict=True
    ):
        priced = [
            cost * UNIT + amount * price for cost, price in zip(row, by_pools[pools], strict=True)
        ]
        least = min(priced)
        if least >= beyond * UNIT:
            value += beyond * UNIT
            continue
        value += least
        place = priced.index(least)
        on_day[place] += amount
        for pool in pools:
            used[pool][place] += amount
    caps = {
        place: on_day[place] - cap
        for place, cap in enumerate(puzzle.day_caps)
        if cap is not None and (on_day[place] > cap or prices.caps[place])
    }
    rooms = tuple(
        _over(room, taken, price)
        for room, taken, price in zip(puzzle.rooms, used, prices.rooms, strict=True)
    )
    return _Excess(value - prices.worth(puzzle), rooms, caps)


def _over(room: tuple[int, ...], used: list[int], prices: tuple[int, ...]) -> dict[int, int]:
    """Where room is overdrawn or priced. Of days with equal room only the last can be short."""
    found: dict[int, int] = {}
    so_far, last = 0, len(room) - 1
    for place, limit in enumerate(room):
        so_far += used[place]
        if (place == last or limit < room[place + 1]) and (so_far > limit or prices[place]):
            found[place] = so_far - limit
    return found


def _moved(prices: Prices, excess: _Excess, step: int, squared: int) -> Prices:
    rooms = [list(each) for each in prices.rooms]
    caps = list(prices.caps)
    for part, by_place in zip([*rooms, caps], [*excess.rooms, excess.caps], strict=True):
        for place, by in by_place.items():
            part[place] = max(0, part[place] + step * by // squared)
    return Prices(tuple(tuple(each) for each in rooms), tuple(caps))
