"""Money: a whole number of minor units of one currency. No float ever enters here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

# Digits after the point, ISO 4217. A currency that is not listed has two.
_EXPONENTS = {
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "CLP": 0,
    "ISK": 0,
    "BHD": 3,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
}
_MINOR_MAX = 10**15


class MoneyError(ValueError):
    """An amount that is not exact, not finite, out of range, or of another currency."""


def exponent(currency: str) -> int:
    """Number of minor-unit digits of an ISO 4217 currency code."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` whole minor units (cents for USD) of `currency` (ISO 4217, upper case).

    Raises MoneyError for a malformed currency or an amount beyond 10^15 minor units.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyError(f"minor units must be a whole number, not {type(self.minor).__name__}")
        if abs(self.minor) > _MINOR_MAX:
            raise MoneyError("amount out of range")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise MoneyError("currency must be three upper-case letters")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str | Decimal | int, currency: str, *, rounding: bool = False) -> Money:
        """Major units ("12.50" or Decimal) to Money.

        Exact, or MoneyError; with `rounding` half-even to the minor unit (Plaid doubles, plaid.md section 1).
        """
        try:
            value = Decimal(text)
            if not value.is_finite():
                raise MoneyError("amount is not finite")
            scaled = value.scaleb(exponent(currency))
            whole = scaled.to_integral_value(rounding=ROUND_HALF_EVEN)
        except InvalidOperation:
            raise MoneyError("amount is not a decimal number") from None
        if whole != scaled and not rounding:
            raise MoneyError(f"amount has more than {exponent(currency)} decimals")
        return cls(int(whole), currency)

    def same(self, other: Money) -> None:
        """Raise MoneyError unless both are of one currency: currencies are never added or compared."""
        if self.currency != other.currency:
            raise MoneyError(f"currencies differ: {self.currency} and {other.currency}")

    def __add__(self, other: Money) -> Money:
        self.same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self.same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self.same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self.same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __str__(self) -> str:
        digits = exponent(self.currency)
        value = Decimal(self.minor).scaleb(-digits)
        return f"{value:,.{digits}f} {self.currency}"


def total(amounts: list[Money], currency: str) -> Money:
    """Sum of amounts of one currency; an empty list is zero."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result
