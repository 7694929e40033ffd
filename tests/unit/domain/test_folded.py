"""Where a fold stands: entries may repeat and change places; what never comes is told as a gap."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.folded import PATIENCE, SPANS_MAX, Folded, Gap
from rowcol.domain.plain import from_plain, to_plain

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOON + PATIENCE + timedelta(seconds=1)


def after(folded: Folded, *positions: int, at: datetime = NOON) -> tuple[Folded, tuple[Gap, ...]]:
    return folded.with_entries((position, at) for position in positions)


def test_in_order_it_just_goes_on() -> None:
    folded, gaps = after(Folded(), 1, 2, 3)
    assert (folded, gaps) == (Folded(3), ())
    assert after(folded, 4) == (Folded(4), ())


def test_repeats_change_nothing() -> None:
    assert after(Folded(5), 3, 4, 5) == (Folded(5), ())
    assert after(Folded(5)) == (Folded(5), ())


def test_entries_of_one_write_may_change_places_over_two_batches() -> None:
    folded, gaps = after(Folded(40), 42, 43)
    assert (folded.through, gaps) == (40, ())
    assert after(folded, 41, 44) == (Folded(44), ())


def test_what_is_missing_for_long_is_told_once() -> None:
    waiting, gaps = after(Folded(10), 15, 16)
    assert gaps == ()
    assert after(waiting, 17, at=NOON + PATIENCE)[1] == ()
    settled, gaps = after(waiting, 17, at=LATER)
    assert (settled, gaps) == (Folded(17), (Gap(11, 14),))
    assert after(settled, 18, at=LATER) == (Folded(18), ())


def test_each_gap_waits_for_itself() -> None:
    waiting, _ = after(Folded(0), 2)
    waiting, gaps = after(waiting, 4, at=NOON + timedelta(minutes=10))
    assert gaps == ()
    waiting, gaps = after(waiting, 5, at=LATER)
    assert gaps == (Gap(1, 1),)
    assert waiting.through == 2
    assert after(waiting, 3, at=LATER) == (Folded(5), ())


def test_the_list_of_what_waits_is_bounded() -> None:
    folded = Folded()
    for position in range(2, 2 * SPANS_MAX + 2, 2):
        folded, gaps = after(folded, position)
        assert gaps == ()
    folded, gaps = after(folded, 2 * SPANS_MAX + 4)
    assert gaps == (Gap(1, 1),)
    assert len(folded.ahead) == SPANS_MAX


def test_a_rebuild_reaches_past_what_was_missing() -> None:
    waiting, _ = after(Folded(10), 12, 13, 17)
    assert waiting.reaching(9) == waiting
    assert waiting.reaching(11).through == 13
    assert waiting.reaching(12).through == 13
    assert waiting.reaching(15) == Folded(15, waiting.ahead[1:])
    assert waiting.reaching(16) == Folded(17)
    assert waiting.reaching(20) == Folded(20)


def test_it_is_kept_as_plain_json() -> None:
    waiting, _ = after(Folded(10), 12, 15)
    assert from_plain(Folded, to_plain(waiting)) == waiting


@given(st.integers(1, 60), st.integers(0, 2**32), st.integers(1, 7))
def test_nothing_is_called_missing_that_came_in_time(count: int, seed: int, size: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a shuffle, guards nothing
    positions = list(range(1, count + 1))
    chance.shuffle(positions)
    positions += [chance.choice(positions) for _ in range(5)]
    folded = Folded()
    told: list[Gap] = []
    for start in range(0, len(positions), size):
        folded, gaps = after(folded, *positions[start : start + size])
        told += gaps
    assert (folded, told) == (Folded(count), []) or len(positions) > SPANS_MAX


@given(st.sets(st.integers(1, 40), min_size=1), st.integers(1, 5))
def test_in_the_end_every_position_came_or_is_in_a_gap(came: set[int], size: int) -> None:
    folded = Folded()
    missing: set[int] = set()
    order = [*sorted(came), 100]
    for place, start in enumerate(range(0, len(order), size)):
        at = NOON + place * timedelta(hours=1)
        folded, gaps = after(folded, *order[start : start + size], at=at)
        missing |= {n for gap in gaps for n in range(gap.first, gap.last + 1)}
    folded, gaps = after(folded, 101, at=NOON + timedelta(days=30))
    missing |= {n for gap in gaps for n in range(gap.first, gap.last + 1)}
    assert missing == set(range(1, 100)) - came
    assert folded == Folded(101)
