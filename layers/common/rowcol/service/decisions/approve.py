"""The second person's word on a decision: yes makes the payment, no ends the decision."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, Decision, DecisionAction, DecisionState
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.payable import payable_of
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.decide import REASON_LENGTH_MAX, Decide, ready_payment
from rowcol.service.decisions.finding import find_decided
from rowcol.service.decisions.paying import pay
from rowcol.service.decisions.second_person import alone, completes, first_stands, not_the_second
from rowcol.service.environment import Environment
from rowcol.service.stage import give_back
from rowcol.service.wishes import Outcome


def approve(environment: Environment, change: Change, decision_id: str) -> Outcome | Refusal:
    """Say the last yes: everything is checked again as it is now, then the payment is made.

    Refused: `not_found`, `wrong_state`, `same_person`, `second_person_required` for a machine,
    `forbidden` when who decided has lost the right to, `bill_changed` when it is another amount
    than was decided, and what `decide` refuses.
    """
    found = _waiting(change, decision_id)
    if isinstance(found, Refusal):
        return found
    bill, decision = found
    assert decision.action is not None  # it was decided by whom the next line names
    assert decision.decided_by is not None
    refused = not_the_second(change, bill, decision) or first_stands(
        environment, change, decision.decided_by, Permission.DECIDE
    )
    if refused is not None:
        return refused
    if not completes(environment, change, decision):
        return alone(change, bill, decision)
    if decision.amount != bill.amount:
        return Refusal(
            Code.BILL_CHANGED,
            f"the bill is {bill.amount} now; {decision.amount} was decided",
            {"decided": decision.amount, "amount": bill.amount},
            remedy="take the decision back, or change it: then it is decided on the new amount",
        )
    decided, found_now = decision.decided_for, payable_of(bill.rail)
    if decided is not None and decided.differs(found_now):
        return Refusal(
            Code.BILL_CHANGED,
            "whom the bill pays changed since it was decided",
            {"decided": decided, "found": found_now},
            remedy="take the decision back, or change it: then it is decided on the bill as it is",
        )
    later, today = decision.action is DecisionAction.SCHEDULE, local_date(change.now, BANK_ZONE)
    if not later and decision.pay_on is not None and decision.pay_on < today:
        return Refusal(
            Code.DATE_PAST,
            f"it was to be paid on {decision.pay_on}; that day is over",
            {"date": decision.pay_on, "today": today},
            remedy="decide it anew",
        )
    wish = Decide(bill.id, decision.action, decision.pay_on if later else None)
    payment = ready_payment(environment, change, bill, wish, decision.decided_by)
    if isinstance(payment, Refusal):
        return payment
    actor = change.actor
    decision = replace(
        decision,
        pay_on=payment.pay_on,
        approved_by=actor.id,
        approved_hands=actor.hands,
        approved_at=change.now,
        authenticated_at=actor.authenticated_at,
    )
    return pay(environment, change, change.get(Bill, bill.id) or bill, decision, payment)


def refuse(change: Change, decision_id: str, reason: str) -> Outcome | Refusal:
    """Say no: the decision ends, its reserve is given back, the bill may be staged again.

    Refused: `not_found`, `wrong_state`, `invalid_input` without a reason, `same_person` for who
    decided: they take it back instead.
    """
    found = _waiting(change, decision_id)
    if isinstance(found, Refusal):
        return found
    bill, decision = found
    if not reason.strip():
        return Refusal(Code.INVALID_INPUT, "a no needs a reason", {"field": "reason"})
    if change.actor.hands == (decision.decided_hands or decision.decided_by):
        return Refusal(
            Code.SAME_PERSON,
            "who decided it does not refuse it",
            {"decided_by": decision.decided_by},
            remedy="take the decision back",
        )
    ended = replace(
        decision,
        state=DecisionState.REFUSED,
        refused_because=reason.strip()[:REASON_LENGTH_MAX],
        approved_by=change.actor.id,
        approved_hands=change.actor.hands,
        approved_at=change.now,
    )
    bill = give_back(change, replace(bill, decision=ended, due=None))
    change.put(bill)
    change.state("decision.not_approved", bill=bill)
    return Outcome(bill)


def _waiting(change: Change, decision_id: str) -> tuple[Bill, Decision] | Refusal:
    found = find_decided(change, decision_id)
    if isinstance(found, Refusal):
        return found
    state = found[1].state
    if state is not DecisionState.AWAITING_SECOND_PERSON:
        return Refusal(
            Code.WRONG_STATE,
            f"the decision is {state.value}; it waits for no second person",
            {"state": state.value},
        )
    return found
