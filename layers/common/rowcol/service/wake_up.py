"""When a delayed bill wakes, and what happens then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from rowcol.domain.bill import Bill, DecisionAction, DecisionState
from rowcol.domain.calendar import at_local, local_date
from rowcol.service.change import Change
from rowcol.service.reserves import cover, open_reserve

WAKE_TIME = time(6, 0)


def wake_at(bill: Bill, zone: str) -> datetime | None:
    """The instant at which a delayed bill wants a new decision, or None when it is not delayed."""
    decision = bill.decision
    if decision is None or decision.delay is None or decision.state is not DecisionState.QUEUED:
        return None
    return at_local(decision.delay.until, WAKE_TIME, zone)


def wake(change: Change, bill: Bill) -> None:
    """The delay is over: the decision is overdue, and the bill's money is earmarked again."""
    decision = bill.decision
    if (
        decision is None
        or decision.action is not DecisionAction.DELAY
        or decision.state is not DecisionState.QUEUED
    ):
        change.put(replace(bill, due=None))
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
