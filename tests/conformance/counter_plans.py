"""Commits with moves of counters in any order: each answer and each sum is what it must be.

Writers of two clients share a counter of the firm; a writer commits on its last reading, however
old that is by now.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st

from rowcol.domain.client import Head
from rowcol.domain.scope import Scope
from rowcol.service.counter_rules import CounterOverdrawn, is_above_ceiling, is_overdrawn, moved
from rowcol.service.store import Commit, Committed, Conflict, Counter, CounterMove, Store
from tests.conformance.world import BLUEBIRD, CEDAR, FIRM, Planned, commit_on
from tests.support.domain.builders import NOW

WRITERS = (BLUEBIRD, BLUEBIRD, CEDAR)
NAMES = ("own", "shared")
Truth = dict[tuple[Scope, str], Counter]


@dataclass(frozen=True)
class Deal:
    """A move without its scope: "own" is a counter of the client, "shared" one of the firm."""

    name: str
    total: int
    used: int
    ceiling: int | None


@dataclass(frozen=True)
class CounterStep:
    """A writer reads its head, or commits moves on the head it has read."""

    writer: int
    reads: bool
    deals: tuple[Deal, ...] = ()


_amounts = st.integers(-6, 12)
_deals = st.builds(
    Deal, st.sampled_from(NAMES), _amounts, _amounts, st.none() | st.integers(0, 20)
).filter(lambda deal: (deal.total, deal.used) != (0, 0))
counter_steps = st.lists(
    st.builds(
        CounterStep,
        st.integers(0, len(WRITERS) - 1),
        st.booleans(),
        st.lists(_deals, max_size=2, unique_by=lambda deal: deal.name).map(tuple),
    ),
    max_size=30,
)


def play_counters(store: Store, plan: list[CounterStep]) -> None:
    """Play a plan and compare every answer, and all sums, with what must be so."""
    truth: Truth = {}
    readings = [Head("USD")] * len(WRITERS)
    for step in plan:
        scope = WRITERS[step.writer]
        books = store.books(scope)
        if step.reads:
            readings[step.writer] = books.head("USD")
            continue
        moves = tuple(_move(scope, deal) for deal in step.deals)
        commit = commit_on(scope, readings[step.writer], Planned(facts=(), counters=moves), NOW)
        expected = _expected(commit, books.head("USD"), truth)
        if expected is None:
            with pytest.raises(CounterOverdrawn):
                books.commit(commit)
        else:
            assert books.commit(commit) == expected, step
        if expected == Committed():
            for one in moves:
                place = (one.scope, one.id)
                truth[place] = moved(truth.get(place, Counter()), one)
    for scope in (BLUEBIRD, CEDAR, FIRM):
        found = store.books(scope).counters(NAMES)
        assert found == {name: truth.get((scope, name), Counter()) for name in NAMES}


def _move(scope: Scope, deal: Deal) -> CounterMove:
    owner = FIRM if deal.name == "shared" else scope
    return CounterMove(owner, deal.name, deal.total, deal.used, deal.ceiling)


def _expected(commit: Commit, head: Head, truth: Truth) -> Committed | Conflict | None:
    """None: a defect, for the books are fresh and a counter would go below zero."""
    before = {
        (one.scope, one.id): truth.get((one.scope, one.id), Counter()) for one in commit.counters
    }
    overdrawn = [one for one in commit.counters if is_overdrawn(before[(one.scope, one.id)], one)]
    stale = ["head"] if head.version != commit.head.version else []
    if overdrawn and not stale:
        return None
    stale += [
        f"counter/{one.id}"
        for one in commit.counters
        if one in overdrawn or is_above_ceiling(before[(one.scope, one.id)], one)
    ]
    return Conflict(tuple(stale)) if stale else Committed()
