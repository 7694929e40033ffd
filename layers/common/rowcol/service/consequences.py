"""What follows from a changed payment or tray item, in the same write, whoever changed it.

Limit usage and journal entries are differences of what a payment was and what it is, a bill's kinds
of items of what the tray was: a use case that moves one cannot forget them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.service.claims import claimed_elsewhere, settle_undone
from rowcol.service.commit_rules import room
from rowcol.service.limit_usage import bills_put, grows, usage_moves
from rowcol.service.limits import people_within_limits
from rowcol.service.payment_posting import follow_posting
from rowcol.service.tray import bills_to_remember, remember_on_bills

if TYPE_CHECKING:
    from rowcol.service.change import Change

R = TypeVar("R")


def follow(change: Change) -> Refusal | None:
    """Add to a planned change what its payments entail; a refusal when something forbids it.

    Refused: `batch_member`, and what limits refuse. Raises what its parts raise: defects.
    """
    payments = _payments(change)
    refused = claimed_elsewhere(change, payments, bills_put(change))
    refused = refused or people_within_limits(change)
    if refused is not None:
        return refused
    for payment in payments:
        follow_posting(change, payment)
    settle_undone(change, bills_put(change))
    remember_on_bills(change)
    change.counters.extend(usage_moves(change))
    return None


def follow_item(
    change: Change, payments: Sequence[Payment], bills: Sequence[Bill] = ()
) -> Refusal | None:
    """The same for one item of many, as soon as it is planned; `follow` then adds no more to it.

    Usage is added for all items together, by `follow`; `free_room` counts it already.
    """
    refused = claimed_elsewhere(change, payments, bills)
    if refused is None and any(grows(change, payment) for payment in payments):
        checks = len(change.checks)
        refused = people_within_limits(change, payments)
        del change.checks[checks:]  # `follow` adds them, once for all items
    if refused is not None:
        return refused
    for payment in payments:
        follow_posting(change, payment)
    settle_undone(change, bills)
    return None


def free_room(change: Change, *, command: bool = False) -> int:
    """How many puts and facts may still be added to a change, all that follows counted."""
    checks = len({(each.scope, each.kind, each.id) for each in change.checks})
    checks += len(change.limits.checks() if change.limits else ())
    counters = len(change.counters) + len(usage_moves(change))
    free = room(checks=checks, counters=counters, command=command)
    return free - len(change.puts) - len(change.facts) - bills_to_remember(change)


def as_put(change: Change, result: R) -> R:
    """What a plan answers; a payment with what followed from it."""
    if not isinstance(result, Payment):
        return result
    return cast(R, change.get(Payment, result.id) or result)


def _payments(change: Change) -> tuple[Payment, ...]:
    return tuple(put for put in change.puts.values() if isinstance(put, Payment))
