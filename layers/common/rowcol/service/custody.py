"""The first half of the chain of custody: load, recheck, execute, await the rail. One function per step of the machine.

Every step is fenced: a write of an older attempt is refused ("stopped"). Every step may run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta

from rowcol.domain.bill import Bill, DecisionState, RailCommand, WishState
from rowcol.domain.calendar import BANK_ZONE, add_bank_days, at_local, end_of_day, local_date
from rowcol.domain.facts import RailState
from rowcol.domain.guardrail import may_release
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.money import Money
from rowcol.domain.payment import Change as DateChange
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.verdict import CASH_DAYS
from rowcol.service.change import Change, transact
from rowcol.service.decide import RAMP_LINK, SET_DATE
from rowcol.service.environment import Environment
from rowcol.service.hold import REDRIVE_AFTER, UNKNOWN_ASKED_AGAIN, hold, must_move
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    CommandResult,
    ConnectionBroken,
    OutcomeUnknown,
    RailUnavailable,
)
from rowcol.service.rail_facts import changed_details, record_reading, refresh_bill
from rowcol.service.reserves import cover, resize
from rowcol.service.store import Books
from rowcol.service.tray import close_item

GO = "go"
STOPPED = "stopped"
RELEASABLE = frozenset({Status.PENDING, Status.SCHEDULED})


def load(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> str:
    """The step at which the payment stands, for the machine's first Choice; "stopped" for an old attempt."""
    payment = environment.store.books(scope).get(Payment, payment_id)
    if payment is None or payment.custody.attempt != attempt:
        return STOPPED
    return payment.custody.step.value


def recheck(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> str:
    """Look again at rail and ledger, then guardrail; "go" only if all still holds. Raises RailUnavailable.

    One read of the Ramp bill and one of the QBO bill. Whatever fails puts the payment on a typed hold.
    """
    payment = environment.store.books(scope).get(Payment, payment_id)
    if payment is None or _is_old(payment, attempt):
        return STOPPED
    if payment.custody.step not in (Step.REFRESH_BALANCE, Step.RECHECK):
        return GO if payment.custody.step is Step.EXECUTE else STOPPED
    refresh_bill(environment, scope, payment.bill_id)
    in_ledger = _ledger_balance(environment, scope, payment.bill_id)

    def plan(change: Change) -> str:
        current = change.get(Payment, payment_id)
        if current is None or _is_old(current, attempt) or current.status not in RELEASABLE:
            return STOPPED
        bill = change.get(Bill, current.bill_id)
        assert bill is not None  # a payment is created with its bill
        problem = (
            _paid_in_ledger(current, in_ledger)
            or changed_details(current, bill)
            or _missed(change, current)
        )
        if problem is not None:
            if problem[0] == Code.BILL_CHANGED:
                change.put(resize(change, bill, bill.amount))
            _hold_release(change, current, *problem)
            return STOPPED
        return _guard(change, current, bill)

    return answer(environment, scope, plan)


def answer(environment: Environment, scope: Scope, plan: Callable[[Change], str]) -> str:
    """Run a custody plan: it answers in a word for the machine's next Choice."""
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    assert isinstance(result, str)  # custody plans answer in words and have no command
    return result


def _is_old(payment: Payment, attempt: int) -> bool:
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


def _hold_release(change: Change, payment: Payment, kind: str, detail: str) -> None:
    trigger = (
        Trigger.DATE_CHECKS_FAILED if payment.status is Status.SCHEDULED else Trigger.SYSTEM_HOLD
    )
    hold(change, payment, kind, detail, trigger)


def _guard(change: Change, payment: Payment, bill: Bill) -> str:
    bill = cover(change, bill)
    held = bill.open_reserve
    account_id = payment.expectation.bank_account_id
    result = may_release(
        change.client,
        change.head,
        payment.amount,
        _on_account(change, account_id),
        account_id,
        change.now,
    )
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
        _hold_release(change, payment, result.code, result.detail)
        change.state("guardrail.refused", payment=change.get(Payment, payment.id), refusal=result)
        return STOPPED
    if payment.status is Status.SCHEDULED:
        payment = must_move(payment, Trigger.DATE_ARRIVED, By.SYSTEM)
    custody = replace(payment.custody, step=Step.EXECUTE)
    payment = replace(payment, custody=custody, due=change.now + REDRIVE_AFTER)
    if bill.decision is not None:
        bill = replace(bill, decision=replace(bill.decision, state=DecisionState.RELEASED))
    change.put(payment)
    change.put(bill)
    change.state("guardrail.passed", payment=payment, bill=bill, numbers=result.numbers)
    return GO


def _on_account(change: Change, account_id: str | None) -> Money:
    """Covered reserves of the paying account: all of the client's, when it has one paying account."""
    if account_id is None or len(change.client.paying_accounts) > 1:
        return covered_on_account(change.books, change.client.currency, account_id)
    return change.head.covered_total


def covered_on_account(books: Books, currency: str, account_id: str | None) -> Money:
    """Sum of open covered reserves of payments from one account (for clients with several paying accounts)."""
    result = Money.zero(currency)
    after: str | None = None
    while True:
        page = books.ids(Bill, prefix="held#", after=after)
        for bill in books.get_many(Bill, page.ids).values():
            held = bill.open_reserve
            payment = books.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
            if (
                held
                and held.covered
                and payment
                and payment.expectation.bank_account_id == account_id
            ):
                result += held.amount
        after = page.next_key
        if after is None:
            return result


def execute(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> str:
    """Command Ramp to pay: write ahead, send once, record the answer with its effect in one write.

    "go" when the rail has the date (or had it already), "stopped" when the payment was held. A command found open
    (sent by a run that died) is never sent again: the payment is held as outcome_unknown and the rail re-asked.
    Raises RailUnavailable when certainly nothing was sent.
    """
    prepared = answer(
        environment, scope, lambda change: _write_ahead(environment, change, payment_id, attempt)
    )
    if not prepared.startswith("send:"):
        return prepared
    command_id = prepared.removeprefix("send:")
    payment = environment.store.books(scope).get(Payment, payment_id)
    if (
        payment is None
        or payment.command is None
        or payment.command.day is None
        or payment.command.id != command_id
    ):
        return STOPPED
    rail = environment.rails.execution(scope.firm, scope.client)
    try:
        result: CommandResult = rail.set_payment_date(payment.bill_id, payment.command.day)
    except (RailUnavailable, ConnectionBroken):
        answer(environment, scope, lambda change: _not_sent(change, payment_id, command_id))
        raise
    return answer(
        environment, scope, lambda change: _record_result(change, payment_id, command_id, result)
    )


def _write_ahead(environment: Environment, change: Change, payment_id: str, attempt: int) -> str:
    payment = change.get(Payment, payment_id)
    if payment is None or _is_old(payment, attempt):
        return STOPPED
    if payment.command is not None and payment.command.is_open:
        unknown(change, payment, "a command was sent and its answer was lost")
        return STOPPED
    if payment.command is not None or payment.custody.step not in (Step.EXECUTE,):
        return GO if payment.custody.step in (Step.AWAIT_RAIL, Step.VERIFY) else STOPPED
    if payment.status is not Status.PENDING:
        return STOPPED
    day = max(payment.pay_on, local_date(change.now, BANK_ZONE))
    command = RailCommand(environment.surroundings.ids.new("cmd"), SET_DATE, change.now, day)
    payment = replace(payment, command=command, due=change.now + UNKNOWN_ASKED_AGAIN[0])
    change.put(payment)
    change.state("payment.command_sent", payment=payment)
    return f"send:{command.id}"


def _not_sent(change: Change, payment_id: str, command_id: str) -> str:
    """Nothing left our side: the write-ahead is taken back, so that a retry may send."""
    payment = change.get(Payment, payment_id)
    if (
        payment is None
        or payment.command is None
        or payment.command.id != command_id
        or not payment.command.is_open
    ):
        return STOPPED
    payment = replace(payment, command=None, due=change.now + REDRIVE_AFTER)
    change.put(payment)
    change.state("payment.command_not_sent", payment=payment)
    return STOPPED


def _record_result(change: Change, payment_id: str, command_id: str, result: CommandResult) -> str:
    payment = change.get(Payment, payment_id)
    if (
        payment is None
        or payment.command is None
        or payment.command.id != command_id
        or not payment.command.is_open
    ):
        return STOPPED
    match result:
        case CommandAccepted(bill=reading):
            return (
                accepted(change, payment, result)
                if reading.payment and reading.payment.planned_on
                else _refused(
                    change, payment, "not_scheduled", "Ramp answered without a payment date"
                )
            )
        case CommandRefused(code=code, detail=detail):
            return _refused(change, payment, code, detail)
        case CapabilityMissing(capability=capability, detail=detail):
            missing = tuple(sorted({*change.client.missing_capabilities, capability}))
            change.put(replace(change.client, missing_capabilities=missing))
            return _refused(change, payment, Code.CAPABILITY_MISSING, detail)
        case OutcomeUnknown(detail=detail):
            unknown(change, payment, detail)
            return STOPPED


def accepted(change: Change, payment: Payment, result: CommandAccepted) -> str:
    """Ramp has the date: asked and confirmed are recorded, and the answer is applied as a reading in the same write."""
    assert payment.command is not None  # only a sent command is accepted
    planned = result.bill.payment.planned_on if result.bill.payment else None
    command = replace(payment.command, result="accepted", ended_at=change.now)
    confirmed = DateChange(change.now, "rowcol", command.day, planned, WishState.CONFIRMED)
    custody = replace(payment.custody, step=Step.AWAIT_RAIL)
    last = add_bank_days(planned or payment.pay_on, CASH_DAYS)
    # The date is ours: recorded with the command, so the reading below does not report it as Ramp's change.
    payment = replace(
        payment,
        command=command,
        changes=(*payment.changes, confirmed),
        custody=custody,
        due=end_of_day(last, BANK_ZONE),
        rail=result.bill,
    )
    change.put(payment)
    change.state("payment.command_accepted", payment=payment, asked=command.day, confirmed=planned)
    record_reading(change, result.bill)
    return GO


def _refused(change: Change, payment: Payment, code: str, detail: str) -> str:
    assert payment.command is not None  # only a sent command is refused
    command = replace(
        payment.command, result="refused", detail=f"{code}: {detail}"[:300], ended_at=change.now
    )
    kind = Code.CAPABILITY_MISSING if code == Code.CAPABILITY_MISSING else Code.RAIL_REFUSED
    hold(change, replace(payment, command=command), kind, f"{code}: {detail}"[:300], link=RAMP_LINK)
    return STOPPED


def unknown(change: Change, payment: Payment, detail: str) -> Payment:
    """Sent, no answer: hold as outcome_unknown and ask again after 5 minutes, 1 hour, 1 day."""
    return hold(
        change, payment, Code.OUTCOME_UNKNOWN, detail, due=change.now + UNKNOWN_ASKED_AGAIN[0]
    )
