"""Stage a bill and undo it: its money is earmarked in the same write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain.bill import (
    Bill,
    Decision,
    DecisionState,
)
from rowcol.domain.calendar import local_date
from rowcol.domain.facts import RailState
from rowcol.domain.link import Link
from rowcol.domain.money import Money
from rowcol.domain.payable import payable_of
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.reserve import ReserveState
from rowcol.service.blocking_tray import tray_refusal
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.reserves import cover, end_reserve, open_reserve
from rowcol.service.staging_rules import requirements_at_staging
from rowcol.service.wishes import RAMP_LINK, Outcome

UNDECIDED = frozenset(
    {DecisionState.STAGED, DecisionState.AWAITING_SECOND_PERSON, DecisionState.OVERDUE}
)
DECIDED = frozenset({DecisionState.CHECKING, DecisionState.QUEUED})


def stage(environment: Environment, change: Change, bill_id: str) -> Outcome | Refusal:
    """Earmark an approved, open bill for decision; its reserve opens in the same write.

    What the client's rules demand of it now is kept with the decision.
    """
    bill = change.get(Bill, bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    problem = _not_stageable(change, bill) or tray_refusal(change, bill)
    if problem is not None:
        return problem
    demanded = requirements_at_staging(change, bill)
    if isinstance(demanded, Refusal):
        return demanded
    decision = Decision(
        environment.surroundings.ids.new("dec"),
        DecisionState.STAGED,
        change.actor.id,
        change.now,
        requirements=demanded,
        staged_hands=change.actor.hands,
        staged_for=payable_of(bill.rail),
    )
    needed_on = _needed_on(change, bill)
    bill = open_reserve(change, replace(bill, decision=decision), needed_on, observed=False)
    bill = cover(change, bill)
    change.put(Link(decision.id, 0, bill.id))
    change.put(bill)
    change.state("bill.staged", bill=bill)
    return Outcome(bill)


def _needed_on(change: Change, bill: Bill) -> date:
    """When the money goes if nobody decides: on the day Ramp carries, else when it is due."""
    planned = bill.rail.payment.planned_on if bill.rail.payment is not None else None
    if planned is not None and going_to_pay(bill.rail):
        return planned
    assert bill.rail.due_on is not None  # _not_stageable refuses without one
    return max(bill.rail.due_on, local_date(change.now, change.client.zone))


def _not_stageable(change: Change, bill: Bill) -> Refusal | None:
    rail = bill.rail
    if bill.live_payment_id is not None:
        return Refusal(
            Code.LIVE_PAYMENT_EXISTS,
            "the bill has a live payment",
            {"payment": bill.live_payment_id},
        )
    if bill.decision is not None and bill.decision.state in UNDECIDED | DECIDED:
        return Refusal(
            Code.ALREADY_STAGED,
            f"the bill is {bill.decision.state.value}",
            {"decision": bill.decision.id},
        )
    if not rail.approved:
        return Refusal(
            Code.BILL_NOT_APPROVED,
            f"the bill is {rail.raw_state} in Ramp; only people approve bills, in Ramp",
            link=RAMP_LINK,
        )
    if not bill.is_open or rail.state is RailState.PROCESSING:
        return Refusal(
            Code.BILL_NOT_OPEN, f"the bill is {rail.raw_state} in Ramp", {"state": rail.raw_state}
        )
    if rail.due_on is None or not rail.vendor_id:
        missing = "due date" if rail.due_on is None else "vendor"
        return Refusal(
            Code.BILL_INCOMPLETE, f"the bill has no {missing}", {"missing": missing}, link=RAMP_LINK
        )
    if bill.amount.currency != change.client.currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"the bill is in {bill.amount.currency}, "
            f"the client's books are in {change.client.currency}",
        )
    if bill.amount <= Money.zero(bill.amount.currency):
        return Refusal(
            Code.BILL_INCOMPLETE, "the bill's amount is not above zero", {"amount": bill.amount}
        )
    return None


def unstage(change: Change, bill_id: str) -> Outcome | Refusal:
    """Undo a staging not decided yet; the reserve ends, or is *observed* when Ramp has a date."""
    bill = change.get(Bill, bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    if bill.decision is None or bill.decision.state not in UNDECIDED:
        return Refusal(Code.NOT_STAGED, "the bill is not staged, or already decided")
    bill = give_back(
        change,
        replace(bill, decision=replace(bill.decision, state=DecisionState.WITHDRAWN), due=None),
    )
    change.put(bill)
    change.state("bill.unstaged", bill=bill)
    return Outcome(bill)


def give_back(change: Change, bill: Bill) -> Bill:
    """End the reserve, or keep it as *observed* when Ramp pays the bill anyway, or has paid it."""
    held = bill.open_reserve
    if held is not None and (going_to_pay(bill.rail) or bill.rail.state is RailState.PAID):
        return replace(bill, reserve=replace(held, observed=True))
    return end_reserve(change, bill, ReserveState.RELEASED, "withdrawn")
