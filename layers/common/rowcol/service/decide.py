"""Pay now, schedule or delay a staged bill.

Checks in order, first refusal wins: state -> dates -> capability -> route -> limits -> step-up ->
dual control -> guardrail (design section 4). Authentication, scope and idempotency came before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from rowcol.domain.bill import (
    Bill,
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
    release_at,
)
from rowcol.domain.facts import RailState
from rowcol.domain.guardrail import covers, is_fresh
from rowcol.domain.lifecycle import Trigger, move
from rowcol.domain.payment import Custody, Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.reserve import ReserveState
from rowcol.domain.verdict import Expectation
from rowcol.service.allocations import paid_here
from rowcol.service.change import Change
from rowcol.service.decision_rules import (
    no_date_lever,
    not_ahead,
    not_payable_on,
    same_hands,
)
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN
from rowcol.service.limits import counted_days, within_limits
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.reserves import cover, end_reserve, open_reserve
from rowcol.service.route_request import route_of_bill
from rowcol.service.wishes import Outcome, ask_to_clear

REASON_LENGTH_MAX = 500
DECIDABLE = frozenset({DecisionState.STAGED, DecisionState.OVERDUE})


@dataclass(frozen=True, slots=True)
class Decide:
    """What an advisor decides about a staged bill."""

    bill_id: str
    action: DecisionAction
    pay_on: date | None = None
    until: date | None = None
    reason: str | None = None


def decide(environment: Environment, change: Change, wish: Decide) -> Outcome | Refusal:
    """Pay now, schedule or delay a staged bill.

    Pay now is answered before the money was looked up (202): custody checks.
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
    if problem is not None:
        return problem
    if wish.action is DecisionAction.DELAY:
        return _delay(environment, change, bill, wish)
    release_today = wish.action is DecisionAction.PAY_NOW
    day = local_date(change.now, BANK_ZONE) if release_today else wish.pay_on
    assert day is not None  # _bad_date refuses to schedule without one
    route = route_of_bill(change.client, bill.rail, bill.amount, day, change.now)
    if isinstance(route, Refusal):
        return route
    payment = _new_payment(environment, change, bill, day, release_today=release_today)
    payment = replace(payment, route=route)
    refused = _not_allowed(environment, change, bill, payment)
    if refused is None and release_today:
        refused = _cannot_afford(change, bill)
    return refused or _pay(environment, change, bill, wish.action, payment)


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
    if wish.action is not DecisionAction.DELAY and (paid := paid_here(change, bill)) is not None:
        return paid
    bad_date = _bad_date(change, wish)
    if bad_date is not None:
        return bad_date
    return no_date_lever(change)


def _not_allowed(
    environment: Environment, change: Change, bill: Bill, payment: Payment
) -> Refusal | None:
    """Limits, step-up, dual control, in this order."""
    refused = within_limits(environment, change, payment)
    if refused is not None or bill.decision is None:
        return refused
    return same_hands(change, bill.amount, bill.decision.staged_by)


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


def _pay(
    environment: Environment, change: Change, bill: Bill, action: DecisionAction, payment: Payment
) -> Outcome:
    bill = change.get(Bill, bill.id) or bill
    assert bill.decision is not None  # only staged bills come here
    now_or_later = action is DecisionAction.PAY_NOW
    state = DecisionState.CHECKING if now_or_later else DecisionState.QUEUED
    decision = replace(
        bill.decision,
        state=state,
        action=action,
        pay_on=payment.pay_on,
        decided_by=change.actor.id,
        decided_at=change.now,
        payment_id=payment.id,
    )
    bill = replace(
        bill,
        decision=decision,
        live_payment_id=payment.id,
        payment_ids=(*bill.payment_ids, payment.id),
    )
    bill = open_reserve(change, bill, payment.pay_on, observed=False)
    if not now_or_later and going_to_pay(bill.rail):
        bill = ask_to_clear(environment, change, bill)
    change.put(bill)
    change.put(payment)
    change.state("payment.created", payment=payment, bill=bill)
    return Outcome(bill, payment)


def _new_payment(
    environment: Environment, change: Change, bill: Bill, day: date, *, release_today: bool
) -> Payment:
    trigger = Trigger.RELEASED_TODAY if release_today else Trigger.DECIDED_FOR_LATER
    created = move(None, trigger)
    assert bill.decision is not None  # only staged bills come here
    assert created is not None  # the table creates both
    rail = bill.rail
    source = rail.payment.source_account_id if rail.payment else None
    expectation = Expectation(
        bill.amount,
        rail.vendor_ledger_id,
        change.client.bank_account_of(source),
        change.client.ledger_bank_account_id,
        day,
    )
    return Payment(
        environment.surroundings.ids.new("pay"),
        0,
        bill.id,
        rail.vendor_id,
        rail.vendor_name,
        rail.invoice_number,
        bill.amount,
        created.target,
        Custody(Step.REFRESH_BALANCE, 1 if release_today else 0),
        expectation,
        change.now,
        change.actor.id,
        bill.decision.id,
        day,
        rail=rail,
        due=change.now + START_WITHIN if release_today else release_at(day),
        counted=counted_days(change, day) if release_today else None,
    )


def _delay(environment: Environment, change: Change, bill: Bill, wish: Decide) -> Outcome:
    assert bill.decision is not None  # only staged bills come here
    assert wish.until is not None  # _bad_date refuses without
    assert wish.reason is not None  # and this
    carries_date = going_to_pay(bill.rail)
    rail = WishState.ASKED if carries_date else WishState.CONFIRMED
    decision = replace(
        bill.decision,
        state=DecisionState.QUEUED,
        action=DecisionAction.DELAY,
        delay=Delay(wish.until, wish.reason.strip()[:REASON_LENGTH_MAX], rail),
        decided_by=change.actor.id,
        decided_at=change.now,
    )
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
