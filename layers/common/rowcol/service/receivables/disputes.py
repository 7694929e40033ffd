"""Follow disputes: somebody must answer by a day, and the charge's money is gone meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rowcol.domain.calendar import local_date
from rowcol.domain.link import Link
from rowcol.domain.receivables.objects import Dispute, DisputeState, dispute_of
from rowcol.domain.receivables.told import ObjectKind, StripeObject, object_id
from rowcol.domain.scope import Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.receivables.charges import dispute_link, follow_charges
from rowcol.service.receivables.payouts import STRIPE
from rowcol.service.tray import close_item, open_item

LINK = "https://dashboard.stripe.com/disputes"
DISPUTES_PER_WRITE = 15
# Money of these is with the customer's bank; of a warning it is not.
_HOLDS_NO_MONEY = frozenset({
    "won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed",
})  # fmt: skip


def follow_disputes(environment: Environment, scope: Scope, stripe_ids: Iterable[str]) -> int:
    """Bring disputes, and the charges that they are about, up to date; how many were looked at."""
    wanted = list(dict.fromkeys(object_id(ObjectKind.DISPUTE, name) for name in stripe_ids))
    charges: set[str] = set()
    for start in range(0, len(wanted), DISPUTES_PER_WRITE):
        part = wanted[start : start + DISPUTES_PER_WRITE]

        def plan(change: Change, names: Sequence[str] = part) -> tuple[str, ...]:
            change.load(StripeObject, names)
            found = [_follow(change, name) for name in names]
            return tuple(name for name in found if name is not None)

        moved = transact(environment.store, environment.surroundings, scope, STRIPE, plan)
        charges |= set(moved) if isinstance(moved, tuple) else set()
    follow_charges(environment, scope, sorted(charges))
    return len(wanted)


def _follow(change: Change, name: str) -> str | None:
    """The charge that the dispute is about, if it is known."""
    heard = change.get(StripeObject, name)
    dispute = dispute_of(heard) if heard is not None and not heard.is_gone else None
    if dispute is None:
        close_item(change, name, "dispute_open", "nothing tells of the dispute any more")
        return None
    _tell(change, name, dispute)
    if dispute.charge_id is not None:
        _hold(change, name, dispute, dispute.charge_id)
    return dispute.charge_id


def _hold(change: Change, name: str, dispute: Dispute, charge_id: str) -> None:
    link_id = dispute_link(charge_id)
    link = change.get(Link, link_id) or Link(link_id, 0, "")
    holds = dispute.status not in _HOLDS_NO_MONEY
    if holds and not link.is_claimed:
        change.put(replace(link, bill_id=name))
    elif not holds and link.bill_id == name:
        change.put(link.freed)


def _tell(change: Change, name: str, dispute: Dispute) -> None:
    if dispute.state is DisputeState.OVER:
        close_item(change, name, "dispute_open", f"the dispute is over: {dispute.status}")
        return
    due_on = local_date(dispute.due_at, change.client.zone) if dispute.due_at else None
    is_ours = dispute.state is not DisputeState.UNDER_REVIEW
    until = f" until {due_on}" if due_on is not None else ""
    because = f" ({dispute.reason})" if dispute.reason else ""
    open_item(
        change, name, "dispute_open",
        f"A customer disputes {dispute.amount}{because}",
        expected=f"evidence{until}" if is_ours else "the bank's decision",
        found=dispute.status or "Stripe's report shows that the money was taken",
        link=LINK, amount=dispute.amount, due_on=due_on if is_ours else None,
    )  # fmt: skip
