"""Make the payment of a decision: the bill, its reserve and the payment change in one write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain.bill import Bill, Decision, DecisionAction, DecisionState
from rowcol.domain.calendar import release_at
from rowcol.domain.lifecycle import Trigger, move
from rowcol.domain.payment import Custody, Payment, Step
from rowcol.domain.verdict import Expectation
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN
from rowcol.service.limits import counted_days
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.reserves import open_reserve
from rowcol.service.wishes import Outcome, ask_to_clear


def pay(
    environment: Environment, change: Change, bill: Bill, decision: Decision, payment: Payment
) -> Outcome:
    """Put the payment of a decision that needs nobody's yes any more.

    A date that Ramp carries is asked to be cleared unless it is paid at once.
    """
    now = decision.action is DecisionAction.PAY_NOW
    decision = replace(
        decision,
        state=DecisionState.CHECKING if now else DecisionState.QUEUED,
        payment_id=payment.id,
    )
    bill = replace(
        bill,
        decision=decision,
        live_payment_id=payment.id,
        payment_ids=(*bill.payment_ids, payment.id),
        due=None,
    )
    bill = open_reserve(change, bill, payment.pay_on, observed=False)
    if not now and going_to_pay(bill.rail):
        bill = ask_to_clear(environment, change, bill)
    change.put(bill)
    change.put(payment)
    change.state("payment.created", payment=payment, bill=bill)
    return Outcome(bill, payment)


def new_payment(
    environment: Environment,
    change: Change,
    bill: Bill,
    day: date,
    *,
    release_today: bool,
    decided_by: str,
) -> Payment:
    """The payment of a staged bill for a day, not put yet; `release_today`: checked at once."""
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
        decided_by,
        bill.decision.id,
        day,
        rail=rail,
        due=change.now + START_WITHIN if release_today else release_at(day),
        counted=counted_days(change, day) if release_today else None,
        created_hands=_hands(change, bill.decision, decided_by),
    )


def _hands(change: Change, decision: Decision, decided_by: str) -> str | None:
    """Who answers for the machine that decided; None for a person."""
    mine = decided_by == change.actor.id
    hands = change.actor.hands if mine else decision.decided_hands
    return hands if hands != decided_by else None
