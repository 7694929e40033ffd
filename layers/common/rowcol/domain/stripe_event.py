"""An event of Stripe as a fact of its own: kept when the inbox has forgotten the delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.plain import instant_text


@dataclass(frozen=True, slots=True)
class StripeEvent(NeverDue):
    """The aggregate: what one snapshot told, without anybody's name, address or card.

    `id` is made of Stripe's `event_id`: each event is kept once. `amounts_minor` by Stripe's own
    field name, integers of `currency`. `references` are ids of other objects by what they are
    (charge, payment_intent, invoice, payout, refund, dispute, balance_transaction). `status` is
    Stripe's text. `is_known` False: a type that nobody has looked at yet.
    """

    id: str
    version: int
    event_id: str
    type: str
    occurred_at: datetime
    received_at: datetime
    livemode: bool
    is_known: bool = True
    account: str = ""
    object_type: str | None = None
    object_id: str | None = None
    status: str | None = None
    currency: str | None = None
    amounts_minor: Mapping[str, int] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)

    kind = "stripe_event"

    @property
    def list_key(self) -> str | None:
        """By the instant that Stripe gives it; deliveries come in any order."""
        return f"{instant_text(self.occurred_at)}#{self.id}"
