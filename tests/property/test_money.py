from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.money import Money, MoneyError, exponent, total
from tests.support.domain.strategies import CURRENCIES, MONEY

CENTS = st.integers(-(10**10), 10**10)


@given(MONEY)
def test_text_is_read_back_exactly(amount: Money) -> None:
    number, currency = str(amount).replace(",", "").split(" ")
    assert Money.parse(number, currency) == amount


@given(
    st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False),
    st.sampled_from(CURRENCIES),
)
def test_rounding_is_half_even_and_exactness_is_refused_otherwise(
    number: Decimal, currency: str
) -> None:
    with localcontext(prec=400):
        expected = number.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_EVEN)
        is_exact = expected == number.scaleb(exponent(currency))
    assert Money.parse(number, currency, rounding=True).minor == int(expected)
    if is_exact:
        assert Money.parse(str(number), currency).minor == int(expected)
    else:
        with pytest.raises(MoneyError):
            Money.parse(number, currency)


@given(st.lists(CENTS, max_size=20))
def test_sums_are_exact_in_any_order(cents: list[int]) -> None:
    amounts = [Money(one, "USD") for one in cents]
    assert total(amounts, "USD").minor == sum(cents)
    assert total(reversed(amounts), "USD") == total(amounts, "USD")


@given(CENTS, CENTS)
def test_subtraction_undoes_addition_and_order_is_that_of_the_numbers(one: int, two: int) -> None:
    left, right = Money(one, "USD"), Money(two, "USD")
    assert left + right - right == left
    assert left - left == Money.zero("USD")
    comparisons = (left < right, left <= right, left > right, left >= right)
    assert comparisons == (one < two, one <= two, one > two, one >= two)
