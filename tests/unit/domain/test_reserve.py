from __future__ import annotations

import pytest

from rowcol.domain.client import Head
from rowcol.domain.money import Money
from rowcol.domain.reserve import Reserve, ReserveError, ReserveState, ended, opened, resized
from tests.support.domain.builders import FRIDAY, NOW, usd

HELD = Reserve(usd("100.00"), True, FRIDAY, NOW)


def test_a_reserve_moves_between_covered_and_uncovered() -> None:
    head = opened(Head("USD"), HELD)
    head, smaller = resized(head, HELD, usd("40.00"), covered=False)
    assert (head.covered_total, head.uncovered_total) == (usd("0"), usd("40.00"))
    assert (smaller.amount, smaller.covered, smaller.state) == (usd("40.00"), False, "open")


def test_ending_as_open_is_a_defect() -> None:
    with pytest.raises(ReserveError, match="ends once"):
        ended(opened(Head("USD"), HELD), HELD, ReserveState.OPEN, NOW, "why")


def test_totals_never_go_below_zero() -> None:
    with pytest.raises(ReserveError, match="below zero"):
        ended(Head("USD"), HELD, ReserveState.POSTED, NOW, "never opened")


@pytest.mark.parametrize("amount", [Money(-1, "USD"), Money(1, "EUR")])
def test_negative_amounts_and_other_currencies_are_defects(amount: Money) -> None:
    head = opened(Head("USD"), HELD)
    with pytest.raises(ReserveError):
        opened(head, Reserve(amount, True, FRIDAY, NOW))
    with pytest.raises(ReserveError):
        resized(head, HELD, amount, covered=True)
