"""Lift a hold that only waited for cash: the checks of a release, then a new custody."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import time

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import BANK_ZONE, at_local, local_date
from rowcol.domain.guardrail import may_release
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.balances import refresh_balance
from rowcol.service.change import Change, transact
from rowcol.service.custody import on_account
from rowcol.service.environment import Environment
from rowcol.service.hold import LIFTABLE, LOOKED_AT_AGAIN, START_WITHIN, must_move, restarted
from rowcol.service.ports import RailError
from rowcol.service.rail_facts import refresh_bill
from rowcol.service.reserves import cover
from rowcol.service.tray import close_item

logger = logging.getLogger(__name__)
RELEASE_TIME = time(6)


def try_lift(environment: Environment, scope: Scope, payment_id: str) -> bool:
    """Whether the hold could be lifted; if not, it is looked at again later.

    The balance is refreshed and the bill read first: a rail that does not answer lifts nothing.
    """
    if not _rails_answer(environment, scope, payment_id):
        _later(environment, scope, payment_id)
        return False

    def plan(change: Change) -> bool:
        payment = change.get(Payment, payment_id)
        if payment is None or payment.hold is None or payment.hold.kind not in LIFTABLE:
            return False
        bill = change.get(Bill, payment.rail_bill_id)
        if bill is None or not _affordable(change, payment, bill):
            return False
        _lift(change, payment)
        return True

    lifted = transact(environment.store, environment.surroundings, scope, SYSTEM, plan) is True
    if not lifted:
        _later(environment, scope, payment_id)
    return lifted


def _rails_answer(environment: Environment, scope: Scope, payment_id: str) -> bool:
    payment = environment.store.books(scope).get(Payment, payment_id)
    if payment is None:
        return False
    try:
        refresh_balance(environment, scope)
        refresh_bill(environment, scope, payment.rail_bill_id)
    except RailError as error:
        logger.warning("hold not lifted", extra={"payment": payment_id, "detail": error.detail})
        return False
    return True


def _later(environment: Environment, scope: Scope, payment_id: str) -> None:
    """Beside the log: nothing happened but that the time to look again moved."""
    books = environment.store.books(scope)
    payment = books.get(Payment, payment_id)
    if payment is not None and payment.hold is not None and payment.hold.kind in LIFTABLE:
        books.save(replace(payment, due=environment.now() + LOOKED_AT_AGAIN))


def _affordable(change: Change, payment: Payment, bill: Bill) -> bool:
    covered = cover(change, bill)
    held = covered.open_reserve
    if held is None or (not held.covered and change.client.guardrail.enabled):
        return False
    account_id = payment.expectation.bank_account_id
    reserved = on_account(change, account_id)
    result = may_release(
        change.client, change.head, payment.amount, reserved, account_id, change.now
    )
    if isinstance(result, Refusal):
        return False
    if covered is not bill:
        change.put(covered)
        change.state("reserve.covered", bill=covered)
    return True


def _lift(change: Change, payment: Payment) -> None:
    today = local_date(change.now, BANK_ZONE)
    if payment.pay_on <= today:
        lifted = must_move(payment, Trigger.SYSTEM_LIFT_TODAY, By.SYSTEM)
        custody = restarted(payment.custody, Step.REFRESH_BALANCE)
        lifted = replace(lifted, custody=custody, due=change.now + START_WITHIN)
    else:
        lifted = must_move(payment, Trigger.SYSTEM_LIFT_LATER, By.SYSTEM)
        lifted = replace(lifted, due=at_local(payment.pay_on, RELEASE_TIME, BANK_ZONE))
    change.put(lifted)
    change.state("payment.lifted", payment=lifted, source=Status.HOLD, target=lifted.status)
    close_item(change, f"payment-{payment.id}", "held", "cash covers it again")
