from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from rowcol.domain.money import Money, MoneyError, exponent, total
from tests.support.domain.builders import usd

EXACT = [
    # text, currency, minor units
    ("12.50", "USD", 1250),
    ("12.5", "USD", 1250),
    ("12", "USD", 1200),
    ("-0.01", "USD", -1),
    ("+3.10", "USD", 310),
    (".5", "USD", 50),
    ("5.", "USD", 500),
    ("1e3", "USD", 100_000),
    ("-0", "USD", 0),
    ("0.10000000000000000000000000000000", "USD", 10),
    ("10000000000000.00", "USD", 10**15),
    ("1500", "JPY", 1500),
    ("1500", "UGX", 1500),
    ("1.234", "KWD", 1234),
    ("1.234", "IQD", 1234),
    (Decimal("99.99"), "USD", 9999),
    (Decimal("0E-99999999"), "USD", 0),
    (7, "USD", 700),
]
ROUNDED = [
    # text, half even in cents
    ("1.005", 100),
    ("1.015", 102),
    ("-1.005", -100),
    ("-1.015", -102),
    ("1.0149999999999999999999999999999999999999", 101),
    ("1.0150000000000000000000000000000000000001", 102),
    ("89.40000000000001", 8940),
]
REFUSED = [
    *["", " 1", "1 ", "1\n", "1_000", "1,000.00", "$1", "0x10", "1e", "--1", "\u0661", "\uff11"],
    *["NaN", "sNaN", "Infinity", "-inf", Decimal("NaN"), Decimal("Infinity")],
    *["10000000000000.01", 10**16, "9" * 401, "1e999", "1e9999999", "1e-401"],
    *[Decimal("1e99999999"), Decimal("1e-99999999")],
]


@pytest.mark.parametrize(("text", "currency", "minor"), EXACT)
def test_exact_amounts_are_read(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)
    assert Money.parse(text, currency, rounding=True) == Money(minor, currency)


@pytest.mark.parametrize(("text", "minor"), ROUNDED)
def test_rounding_happens_only_when_asked(text: str, minor: int) -> None:
    assert Money.parse(text, "USD", rounding=True) == Money(minor, "USD")
    with pytest.raises(MoneyError, match="more than 2 decimals"):
        Money.parse(text, "USD")


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_plain_amount_is_refused(text: Any) -> None:
    for rounding in (False, True):
        with pytest.raises(MoneyError):
            Money.parse(text, "USD", rounding=rounding)


@pytest.mark.parametrize("number", [1.5, 0.1, float("nan"), True, None, b"1"])
def test_no_float_and_nothing_but_a_number_enters(number: Any) -> None:
    with pytest.raises(MoneyError):
        Money.parse(number, "USD")
    with pytest.raises(MoneyError):
        Money(number, "USD")


@pytest.mark.parametrize("currency", ["", "US", "USDX", "usd", "Usd", "U1D", "ÄÖÜ", "US "])
def test_a_malformed_currency_is_refused(currency: str) -> None:
    with pytest.raises(MoneyError, match="three upper-case letters"):
        Money(1, currency)


def test_out_of_range_is_refused_after_arithmetic_too() -> None:
    most = Money(10**15, "USD")
    with pytest.raises(MoneyError, match="out of range"):
        _ = most + Money(1, "USD")


MIXING: list[Callable[[Money, Money], object]] = [
    operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge,
    lambda left, right: total([left, right], "USD"),
]  # fmt: skip


@pytest.mark.parametrize("mix", MIXING)
def test_currencies_are_never_mixed(mix: Callable[[Money, Money], object]) -> None:
    with pytest.raises(MoneyError, match="currencies differ"):
        mix(Money(1, "USD"), Money(1, "EUR"))


def test_equal_numbers_of_other_currencies_are_not_equal() -> None:
    assert Money(1, "USD") != Money(1, "EUR")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (usd("1234567.8"), "1,234,567.80 USD"),
        (usd("-0.05"), "-0.05 USD"),
        (Money(1500, "JPY"), "1,500 JPY"),
        (Money(1234, "KWD"), "1.234 KWD"),
    ],
)
def test_text_shows_all_digits_of_the_currency(amount: Money, text: str) -> None:
    assert str(amount) == text


def test_a_currency_that_is_not_listed_has_cents() -> None:
    assert exponent("XYZ") == 2


def test_the_total_of_nothing_is_zero() -> None:
    assert total([], "EUR") == Money.zero("EUR")
