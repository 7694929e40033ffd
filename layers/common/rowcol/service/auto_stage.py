"""Bills that a client's rules stage by themselves, in the write that records Ramp's reading.

The same `stage` as people use, in RowCol's own name. A bill is only ever taken up when nobody has
had it in hand: what a person took back stays with people.
"""

from __future__ import annotations

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.stage import stage
from rowcol.service.staging_rules import applied, rules_of

# Why a staging ended that no person took back: what `service/rail_facts.py` writes.
ENDED_BY_RAIL = "rail_"


def auto_stage(environment: Environment, change: Change, bill_id: str) -> bool:
    """Stage a bill if a rule says so that was in force when the bill was first seen approved.

    One read more for a bill that nobody has had in hand, two when the client has rules. What
    `stage` refuses is left for people, without an entry: the bill stays among those to stage, and
    trying the rules on it tells why.
    """
    bill = change.get(Bill, bill_id)
    if bill is None or bill.approved_seen_at is None or not is_untouched(bill):
        return False
    rules = rules_of(change)
    usable = rules.in_force_at(bill.approved_seen_at)
    if not usable:
        return False
    because = [name for name in applied(change, rules, bill).auto_stage if name in usable]
    if not because:
        return False
    point, actor = change.savepoint(), change.actor
    change.actor = SYSTEM
    try:
        staged = stage(environment, change, bill_id)
    finally:
        change.actor = actor
    if isinstance(staged, Refusal):
        change.roll_back(point)
        return False
    change.state("bill.staged_by_rule", bill=staged.bill, staging_rules=tuple(because))
    return True


def is_untouched(bill: Bill) -> bool:
    """Whether it is open and no person has staged, decided or taken it back, nor paid it here."""
    if not bill.is_open or bill.live_payment_id is not None or bill.payment_ids:
        return False
    decision = bill.decision
    if decision is None:
        return True
    by_rail = decision.code is not None and decision.code.startswith(ENDED_BY_RAIL)
    return decision.state is DecisionState.WITHDRAWN and by_rail
