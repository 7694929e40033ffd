"""The first half of the chain of custody: load, recheck, and what both need.

One function per step of the machine.

Every step is fenced: a write of an older attempt is refused ("stopped"). Every step may run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.calendar import BANK_ZONE, at_local
from rowcol.domain.client import Client
from rowcol.domain.facts import RailBill
from rowcol.domain.guardrail import Allowed, may_release
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.allocations import paid_here
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.fraud import held_for_call_back, signals_on
from rowcol.service.hold import REDRIVE_AFTER, hold, must_move
from rowcol.service.listing import HELD, every_id
from rowcol.service.payment_facts import changed_details, gone_elsewhere
from rowcol.service.rail_facts import refresh_bill
from rowcol.service.reserves import cover, is_overridden, resize
from rowcol.service.route_request import route_problem, routed
from rowcol.service.stopping import stop_rail
from rowcol.service.vendors import know_before_release, note_release, note_waiting

GO = "go"
STOPPED = "stopped"
RELEASABLE = frozenset({Status.PENDING, Status.SCHEDULED})


def load(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> str:
    """The step at which the payment stands, for the first Choice; "stopped" for an old attempt."""
    payment = environment.store.books(scope).get(Payment, payment_id)
    if payment is None or payment.custody.attempt != attempt:
        return STOPPED
    return payment.custody.step.value


def recheck(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> str:
    """Look again at rail and ledger, then guardrail; "go" only if all still holds.

    One read of the Ramp bill and one of the QBO bill. Whatever fails puts the payment on a typed
    hold. Raises RailUnavailable.
    """
    payment = environment.store.books(scope).get(Payment, payment_id)
    if payment is None or is_old(payment, attempt):
        return STOPPED
    if payment.custody.step not in (Step.REFRESH_BALANCE, Step.RECHECK):
        return GO if payment.custody.step is Step.EXECUTE else STOPPED
    refresh_bill(environment, scope, payment.rail_bill_id)
    know_before_release(environment, scope, payment.rail_bill_id)
    in_ledger = _ledger_balance(environment, scope, payment.rail_bill_id)

    def plan(change: Change) -> str:
        current = change.get(Payment, payment_id)
        if current is None or is_old(current, attempt) or current.status not in RELEASABLE:
            return STOPPED
        if current.wants_cancelling:
            return STOPPED
        bill = change.get(Bill, current.rail_bill_id)
        assert bill is not None  # a payment is created with its bill
        problem = (
            _paid_in_ledger(current, in_ledger)
            or _debited(current)
            or gone_elsewhere(bill.rail)
            or _paid_by_records(change, bill)
            or changed_details(current, bill)
            or _missed(change, current)
            or route_problem(change.client, current, bill.rail, change.now)
        )
        if problem is not None:
            resized = resize(change, bill, bill.amount)
            if resized is not bill:
                change.put(resized)
                change.state("reserve.resized", bill=resized)
            held = _hold_release(change, current, *problem)
            note_waiting(change, held, bill)
            stop_rail(change, resized, held)
            return STOPPED
        if held_for_call_back(change, current, bill):
            return STOPPED
        current = _paid_from(change.client, routed(change.client, current, change.now), bill.rail)
        return _guard(change, current, bill)

    return answer(environment, scope, plan)


def answer(environment: Environment, scope: Scope, plan: Callable[[Change], str]) -> str:
    """Run a custody plan: it answers in a word for the machine's next Choice."""
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    assert isinstance(result, str)  # custody plans answer in words and have no command
    return result


def is_old(payment: Payment, attempt: int) -> bool:
    """Whether an execution of this attempt has nothing to say any more."""
    return payment.custody.attempt != attempt or payment.custody.step is Step.STOPPED


def _ledger_balance(environment: Environment, scope: Scope, bill_id: str) -> Money | None:
    """What the ledger still shows open of the bill; None when the ledger does not have it (yet)."""
    bill = environment.store.books(scope).get(Bill, bill_id)
    if bill is None or bill.rail.ledger_bill_id is None:
        return None
    booked = environment.rails.ledger(scope.firm, scope.client).read_bill(bill.rail.ledger_bill_id)
    return booked.balance if booked else None


def _paid_in_ledger(payment: Payment, balance: Money | None) -> tuple[str, str] | None:
    if balance is None or balance.currency != payment.amount.currency or payment.amount <= balance:
        return None
    return Code.PAID_OUTSIDE, f"the ledger shows only {balance} of {payment.amount} still open"


def _paid_by_records(change: Change, bill: Bill) -> tuple[str, str] | None:
    """Recorded payments may have paid a part of the bill since it was decided."""
    paid = paid_here(change, bill)
    return (paid.code, paid.detail) if paid is not None else None


def _debited(payment: Payment) -> tuple[str, str] | None:
    """The bank may show a debit for the bill before anything was asked of the rail."""
    if payment.cash is None or not payment.cash.debits or payment.command is not None:
        return None
    line = payment.cash.debits[0]
    return Code.PAID_OUTSIDE, f"the bank shows {line.amount} on {line.posted_on} for it already"


def _missed(change: Change, payment: Payment) -> tuple[str, str] | None:
    if payment.status is not Status.SCHEDULED:
        return None
    cutoff = at_local(payment.pay_on, time(change.client.cutoff_hour), BANK_ZONE)
    if change.now >= cutoff:
        return (
            Code.MISSED_CUTOFF,
            f"{payment.pay_on} passed its cut-off of {change.client.cutoff_hour}:00",
        )
    return None


def _paid_from(client: Client, payment: Payment, reading: RailBill) -> Payment:
    """The payment with the account that Ramp pays from now, which the guardrail measures.

    It may be set to another since it was decided; one that nobody knows is unknown.
    """
    source = reading.payment.source_account_id if reading.payment is not None else None
    if source is None:
        return payment
    account_id = client.bank_account_of(source)
    return replace(payment, expectation=replace(payment.expectation, bank_account_id=account_id))


def _hold_release(change: Change, payment: Payment, kind: str, detail: str) -> Payment:
    trigger = (
        Trigger.DATE_CHECKS_FAILED if payment.status is Status.SCHEDULED else Trigger.SYSTEM_HOLD
    )
    return hold(change, payment, kind, detail, trigger)


def _guard(change: Change, payment: Payment, bill: Bill) -> str:
    known, bill = bill, cover(change, bill)
    held = bill.open_reserve
    result = may_leave(change, payment, bill)
    if (
        not isinstance(result, Refusal)
        and held is not None
        and not held.covered
        and change.client.guardrail.enabled
    ):
        result = Refusal(
            Code.RESERVE_UNCOVERED, f"cash does not cover {held.amount}", {"amount": held.amount}
        )
    if isinstance(result, Refusal):
        if held is not None and bill is not known:  # the head's totals moved with it
            change.put(bill)
            change.state("reserve.covered" if held.covered else "reserve.uncovered", bill=bill)
        _hold_release(change, payment, result.code, result.detail)
        change.state("guardrail.refused", payment=change.get(Payment, payment.id), refusal=result)
        return STOPPED
    if payment.status is Status.SCHEDULED:
        payment = must_move(payment, Trigger.DATE_ARRIVED, By.SYSTEM)
    signals = signals_on(change, bill, payment)
    note_release(change, bill)
    custody = replace(payment.custody, step=Step.EXECUTE)
    payment = replace(payment, custody=custody, due=change.now + REDRIVE_AFTER)
    if bill.decision is not None:
        bill = replace(bill, decision=replace(bill.decision, state=DecisionState.RELEASED))
    change.put(payment)
    change.put(bill)
    numbers = result.numbers
    if signals:
        change.state(
            "guardrail.passed", payment=payment, bill=bill, numbers=numbers, signals=signals
        )
    else:
        change.state("guardrail.passed", payment=payment, bill=bill, numbers=numbers)
    return GO


def may_leave(change: Change, payment: Payment, bill: Bill) -> Allowed | Refusal:
    """The guardrail's word on a payment that is to be released now, or the override it cites."""
    override = bill.override
    if override is not None and is_overridden(change, bill):
        return Allowed({**override.numbers, "asked": payment.amount, "override": override.id})
    account_id = payment.expectation.bank_account_id
    reserved = on_account(change, account_id, bill)
    return may_release(change.client, change.head, payment.amount, reserved, account_id, change.now)


def on_account(change: Change, account_id: str | None, own: Bill) -> Money:
    """Covered reserves of the paying account: all of the client's, when it has only one.

    `own`: the bill to be paid, as it will be stored.
    """
    if account_id is None or len(change.client.paying_accounts) > 1:
        return covered_on_account(change, account_id, own)
    return change.head.covered_total


def covered_on_account(change: Change, account_id: str | None, own: Bill) -> Money:
    """Sum of open covered reserves of one account (for clients that pay from several).

    `own` is paid from it, whatever is stored of its payment.
    """
    books = change.books
    result = Money.zero(change.client.currency)
    bills = {**books.get_many(Bill, every_id(books, Bill, HELD)), own.id: own}
    for bill in bills.values():
        held = bill.open_reserve
        if held is None or not held.covered or bill.live_payment_id is None:
            continue
        payment = books.get(Payment, bill.live_payment_id)
        there = payment is not None and payment.expectation.bank_account_id == account_id
        if there or bill.id == own.id:
            result += held.amount
    return result
