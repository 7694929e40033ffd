"""Money: a whole number of minor units of one currency. No float ever enters here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

# Digits after the point, ISO 4217. A currency that is not listed has two.
_WITHOUT_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_WITHOUT_MINOR.split(), 0) | dict.fromkeys(_WITH_THOUSANDTHS.split(), 3)
_MINOR_MAX = 10**15
# Decimal() itself also takes underscores, other scripts' digits and surrounding blanks.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
# Amounts of more digits than this are refused, so that this context never rounds.
_DIGITS_MAX = 400
_EXACT = Context(prec=3 * _DIGITS_MAX)


class MoneyError(ValueError):
    """An amount that is not exact, not finite, out of range, or of another currency."""


def exponent(currency: str) -> int:
    """Number of minor-unit digits of an ISO 4217 currency code."""
    return _EXPONENTS.get(currency, 2)


@lru_cache(maxsize=512)
def _is_currency(text: str) -> bool:
    """Three upper-case letters. Remembered: every amount is asked, and codes are few."""
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` whole minor units (cents for USD) of `currency` (ISO 4217, upper case).

    Raises MoneyError for a malformed currency or an amount beyond 10^15 minor units.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError(f"minor units must be a whole number, not {type(self.minor).__name__}")
        if abs(self.minor) > _MINOR_MAX:
            raise MoneyError("amount out of range")
        if not _is_currency(self.currency):
            raise MoneyError("currency must be three upper-case letters")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str | Decimal | int, currency: str, *, rounding: bool = False) -> Money:
        """Major units ("12.50" or Decimal) to Money.

        Exact, or MoneyError; with `rounding` half-even to the minor unit (Plaid's doubles, plaid
        contract section 1). A float is refused: it has lost the digits that the rail sent.
        """
        scaled = _decimal(text).scaleb(exponent(currency), _EXACT)
        whole = scaled.to_integral_value(ROUND_HALF_EVEN, _EXACT)
        if whole != scaled and not rounding:
            raise MoneyError(f"amount has more than {exponent(currency)} decimals")
        if abs(whole) > _MINOR_MAX:
            raise MoneyError("amount out of range")
        return cls(int(whole), currency)

    def same(self, other: Money) -> None:
        """Raise MoneyError unless both are of one currency: others are never added or compared."""
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


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Sum of amounts of one currency; of nothing it is zero."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result


def _decimal(text: str | Decimal | int) -> Decimal:
    if type(text) is int and abs(text) <= _MINOR_MAX:
        text = str(text)
    if isinstance(text, str) and len(text) <= _DIGITS_MAX and _NUMBER.match(text):
        text = Decimal(text)
    if not isinstance(text, Decimal) or not text.is_finite():
        raise MoneyError("amount is not a plain decimal number")
    if not text:
        return Decimal(0)
    if len(text.as_tuple().digits) > _DIGITS_MAX or abs(text.adjusted()) > _DIGITS_MAX:
        raise MoneyError("amount out of range")
    return text
