"""Payments that a batch has claimed: nobody else commands them until it is done or lets them go.

What a rail reports is recorded all the same; the batch looks at every item again when it commits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind

if TYPE_CHECKING:
    from rowcol.service.change import Change

PEOPLE = frozenset({ActorKind.PERSON, ActorKind.MACHINE})


def claimed_elsewhere(change: Change, payments: Iterable[Payment]) -> Refusal | None:
    """`batch_member` when a person's command would change what another batch has claimed."""
    if change.actor.kind not in PEOPLE:
        return None
    for payment in payments:
        before = change.before(Payment, payment.id)
        if before is not None and before.batch_id not in (None, change.batch_id):
            return Refusal(
                Code.BATCH_MEMBER,
                "a batch is at work on this payment",
                {"payment_id": payment.id, "batch_id": before.batch_id},
                remedy="wait until the batch is done, or cancel it",
            )
    return None
