"""What a batch has claimed: nobody else commands it until the batch is done or lets it go.

What a rail reports is recorded all the same; the batch looks at every item again when it commits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind
from rowcol.service.tray import close_item

if TYPE_CHECKING:
    from rowcol.service.change import Change

PEOPLE = frozenset({ActorKind.PERSON, ActorKind.MACHINE})
UNDONE = "batch_undone"
"""The tray item of a bill that a batch had promised to decide, and could not."""
_TAKEN = frozenset(
    {
        DecisionState.CHECKING,
        DecisionState.QUEUED,
        DecisionState.AWAITING_SECOND_PERSON,
        DecisionState.RELEASED,
    }
)


def claimed_elsewhere(
    change: Change, payments: Iterable[Payment], bills: Iterable[Bill] = ()
) -> Refusal | None:
    """`batch_member` when a person's command would change what another batch has claimed."""
    if change.actor.kind not in PEOPLE:
        return None
    for payment in payments:
        before = change.before(Payment, payment.id)
        if before is not None and before.batch_id not in (None, change.batch_id):
            return _at_work("payment", payment.id, before.batch_id)
    for bill in bills:
        known = change.before(Bill, bill.id)
        claim = known.claim if known is not None else None
        if claim is not None and claim.batch_id != change.batch_id:
            return _at_work("bill", bill.id, claim.batch_id)
    return None


def _at_work(what: str, name: str, batch_id: str | None) -> Refusal:
    return Refusal(
        Code.BATCH_MEMBER,
        f"a batch is at work on this {what}",
        {f"{what}_id": name, "batch_id": batch_id},
        remedy="wait until the batch is done, or cancel it",
    )


def settle_undone(change: Change, bills: Iterable[Bill]) -> None:
    """Close the tray item of a bill that is decided now, or that has closed on the rail."""
    for bill in bills:
        known = change.before(Bill, bill.id)
        if bill.undone is None or known is None or known.undone is None:
            continue  # nothing is told of it, or just now by this very change
        was_open = not known.is_closed
        if bill.decision is not None and bill.decision.state in _TAKEN:
            close_item(change, f"bill-{bill.id}", UNDONE, "it was decided since")
        elif bill.is_closed and was_open:
            close_item(change, f"bill-{bill.id}", UNDONE, "nothing is to be paid any more")
