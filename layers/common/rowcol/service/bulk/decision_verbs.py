"""The verbs of decisions: staging where it is still to be done and deciding; the second yes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from rowcol.domain.allocation import Allocated, AllocationTarget, allocated_id
from rowcol.domain.bill import ENDED_DECISIONS, Bill
from rowcol.domain.link import Link
from rowcol.domain.permission import Permission
from rowcol.domain.plain import canonical, from_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.vendor import Vendor, vendor_id
from rowcol.service.blocking_tray import BLOCKING
from rowcol.service.bulk.bill_claims import bill_claims
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Change
from rowcol.service.decide import REASON_LENGTH_MAX, Decide, decide
from rowcol.service.decisions.approve import approve
from rowcol.service.environment import Environment
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome

ID_CHARACTERS_MAX = 65
"""One more than an id may have: what was cut is still no id."""
NO_BILL = Refusal(Code.NOT_FOUND, "no such bill")
NO_DECISION = Refusal(Code.NOT_FOUND, "no such decision")


def decision_item(wish: Decide) -> str:
    """A decision as a batch keeps it; what no decision would keep is cut off."""
    reason = wish.reason.strip()[:REASON_LENGTH_MAX] if wish.reason is not None else None
    return canonical(replace(wish, bill_id=wish.bill_id[:ID_CHARACTERS_MAX], reason=reason))


def wish_of(item: str) -> Decide:
    """What `decision_item` wrote. Raises PlainError for anything else."""
    return from_plain(Decide, json.loads(item))


def stage_and_decide(environment: Environment, change: Change, item: str) -> Outcome | Refusal:
    """Decide a bill; one that is not staged is staged first, in the same write."""
    wish = wish_of(item)
    bill = change.get(Bill, wish.bill_id)
    if bill is not None and _is_to_stage(bill):
        refused = _may_not_stage(change)
        if refused is not None:
            return refused
        staged = stage(environment, change, bill.id)
        if isinstance(staged, Refusal):
            return staged
    return decide(environment, change, wish)


def _is_to_stage(bill: Bill) -> bool:
    if bill.live_payment_id is not None:
        return False
    return bill.decision is None or bill.decision.state in ENDED_DECISIONS


def _may_not_stage(change: Change) -> Refusal | None:
    rights = change.rights
    return None if rights is None else rights.refusal(change.scope.client, Permission.STAGE)


def _bill_of_wish(_change: Change, item: str) -> str | None:
    name = wish_of(item).bill_id
    return name if valid_id(name) else None


def _bill_of_decision(change: Change, decision_id: str) -> str | None:
    link = change.get(Link, decision_id) if valid_id(decision_id) else None
    return link.bill_id if link is not None else None


def _named(item: str) -> str | None:
    return wish_of(item).bill_id


def _bills_of_wishes(change: Change, items: Sequence[str]) -> None:
    _read_bills(change, [name for item in items if valid_id(name := wish_of(item).bill_id)])


def _bills_of_decisions(change: Change, items: Sequence[str]) -> None:
    change.load(Link, [item for item in items if valid_id(item)])
    found = (_bill_of_decision(change, item) for item in items)
    _read_bills(change, [name for name in found if name is not None])


def _read_bills(change: Change, bills: Sequence[str]) -> None:
    """With what else the checks of their decisions look up."""
    change.load(Bill, bills)
    change.load(Allocated, [allocated_id(AllocationTarget.BILL, name) for name in bills])
    to_stage = [
        bill
        for name in bills
        if (bill := change.get(Bill, name)) is not None and _is_to_stage(bill)
    ]
    asked = [(bill.id, kind) for bill in to_stage for kind in BLOCKING]
    asked += [(name, "amount") for name in bills]
    change.load(TrayItem, dict.fromkeys(tray_id(f"bill-{name}", kind) for name, kind in asked))
    vendors = (bill.rail.vendor_id for bill in to_stage)
    change.load(Vendor, dict.fromkeys(vendor_id(name) for name in vendors if name))


DECIDE = Verb(
    "decide",
    Permission.DECIDE,
    stage_and_decide,
    _bills_of_wishes,
    named=_named,
    unknown=NO_BILL,
    claims=bill_claims(stage_and_decide, _bill_of_wish),
)
APPROVE = Verb(
    "approve",
    Permission.DECIDE,
    approve,
    _bills_of_decisions,
    unknown=NO_DECISION,
    claims=bill_claims(approve, _bill_of_decision),
)
