"""Journal entries that follow from a payment's change, written with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowcol.domain.payment import Payment

if TYPE_CHECKING:
    from rowcol.service.change import Change


def follow_posting(change: Change, payment: Payment) -> None:
    """Post, clear or mirror what the payment's state wants and its journal does not show yet."""
