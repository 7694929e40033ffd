"""When a delayed bill wakes, and what happens then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from rowcol.domain.bill import Bill, DecisionAction, DecisionState
from rowcol.domain.calendar import at_local, local_date, release_at
from rowcol.service.change import Change
from rowcol.service.reserves import cover, open_reserve

WAKE_TIME = time(6, 0)


def wake_at(bill: Bill, zone: str) -> datetime | None:
    """When a bill wants a decision anew: its delay ends, or its day passes without a last word.

    None when neither is to come.
    """
    decision = bill.decision
    if decision is None:
        return None
    if decision.state is DecisionState.QUEUED and decision.delay is not None:
        return at_local(decision.delay.until, WAKE_TIME, zone)
    if decision.state is DecisionState.AWAITING_SECOND_PERSON:
        later = decision.action is DecisionAction.SCHEDULE and decision.pay_on is not None
        return release_at(decision.pay_on) if later and decision.pay_on else None
    return None


def wake(change: Change, bill: Bill) -> None:
    """The day came: the decision is overdue, and the bill's money is earmarked again."""
    decision = bill.decision
    due = wake_at(bill, change.client.zone)
    if decision is None or due is None or due > change.now:
        change.put(replace(bill, due=due))
        change.state("bill.due_cleared", bill=change.get(Bill, bill.id))
        return
    woken = replace(bill, decision=replace(decision, state=DecisionState.OVERDUE), due=None)
    if bill.is_open:
        woken = cover(
            change,
            open_reserve(change, woken, local_date(change.now, change.client.zone), observed=False),
        )
    change.put(woken)
    change.state("decision.overdue", bill=woken)
