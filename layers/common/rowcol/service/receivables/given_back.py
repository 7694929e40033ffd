"""Follow refunds and disputes: what of a charge went back, and disputes that somebody answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rowcol.domain.calendar import local_date
from rowcol.domain.link import Link
from rowcol.domain.receivables.given_back import Back, GivenBack
from rowcol.domain.receivables.objects import Dispute, DisputeState, dispute_of, refund_of
from rowcol.domain.receivables.told import Field, ObjectKind, StripeObject, object_id
from rowcol.domain.scope import Scope, key_of
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.receivables.payouts import STRIPE
from rowcol.service.tray import close_item, open_item

LINK = "https://dashboard.stripe.com/disputes"
# Money of these is with the customer's bank; of a warning it is not.
_HOLDS_NO_MONEY = frozenset({
    "won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed",
})  # fmt: skip
_NEVER_CAME = frozenset({"failed", "canceled"})


def follow_given_back(
    environment: Environment, scope: Scope, names: Iterable[str]
) -> frozenset[str]:
    """Bring what charges gave back up to date after words on these refunds and disputes, by our
    ids; Stripe's ids of the charges, which the caller follows.
    """
    charges: set[str] = set()

    def prepare(change: Change, part: Sequence[str]) -> None:
        change.load(StripeObject, part)
        change.load(Link, [_link_id(name) for name in part])

    def one(change: Change, name: str) -> bool:
        charges.update(found := _follow(change, name))
        return bool(found)

    in_parts(environment, scope, STRIPE, sorted(set(names)), one, prepare=prepare)
    return frozenset(charges)


def _link_id(name: str) -> str:
    """From a refund or dispute to its charge: words that are taken back name it no more."""
    return key_of("stripe-back", name)


def _follow(change: Change, name: str) -> set[str]:
    heard = change.get(StripeObject, name)
    if heard is None:
        return set()
    part, here = None, None
    if not heard.is_gone:
        part, here = _part(heard), heard.told.get(Field.CHARGE)
    link = change.get(Link, _link_id(name)) or Link(_link_id(name), 0, "")
    for charge_id in {here, link.bill_id} - {None, ""}:
        _move(change, str(charge_id), name, part if charge_id == here else None)
    if (here or "") != link.bill_id:
        change.put(replace(link, bill_id=here or ""))
    if heard.type is ObjectKind.DISPUTE:
        _tell(change, name, None if heard.is_gone else dispute_of(heard))
    return {str(charge_id) for charge_id in (here, link.bill_id) if charge_id}


def _part(heard: StripeObject) -> Back | None:
    """What went back; None for a dispute that holds no money, and while no amount is known."""
    if heard.type is ObjectKind.DISPUTE:
        dispute = dispute_of(heard)
        if dispute is None or dispute.status in _HOLDS_NO_MONEY:
            return None
        return Back(heard.id, dispute.amount, dispute.created_at.date(), is_dispute=True)
    refund = refund_of(heard)
    if refund is None:
        return None
    never_came = refund.status in _NEVER_CAME
    return Back(heard.id, refund.amount, refund.created_at.date(), failed=never_came)


def _move(change: Change, charge_id: str, name: str, part: Back | None) -> None:
    key = object_id(ObjectKind.CHARGE, charge_id)
    known = change.get(GivenBack, key) or GivenBack(key, 0)
    after = known.with_part(part) if part is not None else known.without(name)
    if after.parts != known.parts:
        change.put(after)


def _tell(change: Change, name: str, dispute: Dispute | None) -> None:
    if dispute is None:
        close_item(change, name, "dispute_open", "nothing tells of the dispute any more")
        return
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
