"""Pay now, schedule or delay a staged bill.

Checks in order, first refusal wins: state -> dates -> capability -> route -> limits -> step-up ->
guardrail (design section 4); then one person's yes is enough, or it waits for a second person.
Authentication, scope and idempotency came before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from rowcol.domain.bill import (
    Bill,
    Decision,
    DecisionAction,
    DecisionState,
    Delay,
    WishState,
)
from rowcol.domain.calendar import (
    BANK_ZONE,
    RELEASE_TIME,
    at_local,
    local_date,
)
from rowcol.domain.facts import RailState
from rowcol.domain.guardrail import covers, is_fresh
from rowcol.domain.money import Money
from rowcol.domain.payable import payable_of
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.reserve import ReserveState
from rowcol.service.allocations import paid_here
from rowcol.service.change import Change
from rowcol.service.decision_rules import (
    no_date_lever,
    not_ahead,
    not_payable_on,
)
from rowcol.service.decisions.paying import new_payment, pay
from rowcol.service.decisions.second_person import completes, needs_two
from rowcol.service.environment import Environment
from rowcol.service.limits import within_limits
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.reserves import cover, end_reserve, open_reserve
from rowcol.service.route_request import route_of_bill
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.staging_rules import requirements_at_staging
from rowcol.service.wake_up import wake_at
from rowcol.service.wishes import Outcome, ask_to_clear

REASON_LENGTH_MAX = 500
DECIDABLE = frozenset({DecisionState.STAGED, DecisionState.OVERDUE})


@dataclass(frozen=True, slots=True)
class Decide:
    """What an advisor decides about a staged bill. `amount`: what they have seen that it asks."""

    bill_id: str
    action: DecisionAction
    pay_on: date | None = None
    until: date | None = None
    reason: str | None = None
    amount: Money | None = None


def decide(environment: Environment, change: Change, wish: Decide) -> Outcome | Refusal:
    """Pay now, schedule or delay a staged bill.

    Pay now is answered before the money was looked up (202): custody checks. Where two people are
    needed and this is not the second, it waits for one: no payment is made, the reserve stays.
    """
    bill = change.get(Bill, wish.bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    if bill.decision is None or bill.decision.state not in DECIDABLE:
        state = bill.decision.state.value if bill.decision else "not staged"
        words, remedy = f"only a staged bill is decided; it is {state}", "stage it first"
        if bill.live_payment_id is not None:
            remedy = "take the decision back first, or use the payment's own commands"
        return Refusal(Code.NOT_STAGED, words, {"state": state}, remedy)
    problem = _not_decidable(change, bill, wish)
    if problem is not None or wish.action is DecisionAction.DELAY:
        return problem or _delay(environment, change, bill, wish)
    looked_at = _demanded_now(change, bill)
    if isinstance(looked_at, Refusal):
        return looked_at
    payment = ready_payment(environment, change, looked_at, wish, change.actor.id)
    if isinstance(payment, Refusal):
        return payment
    # Who took part in an earlier decision on it, a delay, did not agree to pay it.
    assert looked_at.decision is not None  # it is the staged bill
    staged = replace(looked_at.decision, delay=None, approved_by=None, approved_hands=None)
    decision = _decided(change, staged, wish.action, payment.pay_on, bill)
    bill = change.get(Bill, bill.id) or bill
    if needs_two(change, bill, decision) and not completes(environment, change, decision):
        return _await_second_person(change, bill, decision)
    return pay(environment, change, bill, decision, payment)


def _demanded_now(change: Change, bill: Bill) -> Bill | Refusal:
    """The bill with what the rules demand of it now too, if it is not the one that was staged.

    Another amount or payee is a new item for the client's rules. Refused: `staging_forbidden`.
    """
    decision = bill.decision
    assert decision is not None  # only staged bills are decided
    staged = decision.staged_for
    if staged is None or not staged.differs(payable_of(bill.rail)):
        return bill
    demanded = requirements_at_staging(change, bill)
    if isinstance(demanded, Refusal):
        return demanded
    joined = decision.requirements.joined(demanded)
    return replace(bill, decision=replace(decision, requirements=joined))


def ready_payment(
    environment: Environment, change: Change, bill: Bill, wish: Decide, decided_by: str
) -> Payment | Refusal:
    """The payment that a decision would make, every check but that of two people passed.

    `decided_by`: whose limits count beside those of who asks now.
    """
    problem = _not_decidable(change, bill, wish)
    if problem is not None:
        return problem
    release_today = wish.action is DecisionAction.PAY_NOW
    day = local_date(change.now, BANK_ZONE) if release_today else wish.pay_on
    assert day is not None  # _bad_date refuses to schedule without one
    route = route_of_bill(change.client, bill.rail, bill.amount, day, change.now)
    if isinstance(route, Refusal):
        return route
    payment = new_payment(
        environment, change, bill, day, release_today=release_today, decided_by=decided_by
    )
    payment = replace(payment, route=route)
    refused = within_limits(environment, change, payment) or _factor_too_old(change, bill)
    if refused is None and release_today:
        refused = _cannot_afford(change, bill)
    return refused or payment


def _not_decidable(change: Change, bill: Bill, wish: Decide) -> Refusal | None:
    if bill.live_payment_id is not None:
        return Refusal(
            Code.LIVE_PAYMENT_EXISTS,
            "the bill has a live payment",
            {"payment": bill.live_payment_id},
        )
    if not bill.is_open or bill.rail.state is RailState.PROCESSING:
        return Refusal(
            Code.BILL_NOT_OPEN,
            f"the bill is {bill.rail.raw_state} in Ramp",
            {"state": bill.rail.raw_state},
        )
    if bill.command is not None and bill.command.is_open:
        return Refusal(
            Code.OUTCOME_UNKNOWN,
            "an earlier command to Ramp has no answer yet; it is being asked again",
        )
    if wish.amount is not None and wish.amount != bill.amount:
        return Refusal(
            Code.BILL_CHANGED,
            f"the bill is {bill.amount} now; who decides has seen {wish.amount}",
            {"asked": wish.amount, "amount": bill.amount},
            remedy="look at the bill as it is now, then decide it",
        )
    if wish.action is not DecisionAction.DELAY and (paid := paid_here(change, bill)) is not None:
        return paid
    bad_date = _bad_date(change, wish)
    if bad_date is not None:
        return bad_date
    return no_date_lever(change)


def _factor_too_old(change: Change, bill: Bill) -> Refusal | None:
    """The second factor that the client's rules ask for, beside that of limits."""
    decision = bill.decision
    if decision is None or not decision.requirements.step_up:
        return None
    numbers = {"rules": decision.requirements.because, "asked": bill.amount}
    return second_factor_refusal(change.actor, change.now, "this bill", numbers=numbers)


def _decided(
    change: Change,
    decision: Decision,
    action: DecisionAction,
    pay_on: date | None,
    bill: Bill,
) -> Decision:
    """The decision with who takes it now, and what it is about."""
    actor = change.actor
    return replace(
        decision,
        action=action,
        pay_on=pay_on,
        decided_by=actor.id,
        decided_hands=actor.hands,
        decided_at=change.now,
        authenticated_at=actor.authenticated_at,
        amount=bill.amount,
        decided_for=payable_of(bill.rail),
    )


def _await_second_person(change: Change, bill: Bill, decision: Decision) -> Outcome:
    """Another person has the last word. Its money stays earmarked until it is overdue."""
    assert decision.pay_on is not None  # a delay never waits for a second person
    waiting = replace(decision, state=DecisionState.AWAITING_SECOND_PERSON)
    bill = replace(bill, decision=waiting)
    bill = replace(bill, due=wake_at(bill, change.client.zone))
    bill = open_reserve(change, bill, decision.pay_on, observed=False)
    change.put(bill)
    change.state("decision.awaiting_second_person", bill=bill)
    return Outcome(bill)


def _bad_date(change: Change, wish: Decide) -> Refusal | None:
    if wish.action is DecisionAction.PAY_NOW:
        return None
    day = wish.pay_on if wish.action is DecisionAction.SCHEDULE else wish.until
    if day is None:
        return Refusal(
            Code.INVALID_INPUT,
            "a date is needed",
            {"field": "pay_on" if wish.action is DecisionAction.SCHEDULE else "until"},
        )
    if wish.action is DecisionAction.DELAY and not (wish.reason and wish.reason.strip()):
        return Refusal(Code.INVALID_INPUT, "a delay needs a reason", {"field": "reason"})
    return (
        not_ahead(change, day)
        if wish.action is DecisionAction.DELAY
        else not_payable_on(change, day)
    )


def _cannot_afford(change: Change, bill: Bill) -> Refusal | None:
    """Refuse at once what a fresh balance forbids; a stale one is asked for, not decided on."""
    if not change.client.guardrail.enabled or not is_fresh(
        change.client, change.head.balance, change.now
    ):
        return None
    covered = cover(change, bill)
    if covered is not bill:
        change.put(covered)
    held = covered.open_reserve
    if held is not None and not held.covered:
        result = covers(change.client, change.head, held.amount, change.now)
        return result if isinstance(result, Refusal) else None
    return None


def _delay(environment: Environment, change: Change, bill: Bill, wish: Decide) -> Outcome:
    assert bill.decision is not None  # only staged bills come here
    assert wish.until is not None  # _bad_date refuses without
    assert wish.reason is not None  # and this
    carries_date = going_to_pay(bill.rail)
    rail = WishState.ASKED if carries_date else WishState.CONFIRMED
    decided = _decided(change, bill.decision, DecisionAction.DELAY, None, bill)
    delay = Delay(wish.until, wish.reason.strip()[:REASON_LENGTH_MAX], rail)
    decision = replace(decided, state=DecisionState.QUEUED, delay=delay)
    bill = replace(
        bill, decision=decision, due=at_local(wish.until, RELEASE_TIME, change.client.zone)
    )
    if carries_date:
        bill = ask_to_clear(environment, change, bill)
    else:
        bill = end_reserve(change, bill, ReserveState.RELEASED, "delayed")
    change.put(bill)
    change.state("decision.delayed", bill=bill)
    return Outcome(bill)
