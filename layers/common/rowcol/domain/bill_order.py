"""What people ask of a bill on the rail besides its date: method, hold, lift, archive.

One order at a time for a bill. It is *asked* until the rail shows it, then *confirmed*; or
*refused*. An archive is *waiting* first, until another person approves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import Unlisted
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.payable import Payable


class OrderKind(StrEnum):
    """What is asked. The names are those of the rail's capabilities."""

    PAYMENT_METHOD = "payment_method"
    HOLD = "hold"
    LIFT = "lift"
    ARCHIVE = "archive"


class OrderState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN_ORDERS = frozenset({OrderState.WAITING, OrderState.ASKED})


@dataclass(frozen=True, slots=True)
class BillOrder(Unlisted):
    """The latest order of a bill; `id` is the bill's, `order_id` its own.

    `asked_for`: the bill as it was when asked, or approved. `until`: a waiting one ends then.
    `sent_at`: written before the call and still there while no answer is known. `tries`: how often
    it was sent. `code`, `detail`: why it was refused.
    """

    id: str
    version: int
    order_id: str
    kind_asked: OrderKind
    state: OrderState
    asked_by: str
    asked_hands: str
    asked_at: datetime
    asked_for: Payable
    reason: str | None = None
    method: str | None = None
    until: datetime | None = None
    approved_by: str | None = None
    approved_hands: str | None = None
    approved_at: datetime | None = None
    authenticated_at: datetime | None = None
    sent_at: datetime | None = None
    tries: int = 0
    ended_at: datetime | None = None
    code: str | None = None
    detail: str | None = None
    due: datetime | None = None

    kind = "bill_order"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at it again."""
        return self.due

    @property
    def is_open(self) -> bool:
        """Whether it waits for a person or for the rail."""
        return self.state in OPEN_ORDERS

    def is_shown_by(self, reading: RailBill) -> bool:
        """Whether the rail shows what was asked."""
        match self.kind_asked:
            case OrderKind.PAYMENT_METHOD:
                return reading.payment is not None and reading.payment.method == self.method
            case OrderKind.HOLD:
                return reading.state is RailState.ON_HOLD
            case OrderKind.LIFT:
                return reading.state not in (RailState.ON_HOLD, RailState.UNKNOWN)
            case OrderKind.ARCHIVE:
                return reading.archived
