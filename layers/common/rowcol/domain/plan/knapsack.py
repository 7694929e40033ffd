"""Which bills to pay when one amount of cash is all that limits: an exact 0/1 knapsack.

That is the case of a client whose cash is known and only goes down: what is paid on one day is
missing on every later one. Dynamic programming over an expanding core (Pisinger, "A Minimal
Algorithm for the 0-1 Knapsack Problem", Operations Research 45(5), 1997), in whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cmp_to_key

# Beyond so many states altogether the search is given up: seconds of work.
STATES_MAX = 1_500_000


@dataclass(frozen=True, slots=True)
class _Trace:
    """A choice that differs from the greedy one, and those made before it."""

    before: _Trace | None
    item: int


# What a partial choice takes and gains, and how it came about.
_State = tuple[int, int, "_Trace | None"]


def chosen(
    gains: Sequence[int], amounts: Sequence[int], capacity: int, states_max: int = STATES_MAX
) -> frozenset[int] | None:
    """The items that gain most and fit together; None when that takes too long to prove.

    Gains and amounts are above zero.
    """
    if capacity < 0:
        return frozenset()

    def denser(first: int, second: int) -> int:
        return gains[second] * amounts[first] - gains[first] * amounts[second]

    order = sorted(range(len(gains)), key=cmp_to_key(denser))
    gain, amount, split = 0, 0, 0
    while split < len(order) and amount + amounts[order[split]] <= capacity:
        gain, amount = gain + gains[order[split]], amount + amounts[order[split]]
        split += 1
    best: _State = (amount, gain, None)
    states: list[_State] = [best]
    left, right, seen = split - 1, split, 0
    while states and (left >= 0 or right < len(order)):
        if right < len(order):
            item = order[right]
            right += 1
            states = _with(states, item, amounts[item], gains[item])
        if left >= 0:
            item = order[left]
            left -= 1
            states = _with(states, item, -amounts[item], -gains[item])
        best = max((*(each for each in states if each[0] <= capacity), best), key=_gain)
        add = order[right] if right < len(order) else None
        drop = order[left] if left >= 0 else None
        states = [
            state
            for state in states
            if _may_gain(
                capacity - state[0],
                state[1] - best[1],
                add if state[0] <= capacity else drop,
                gains,
                amounts,
            )
        ]
        seen += len(states)
        if seen > states_max:
            return None
    return _items(frozenset(order[:split]), best[2])


def _gain(state: _State) -> int:
    return state[1]


def _with(states: list[_State], item: int, amount: int, gain: int) -> list[_State]:
    """All states with and without a change, less those that take more and gain no more."""
    changed = [
        (took + amount, gained + gain, _Trace(trace, item)) for took, gained, trace in states
    ]
    kept: list[_State] = []
    most: int | None = None
    for state in sorted([*states, *changed], key=lambda state: (state[0], -state[1])):
        if most is None or state[1] > most:
            kept.append(state)
            most = state[1]
    return kept


def _may_gain(
    free: int, ahead: int, item: int | None, gains: Sequence[int], amounts: Sequence[int]
) -> bool:
    """Whether a state can still end above the best, were items divisible.

    `free` is what it leaves, below zero when it must still drop something; `ahead` by how much it
    gains more than the best; `item` the next to add, or to drop.
    """
    return item is not None and ahead * amounts[item] + free * gains[item] > 0


def _items(greedy: frozenset[int], trace: _Trace | None) -> frozenset[int]:
    found = set(greedy)
    while trace is not None:
        found ^= {trace.item}
        trace = trace.before
    return frozenset(found)
