"""Amounts as Stripe's files write them: major units, no thousands separator."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from local.simulators.messages import ControlError

_WITHOUT_DECIMALS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv"}
    | {"xaf", "xof", "xpf"}
)


def digits(currency: str) -> int:
    """Decimals of a currency: none for JPY and its like, else two."""
    return 0 if currency in _WITHOUT_DECIMALS else 2


def minor(amount: object, currency: str = "usd") -> int:
    """Minor units of decimal text in major units. Raises ControlError for finer amounts."""
    exact = Decimal(str(amount)).scaleb(digits(currency))
    if exact != exact.to_integral_value():
        raise ControlError(f"{amount} is finer than {currency} has units")
    return int(exact)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units."""

    amount: int
    currency: str

    def text(self) -> str:
        """For example 1480.00, or 148000 of a currency without decimals."""
        places = digits(self.currency)
        return f"{Decimal(self.amount).scaleb(-places):.{places}f}"
