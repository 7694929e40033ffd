from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.client import Head
from rowcol.domain.money import Money
from rowcol.domain.reserve import Reserve, ReserveError, ReserveState, ended, opened, resized
from tests.support.domain.builders import FRIDAY, NOW

CENTS = st.integers(0, 10**6)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "end", "resize", "reopen"]),
        st.integers(0, 5),
        CENTS,
        st.booleans(),
    ),
    max_size=40,
)


def totals(reserves: list[Reserve]) -> tuple[int, int]:
    held = [reserve for reserve in reserves if reserve.is_open]
    return (
        sum(reserve.amount.minor for reserve in held if reserve.covered),
        sum(reserve.amount.minor for reserve in held if not reserve.covered),
    )


@given(STEPS)
def test_the_heads_totals_are_the_sum_of_open_reserves(
    steps: list[tuple[str, int, int, bool]],
) -> None:
    head, reserves = Head("USD"), list[Reserve]()
    for what, which, cents, flag in steps:
        amount = Money(cents, "USD")
        if what == "open" or not reserves:
            fresh = Reserve(amount, flag, FRIDAY, NOW)
            head = opened(head, fresh)
            reserves.append(fresh)
        else:
            index = which % len(reserves)
            head, reserves[index] = step(head, reserves[index], what, amount, flag)
        assert (head.covered_total.minor, head.uncovered_total.minor) == totals(reserves)
        assert head.covered_total.minor >= 0
        assert head.uncovered_total.minor >= 0


def step(
    head: Head, reserve: Reserve, what: str, amount: Money, flag: bool
) -> tuple[Head, Reserve]:
    """One more operation; on an ended reserve every one of them is a defect and changes nothing."""
    state = ReserveState.POSTED if flag else ReserveState.RELEASED
    if not reserve.is_open:
        with pytest.raises(ReserveError):
            ended(head, reserve, state, NOW, "again")
        with pytest.raises(ReserveError):
            resized(head, reserve, amount, flag)
        with pytest.raises(ReserveError):
            opened(head, reserve)
        return head, reserve
    if what == "end":
        head, closed = ended(head, reserve, state, NOW, "why")
        assert closed == replace(reserve, state=state, ended_at=NOW, reason="why")
        return head, closed
    return resized(head, reserve, amount, flag)
