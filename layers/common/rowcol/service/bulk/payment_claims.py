"""How a batch keeps the payments it was asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.service.bulk.verb import NO_PAYMENT, Claims
from rowcol.service.change import Change
from rowcol.service.claims import claimed_elsewhere
from rowcol.service.environment import Environment

Reserve = Callable[[Change, Payment], "Refusal | None"]
GiveBack = Callable[[Change, Payment], None]


def nothing_to_reserve(_change: Change, _payment: Payment) -> Refusal | None:
    """Claiming the payment is enough."""
    return None


def nothing_to_give_back(_change: Change, _payment: Payment) -> None:
    """Claiming the payment was enough."""


def payment_claims(
    reserve: Reserve = nothing_to_reserve, give_back: GiveBack = nothing_to_give_back
) -> Claims:
    """Claims on payments; `reserve` takes what others could use up, `give_back` returns it.

    The plan takes it anew, so that taking over is letting go.
    """

    def take(_environment: Environment, change: Change, payment_id: str) -> Refusal | None:
        payment = change.get(Payment, payment_id)
        if payment is None:
            return NO_PAYMENT
        against = claimed_elsewhere(change, (payment,)) or reserve(change, payment)
        if against is None:
            change.put(replace(payment, batch_id=change.batch_id))
        return against

    def let_go(change: Change, payment_id: str) -> None:
        payment = change.get(Payment, payment_id)
        if payment is not None and payment.batch_id == change.batch_id:
            give_back(change, payment)
            change.put(replace(payment, batch_id=None))

    return Claims(take, let_go, let_go)
