"""Answer a puzzle: exactly where that can be proved, else well, with a bound that says how well.

- One amount of cash limits everything (cash that only goes down): which bills are paid is an exact
  knapsack, whatever their number.
- A handful of bills: every plan that could be better is tried.
- Everything else: priced days give a first plan, a search makes it better.

The answer is checked with whole numbers before it leaves (`BrokenPlan` is a defect).
"""

from __future__ import annotations

from rowcol.domain.plan.board import Board, filled
from rowcol.domain.plan.bound import lower_bound
from rowcol.domain.plan.branch import Branching
from rowcol.domain.plan.knapsack import chosen
from rowcol.domain.plan.prices import no_prices
from rowcol.domain.plan.puzzle import Places, Puzzle, Solution
from rowcol.domain.plan.search import Improvement, calmed

STEPS = 24_000
_BRANCHED_MAX = 12
_SEARCHED_BEFORE_BRANCHING = 1_000


class BrokenPlan(AssertionError):
    """A solver gave an answer that breaks room, cap or day: a defect, never shown to anybody."""


def solve(puzzle: Puzzle, steps: int = STEPS) -> Solution:
    """The best plan that is found, and whether it is proved that none is better.

    Whole-number arithmetic, no clock and no chance: equal questions have equal answers. Raises
    BrokenPlan.
    """
    if not puzzle.days:
        nothing: Places = (None,) * len(puzzle.items)
        cost = puzzle.total(nothing)
        return Solution(nothing, cost, cost.money)
    found = _knapsack(puzzle) or _searched(puzzle, steps)
    problem = next(puzzle.problems(found.places), None)
    if problem is not None:
        raise BrokenPlan(problem)
    return found


def _searched(puzzle: Puzzle, steps: int) -> Solution:
    board = filled(puzzle, no_prices(puzzle))
    bound = lower_bound(board)
    board = min(board, filled(puzzle, bound.prices), key=lambda each: each.total)
    small = _is_small(board)
    some = min(steps, _SEARCHED_BEFORE_BRANCHING) if small else steps
    Improvement(board, bound.combined).run(some)
    calmed(board)
    return _finished(board, bound.combined)


def _is_small(board: Board) -> bool:
    return sum(bool(ranked) for ranked in board.ranked) <= _BRANCHED_MAX


def _finished(board: Board, least: int) -> Solution:
    """The answer on a board; of a handful of bills the best there is, if that can be proved.

    `least` is a combined cost that no answer is under.
    """
    if _is_small(board) and board.total > least:
        branching = Branching(board)
        proved = branching.proves()
        board.lay_out(branching.best)
        least = board.total if proved else least
    return _solution(board, board.shown(), board.scale.money_at_least(least))


def _solution(board: Board, places: Places, money_least: int) -> Solution:
    cost = board.puzzle.total(places)
    return Solution(places, cost, min(cost.money, max(0, money_least)))


def _knapsack(puzzle: Puzzle) -> Solution | None:
    """The exact answer where one pool alone limits, by the same amount on every day."""
    pool = _only_limit(puzzle)
    if pool is None:
        return None
    board = Board(puzzle)
    gains = [beyond - least for beyond, least in zip(board.beyond, board.least, strict=True)]
    free = [number for number, pools in enumerate(board.pools) if pool not in pools]
    bound = [
        number for number, pools in enumerate(board.pools) if pool in pools and board.ranked[number]
    ]
    capacity = puzzle.rooms[pool][-1]
    best = chosen(
        [gains[number] for number in bound], [board.amounts[number] for number in bound], capacity
    )
    if best is None:
        return None
    for number in (*free, *(bound[place] for place in sorted(best))):
        if board.ranked[number]:
            board.put(number, board.ranked[number][0])
    least = sum(board.beyond) - _saved(board)
    calmed(board)
    return _finished(board, least)


def _saved(board: Board) -> int:
    """What the days taken save against none, the crowd not counted."""
    return sum(board.beyond[number] - board.cost_of(number) for number in range(len(board.amounts)))


def _only_limit(puzzle: Puzzle) -> int | None:
    """The pool that alone can be short, equally on every day; None when there is more to it."""
    amounts = sum(item.amount for item in puzzle.items)
    if any(cap is not None and cap < amounts for cap in puzzle.day_caps):
        return None
    short = []
    for pool, room in enumerate(puzzle.rooms):
        wanted = sum(item.amount for item in puzzle.items if pool in item.pools)
        if wanted > room[0]:
            short.append(pool)
    if not short:
        return 0 if puzzle.rooms else None
    [pool, *others] = short
    return pool if not others and puzzle.rooms[pool][0] == puzzle.rooms[pool][-1] else None
