"""Money in request bodies: whole minor units, refused by stable codes when it cannot be meant."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import Field, WithJsonSchema

from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.operation import Body

MINOR_MAX = 10**13


class MoneyBody(Body):
    """`minor` units (cents for USD) of a currency: whole, above zero."""

    minor: Annotated[
        int | float,
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MINOR_MAX}),
    ]
    currency: str


class SeenAmount(Body):
    """What the bill asks for, as whoever decides has seen it."""

    minor: Annotated[int, Field(ge=1, le=MINOR_MAX)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    @property
    def money(self) -> Money:
        """The amount."""
        return Money(self.minor, self.currency)


def seen(amount: SeenAmount | None) -> Money | None:
    """The amount that was named, if any."""
    return amount.money if amount is not None else None


def money_of(body: MoneyBody, currency: str, field: str = "amount") -> Money | Refusal:
    """The amount in the client's currency.

    Refused: `amount_precision` (a part of a minor unit), `amount_not_positive`,
    `amount_too_large`, `currency_mismatch`.
    """
    try:
        minor = Decimal(str(body.minor))
    except InvalidOperation:
        return Refusal(Code.INVALID_INPUT, f"{field}.minor is a number", {"field": field})
    if not minor.is_finite() or minor != minor.to_integral_value():
        return Refusal(
            Code.AMOUNT_PRECISION,
            f"{field} is in whole minor units",
            {"field": field, "found": str(body.minor)[:40]},
        )
    if minor <= 0:
        return Refusal(
            Code.AMOUNT_NOT_POSITIVE,
            f"{field} is above zero",
            {"field": field, "found": int(minor) if minor > -MINOR_MAX else str(body.minor)[:40]},
        )
    if minor > MINOR_MAX:
        return Refusal(
            Code.AMOUNT_TOO_LARGE,
            f"{field} is at most {MINOR_MAX}",
            {"field": field, "most": MINOR_MAX},
        )
    if body.currency != currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"the client's books are in {currency}",
            {"field": field, "found": body.currency[:10], "expected": currency},
        )
    return Money(int(minor), currency)
