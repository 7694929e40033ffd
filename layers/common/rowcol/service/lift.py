"""Lift a hold that only waited for cash: the checks of a release, then a new custody."""

from __future__ import annotations

import logging
from dataclasses import replace

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.guardrail import covers
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.sync_run import NeededBy
from rowcol.service.change import Change, transact
from rowcol.service.custody import may_leave
from rowcol.service.environment import Environment
from rowcol.service.hold import LOOKED_AT_AGAIN, go_on, looked_at_again
from rowcol.service.ports import RailError
from rowcol.service.rail_facts import refresh_bill
from rowcol.service.reserves import cover
from rowcol.service.sync.balance import refresh_balance

logger = logging.getLogger(__name__)


def try_lift(environment: Environment, scope: Scope, payment_id: str) -> bool:
    """Whether the hold could be lifted; if not, it is looked at again later.

    The balance is refreshed and the bill read first: a rail that does not answer lifts nothing.
    """
    if not _rails_answer(environment, scope, payment_id):
        _later(environment, scope, payment_id)
        return False

    def plan(change: Change) -> bool:
        payment = change.get(Payment, payment_id)
        if payment is None or not looked_at_again(payment) or payment.wants_cancelling:
            return False
        bill = change.get(Bill, payment.rail_bill_id)
        if bill is None or not _affordable(change, payment, bill):
            return False
        go_on(change, payment, "cash covers it again")
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
        refresh_balance(environment, scope, NeededBy.SCHEDULE)
        if _would_fit(environment, scope, payment):
            refresh_balance(environment, scope, NeededBy.GUARDRAIL)
        refresh_bill(environment, scope, payment.rail_bill_id)
    except RailError as error:
        logger.warning("hold not lifted", extra={"payment": payment_id, "detail": error.detail})
        return False
    return True


def _would_fit(environment: Environment, scope: Scope, payment: Payment) -> bool:
    """Whether cash seemed enough when the bank was last seen: worth a paid question to the bank.

    Most looks at a payment that waits for cash end here.
    """
    books = environment.store.books(scope)
    client, bill = books.get(Client, scope.client), books.get(Bill, payment.rail_bill_id)
    head = books.head("")
    if client is None or bill is None or head.balance is None:
        return True
    held = bill.open_reserve
    more = bill.amount if held is None or not held.covered else Money.zero(client.currency)
    return not isinstance(covers(client, head, more, head.balance.observed_at), Refusal)


def _later(environment: Environment, scope: Scope, payment_id: str) -> None:
    """Beside the log: nothing happened but that the time to look again moved."""
    books = environment.store.books(scope)
    payment = books.get(Payment, payment_id)
    if payment is not None and looked_at_again(payment):
        books.save(replace(payment, due=environment.now() + LOOKED_AT_AGAIN))


def _affordable(change: Change, payment: Payment, bill: Bill) -> bool:
    covered = cover(change, bill)
    held = covered.open_reserve
    if held is None or (not held.covered and change.client.guardrail.enabled):
        return False
    if isinstance(may_leave(change, payment, covered), Refusal):
        return False
    if covered is not bill:
        change.put(covered)
        change.state("reserve.covered", bill=covered)
    return True
