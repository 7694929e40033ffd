"""Amounts of Stripe: what moved the balance always adds up, gross less fee is net.

Source: stripe contract, section 1. Never added across currencies.
"""

from __future__ import annotations

from enum import StrEnum

from rowcol.domain.money import Money, exponent

# Stripe's API counts these otherwise than we do (its page on currencies): two with hundredths that
# do not exist, one without those that do.
_API_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}


def money_of_api(minor: int, currency: str) -> Money | None:
    """An integer of Stripe's API as Money; None when it has digits that the currency has not."""
    own, theirs = exponent(currency), _API_DIGITS.get(currency, exponent(currency))
    whole, rest = divmod(minor * 10**own, 10**theirs)
    return None if rest else Money(whole, currency)


class Part(StrEnum):
    """What an entry is to whoever asks what a payout is made of.

    FEES: what Stripe bills by itself; the fee of a charge belongs to its entry.
    """

    CHARGES = "charges"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    FEES = "fees"
    ADJUSTMENTS = "adjustments"
    PAYOUTS = "payouts"


_PARTS: dict[str, Part] = {
    "charge": Part.CHARGES,
    "charge_failure": Part.CHARGES,
    "partial_capture_reversal": Part.REFUNDS,
    "refund": Part.REFUNDS,
    "refund_failure": Part.REFUNDS,
    "dispute": Part.DISPUTES,
    "dispute_reversal": Part.DISPUTES,
    "fee": Part.FEES,
    "network_cost": Part.FEES,
    "tax": Part.FEES,
    "payout": Part.PAYOUTS,
    "payout_reversal": Part.PAYOUTS,
}
_ADJUSTMENTS = frozenset({
    "advance", "advance_funding", "anticipation_repayment", "climate_order_purchase",
    "climate_order_refund", "connect_collection_transfer", "connect_reserved_funds", "contribution",
    "financing_paydown", "financing_paydown_reversal", "financing_payout",
    "financing_payout_reversal", "issuing_authorization_hold", "issuing_authorization_release",
    "issuing_dispute", "issuing_transaction", "obligation", "other_adjustment",
    "payment_network_reserved_funds", "platform_earning", "platform_earning_refund",
    "reserved_funds", "risk_reserved_funds", "topup", "topup_reversal", "transfer",
    "transfer_reversal",
})  # fmt: skip


def is_known_category(category: str) -> bool:
    """Whether a reporting category is one that was looked at. Others count as adjustments."""
    return category in _PARTS or category in _ADJUSTMENTS


def part_of(category: str) -> Part:
    """What an entry of a reporting category is."""
    return _PARTS.get(category, Part.ADJUSTMENTS)
