"""How far an object is in its life: of two words on it, the later stage knows more.

Only where a stage is never left for an earlier one; else the instant at Stripe decides.
"""

from __future__ import annotations

_PAYOUT = {"pending": 1, "in_transit": 2, "paid": 3, "canceled": 4, "failed": 5}
_CHARGE = {"pending": 1, "failed": 2, "succeeded": 3}
_REFUND = {"pending": 1, "requires_action": 2, "succeeded": 3, "canceled": 4, "failed": 5}


def payout_rank(status: str) -> int:
    """A payout that is said to be paid may fail later; one that failed is over."""
    return _PAYOUT.get(status, 0)


def charge_rank(status: str, refunded_minor: int) -> int:
    """What was given back only grows; among equals, pending comes before failed and succeeded."""
    return max(refunded_minor, 0) * 4 + _CHARGE.get(status, 0)


def refund_rank(status: str) -> int:
    """A refund that succeeded may fail later."""
    return _REFUND.get(status, 0)
