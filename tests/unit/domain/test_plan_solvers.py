"""The solvers by themselves: exact where they say so, never outside rooms and caps."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest

from rowcol.domain.plan.board import Board, filled
from rowcol.domain.plan.bound import lower_bound
from rowcol.domain.plan.branch import Branching
from rowcol.domain.plan.knapsack import chosen
from rowcol.domain.plan.prices import no_prices, scale_of
from rowcol.domain.plan.puzzle import Cost, Item, Places, Puzzle
from rowcol.domain.plan.search import Draws, Improvement
from rowcol.domain.plan.solve import BrokenPlan, solve


def item(amount: int, *money: int, beyond: int = 100, pools: tuple[int, ...] = (0,)) -> Item:
    """A bill that costs so much on each day, and `beyond` if it is not paid."""
    return Item(amount, pools, 0, tuple(Cost(each) for each in money), Cost(beyond))


def puzzle(
    *items: Item, rooms: tuple[tuple[int, ...], ...], caps: tuple[int | None, ...] | None = None
) -> Puzzle:
    days = len(rooms[0])
    return Puzzle(tuple(range(days)), items, rooms, caps or (None,) * days, 10, 1)


def random_puzzle(seed: int, count: int, days: int) -> Puzzle:
    """Rising rooms of two pools, caps on some days, crowds of two."""
    draw = random.Random(seed)  # noqa: S311  # seeded
    items = []
    for _ in range(count):
        costs = sorted(draw.randint(0, 30) for _ in range(days))
        first = draw.randint(0, days - 1)
        made = tuple(Cost(each, draw.randint(0, 3)) for each in costs[first:])
        pools = draw.choice([(0,), (0, 1)])
        items.append(Item(draw.randint(1, 20), pools, first, made, Cost(draw.randint(20, 60))))
    rooms = tuple(tuple(sorted(draw.randint(0, 60) for _ in range(days))) for _ in range(2))
    caps = tuple(draw.choice([None, draw.randint(5, 40)]) for _ in range(days))
    return Puzzle(tuple(range(days)), tuple(items), rooms, caps, 2, 1)


def every(asked: Puzzle) -> Iterator[Places]:
    yield from itertools.product((None, *range(len(asked.days))), repeat=len(asked.items))


def cheapest(asked: Puzzle) -> Cost:
    return min(asked.total(places) for places in every(asked) if asked.holds(places))


@pytest.mark.parametrize("seed", range(40))
def test_a_handful_is_solved_exactly(seed: int) -> None:
    asked = random_puzzle(seed, 5, 4)
    found = solve(asked)
    assert asked.holds(found.places)
    assert found.cost == asked.total(found.places) == cheapest(asked), f"seed {seed}"
    assert found.optimal


@pytest.mark.parametrize("seed", range(20))
def test_no_answer_is_under_the_bound(seed: int) -> None:
    asked = random_puzzle(seed, 5, 4)
    board = filled(asked, no_prices(asked))
    bound = lower_bound(board)
    assert bound.combined <= scale_of(asked).of(cheapest(asked)), f"seed {seed}"


@pytest.mark.parametrize("seed", range(60))
def test_the_knapsack_is_exact(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # seeded
    count = draw.randint(1, 10)
    amounts = [draw.randint(1, 30) for _ in range(count)]
    gains = [draw.choice([amount, draw.randint(1, 30)]) for amount in amounts]
    capacity = draw.randint(0, sum(amounts))
    found = chosen(gains, amounts, capacity)
    assert found is not None
    assert sum(amounts[each] for each in found) <= capacity
    best = max(
        sum(gains[each] for each in subset)
        for size in range(count + 1)
        for subset in itertools.combinations(range(count), size)
        if sum(amounts[each] for each in subset) <= capacity
    )
    assert sum(gains[each] for each in found) == best, f"seed {seed}"


def test_a_knapsack_that_takes_too_long_is_left_to_the_search() -> None:
    draw = random.Random(3)  # noqa: S311  # seeded
    amounts = [draw.randint(500, 1000) * 2 for _ in range(60)]
    assert chosen(amounts, amounts, 40_001, states_max=10) is None


def test_two_that_fit_beat_one_that_gains_most() -> None:
    asked = puzzle(
        item(60, 0, beyond=61), item(50, 0, beyond=45), item(50, 0, beyond=45), rooms=((100,),)
    )
    assert solve(asked).places == (None, 0, 0)


def test_what_is_larger_than_all_room_is_never_paid() -> None:
    asked = puzzle(item(101, 0, 0), item(100, 0, 5), rooms=((50, 100),))
    assert solve(asked).places == (None, 1)


def test_nothing_to_decide() -> None:
    assert solve(puzzle(rooms=((5,),))).places == ()
    none = Puzzle((), (Item(5, (0,), 0, (), Cost(3)),), ((),), (), 10, 1)
    assert solve(none).places == (None,)


def test_an_answer_that_breaks_something_is_named() -> None:
    asked = puzzle(item(5, 0, 0), item(5, 0, 0), rooms=((5, 9),), caps=(None, 4))
    assert list(asked.problems((0, 0))) == [
        "pool 0, day 0: 10 of at most 5", "pool 0, day 1: 10 of at most 9",
    ]  # fmt: skip
    assert list(asked.problems((1, None))) == ["day 1: 5 of at most 4"]
    assert list(asked.problems((None,))) == ["not one place an item"]
    assert list(asked.problems((2, None))) == ["item 0: day 2 is not possible"]


def test_a_solver_that_broke_a_room_would_be_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = puzzle(item(5, 0, 0), item(5, 0, 0), rooms=((5, 5),))
    monkeypatch.setattr(Board, "shown", lambda _board: (0, 0))
    with pytest.raises(BrokenPlan, match="pool 0"):
        solve(asked)


@pytest.mark.parametrize("count", [40, 120])
def test_a_search_never_makes_it_worse_and_is_the_same_again(count: int) -> None:
    asked = random_puzzle(1, count, 12)
    boards = [filled(asked, no_prices(asked)) for _ in range(2)]
    before = boards[0].total
    for board in boards:
        Improvement(board, 0).run(500)
    assert boards[0].total <= before
    assert boards[0].shown() == boards[1].shown()
    assert boards[0].total == boards[0].scale.of(asked.total(boards[0].shown()))


def test_branches_are_counted() -> None:
    asked = random_puzzle(2, 9, 8)
    assert not Branching(filled(asked, no_prices(asked)), nodes_max=3).proves()


def test_draws_are_spread() -> None:
    draws = Draws(7)
    seen = [draws.below(10) for _ in range(2000)]
    assert set(seen) == set(range(10))
    assert max(seen.count(each) for each in range(10)) < 300


def test_taking_off_what_was_put_leaves_everything_as_it_was() -> None:
    asked = random_puzzle(5, 6, 5)
    board = Board(asked)
    before = (board.total, [list(row) for row in board.slack], list(board.caps))
    for number in range(6):
        board.settle(number)
    assert board.total < before[0]
    for number in range(6):
        board.take(number)
    assert (board.total, board.slack, board.caps) == before
