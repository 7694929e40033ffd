"""When a delayed bill wakes, and what happens then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from rowcol.domain.bill import Bill, DecisionAction, DecisionState
from rowcol.domain.calendar import BANK_ZONE, at_local, end_of_day, local_date, release_at
from rowcol.service.change import Change
from rowcol.service.reserves import cover, open_reserve

WAKE_TIME = time(6, 0)


def wake_at(bill: Bill, zone: str) -> datetime | None:
    """When a bill wants a decision anew: its delay ends, or its day passes without a last word.

    Scheduled, it is late at the release of that day; to be paid at once, when the day is over.

    None when neither is to come.
    """
    decision = bill.decision
    if decision is None:
        return None
    if decision.state is DecisionState.QUEUED and decision.delay is not None:
        return at_local(decision.delay.until, WAKE_TIME, zone)
    if decision.state is DecisionState.AWAITING_SECOND_PERSON:
        assert decision.pay_on is not None  # a delay waits for nobody
        if decision.action is DecisionAction.SCHEDULE:
            return release_at(decision.pay_on)
        return end_of_day(decision.pay_on, BANK_ZONE)
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
