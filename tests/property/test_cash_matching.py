"""Cash matching over made-up banks: the labelled set's bars, and what holds whatever is given."""

from __future__ import annotations

import random
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.cash_matching.automatic import automatic, left_over
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.scored import NEAR_MAX, candidates, propose
from rowcol.domain.cash_matching.strength import FEE_MINOR_MAX, FEE_MINOR_STEP
from rowcol.domain.cash_matching.sums import FOUND_MAX, adding_up
from rowcol.domain.cash_matching.tolerance import CashTolerance
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from tests.support.cash_world.made import made
from tests.support.cash_world.measure import measured

# No rule was made from these; the bench has eight more (`python -m bench --only matching`).
SEEDS = (3026, 3027)
PRECISION_MIN, RECALL_MIN = 0.995, 0.90


@pytest.mark.parametrize("seed", SEEDS)
def test_the_labelled_set(seed: int) -> None:
    found = measured(seed, made(seed))
    sys.stdout.write(f"\n{found.text}\n")
    assert (found.lines, found.with_counterpart >= 500) == (2_000, True)
    assert found.precision >= PRECISION_MIN, found.errors[:10]
    assert found.recall >= RECALL_MIN, found.kinds
    assert found.confirmed.precision >= PRECISION_MIN
    # What confirms itself is most of what could: one item, its exact amount.
    assert found.recall_single >= 0.8


@pytest.mark.parametrize("seed", [11, 12])
def test_the_order_of_what_is_given_never_matters(seed: int) -> None:
    world = made(seed, 400, 200)
    items, lines = world.items(), list(world.lines)
    first = _outcome(Pool(items, lines))
    shuffled = random.Random(seed)  # noqa: S311  # seeded
    for _ in range(4):
        shuffled.shuffle(items)
        shuffled.shuffle(lines)
        assert _outcome(Pool(items, lines)) == first


def _outcome(pool: Pool) -> tuple[object, ...]:
    certain = [
        (str(one.item.target), [line.line_id for line in one.matched.debits])
        for one in automatic(pool)
    ]
    return certain, propose(pool)


@pytest.mark.parametrize("seed", [31, 32])
def test_what_is_matched_is_exact_but_for_a_banks_fee_and_has_its_lines_alone(seed: int) -> None:
    world = made(seed, 800, 400)
    pool = Pool(world.items(), world.lines)
    proposals = propose(left_over(pool, automatic(pool)))
    sure = [one for one in proposals.found if one.id in proposals.matched]
    assert {one.id for one in sure} == proposals.matched
    assert len(sure) > 20
    assert list(proposals.found[: len(sure)]) == sure
    names = [name for one in sure for name in one.names]
    assert len(names) == len(set(names))
    for one in sure:
        fee = one.difference_minor
        assert fee == 0 or (0 < fee <= FEE_MINOR_MAX and fee % FEE_MINOR_STEP == 0)
        assert not one.tie


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_no_line_and_no_item_twice_and_sums_within_the_tolerance(seed: int) -> None:
    world = made(seed, 400, 200)
    tolerance = CashTolerance(basis_points=150, floor_minor=300)
    pool = Pool(world.items(), world.lines, tolerance)
    amounts = {item.target: item.wanted.amount for item in pool.items}
    lines = {line.line_id: line for line in pool.lines}
    certain = automatic(pool)
    used = [line.line_id for one in certain for line in one.matched.debits]
    assert len(used) == len(set(used))
    for one in certain:
        if one.matched.method == "exact":
            assert [line.amount for line in one.matched.debits] == [one.item.wanted.amount]
    chosen = propose(pool).found
    used = [name for one in chosen for name in one.line_ids]
    targets = [target for one in chosen for target in one.targets]
    assert len(used) == len(set(used))
    assert len(targets) == len(set(targets))
    for proposal in chosen:
        wanted = sum(amounts[target].minor for target in proposal.targets)
        seen = sum(lines[name].amount.minor for name in proposal.line_ids)
        allowed = max(abs(wanted) * 150 // 10_000, 300)
        assert seen - wanted == proposal.difference_minor
        assert abs(proposal.difference_minor) <= allowed
        assert sum(feature.weight for feature in proposal.features) == 100
        assert 0 <= proposal.score <= 1000
        assert proposal.score == sum(each.weight * each.value for each in proposal.features) // 100


AMOUNTS = st.lists(st.integers(min_value=1, max_value=60), max_size=12)


@settings(max_examples=300, deadline=None)
@given(AMOUNTS, st.integers(1, 200), st.integers(0, 3), st.integers(2, 5))
def test_sums_are_found_or_given_up(
    amounts: list[int], total: int, slack: int, size_max: int
) -> None:
    found = adding_up(amounts, total - slack, total + slack, size_max=size_max)
    for subset in found.found:
        assert len(set(subset)) == len(subset) <= size_max
        assert abs(sum(amounts[place] for place in subset) - total) <= slack
    assert len(set(found.found)) == len(found.found) <= FOUND_MAX
    if not found.gave_up:
        assert len(found.found) == _counted(amounts, total, slack, size_max)
    assert adding_up(amounts, total - slack, total + slack, size_max=size_max) == found


def _counted(amounts: list[int], total: int, slack: int, size_max: int) -> int:
    count = 0
    for mask in range(1 << len(amounts)):
        places = [place for place in range(len(amounts)) if mask >> place & 1]
        inside = abs(sum(amounts[place] for place in places) - total) <= slack
        count += inside and 2 <= len(places) <= size_max
    return count


def test_a_search_that_is_too_large_says_so() -> None:
    amounts = [1_000_000 + place * 2 for place in range(60)]
    found = adding_up(amounts, 20_001_001, 20_001_001, size_max=20, work_max=5_000)
    assert found.gave_up
    assert found.work <= 5_000 + 20  # a step of each depth


def test_many_lines_and_items_of_one_amount_are_looked_at_within_bounds() -> None:
    world = made(41, 100, 50)
    first = next(item for item in world.items() if item.target.kind is TargetKind.INVOICE)
    items = [
        replace(first, target=CashTarget(TargetKind.INVOICE, f"i{place}"), group=f"g{place}")
        for place in range(120)
    ]
    line = replace(world.lines[0], amount=first.wanted.amount, posted_on=first.expected_on)
    lines = [replace(line, line_id=f"l{place}", text="DEPOSIT") for place in range(120)]
    pool = Pool(items, lines)
    assert automatic(pool) == ()
    assert len(candidates(pool, lines[0]).found) == NEAR_MAX
    proposals = propose(pool)
    assert not proposals.matched
    assert all(one.tie for one in proposals.found)
