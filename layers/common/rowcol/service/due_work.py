"""The minute sweep: releases, re-asks, deadlines, wake-ups and lost resumes, all from one index.

Every branch moves `due` forward or clears it, so that nothing is looked at twice in vain.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rowcol.domain.batch import Batch
from rowcol.domain.bill import Bill
from rowcol.domain.bill_order import BillOrder, OrderState
from rowcol.domain.client import Client
from rowcol.domain.connection import Connection
from rowcol.domain.decision_batch import DecisionBatch
from rowcol.domain.digest_settings import DigestSettings
from rowcol.domain.export import Export
from rowcol.domain.fraud_rules import FraudRules
from rowcol.domain.ledger_note import LedgerNote
from rowcol.domain.lifecycle import FINAL, Status
from rowcol.domain.limits import Limits
from rowcol.domain.manual_balance import ManualBalances
from rowcol.domain.payment import HELD, Payment, Step
from rowcol.domain.receivables.stripe_file import StripeFile
from rowcol.domain.recurrence import Recurrence
from rowcol.domain.refusal import Code
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.staging_rules import StagingRules
from rowcol.domain.statements.file import StatementFile
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_rules import TrayRules
from rowcol.service import awaiting_release, manual_balances
from rowcol.service.bill_orders.archive import expire as expire_archive
from rowcol.service.bill_orders.carrying import carry_out
from rowcol.service.bulk.run import nudge
from rowcol.service.change import Change, transact
from rowcol.service.connection_ends import settle
from rowcol.service.decision_batches.run import nudge as nudge_decisions
from rowcol.service.digest.sending import ask_for_digest
from rowcol.service.environment import Environment
from rowcol.service.exports.jobs import nudge as nudge_export
from rowcol.service.fraud_settings import expire_fraud_settings
from rowcol.service.hold import REDRIVE_AFTER, START_WITHIN, looked_at_again, restarted
from rowcol.service.judgement import resume_outcome
from rowcol.service.ledger_notes import carry_note
from rowcol.service.levers import try_again
from rowcol.service.lift import try_lift
from rowcol.service.limit_changes import expire
from rowcol.service.ports import RailError
from rowcol.service.rail_dates import clear_date
from rowcol.service.rail_facts import REGRESS_CONFIRM, refresh_bill
from rowcol.service.recurrences.occurrences import hold_without_bill, look_again
from rowcol.service.staging_rules_changes import expire_rules
from rowcol.service.statements.run import nudge as nudge_statement
from rowcol.service.store import Due
from rowcol.service.stripe_files.run import nudge as nudge_stripe_file
from rowcol.service.tray_due import look_at_rules, wake_item
from rowcol.service.unknown_outcome import ask_again
from rowcol.service.wake_up import wake

logger = logging.getLogger(__name__)
# When a payment that a batch has claimed is looked at again.
CLAIMED_LOOK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was due, and what of it failed and stays due."""

    done: int
    failed: int


def sweep_due(environment: Environment, limit: int = 200) -> Swept:
    """Do what is due, oldest first. What fails stays due, is tried again, and stops no other."""
    done = failed = 0
    for due in environment.store.due(environment.now(), limit):
        try:
            handle(environment, due)
            done += 1
        except Exception:
            # The item keeps its due time, so the next minute tries again; the count is alarmed on.
            logger.exception("due work failed", extra={"kind": due.kind, "item": due.id})
            failed += 1
    return Swept(done, failed)


def handle(environment: Environment, due: Due) -> None:
    """Do one due thing. Stale index entries are harmless: the item itself is read again."""
    now = environment.now()
    books = environment.store.books(due.scope)
    if due.kind == Bill.kind:
        bill = books.get(Bill, due.id)
        if bill is not None and bill.due is not None and bill.due <= now:
            _bill(environment, due.scope, bill)
    elif due.kind == Payment.kind:
        payment = books.get(Payment, due.id)
        if payment is not None and payment.due is not None and payment.due <= now:
            _payment(environment, due.scope, payment)
    elif (work := _BY_KIND.get(due.kind)) is not None:
        work(environment, due.scope, due.id)


def _order(environment: Environment, scope: Scope, bill_id: str) -> None:
    order = environment.store.books(scope).get(BillOrder, bill_id)
    if order is None or order.due is None or order.due > environment.now():
        return
    if order.state is OrderState.WAITING:
        expire_archive(environment, scope, bill_id)
    else:
        carry_out(environment, scope, bill_id)


def _plan_occurrences(environment: Environment, scope: Scope, recurrence_id: str) -> None:
    transact(
        environment.store,
        environment.surroundings,
        scope,
        SYSTEM,
        lambda change: look_again(environment, change, recurrence_id),
    )


def _bill(environment: Environment, scope: Scope, bill: Bill) -> None:
    if bill.regress_seen_at is not None:
        refresh_bill(environment, scope, bill.id)
        _push(environment, scope, bill.id, environment.now() + REGRESS_CONFIRM)
    elif bill.command is not None and bill.command.is_open:
        clear_date(environment, scope, bill.id)
    else:

        def plan(change: Change) -> bool:
            current = change.get(Bill, bill.id)
            if current is not None and current.due is not None and current.due <= change.now:
                wake(change, current)
            return True

        transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _push(environment: Environment, scope: Scope, bill_id: str, due: datetime) -> None:
    """A regress that the second reading did not settle is looked at once more."""
    books = environment.store.books(scope)
    bill = books.get(Bill, bill_id)
    if bill is not None and bill.regress_seen_at is not None:
        books.save(replace(bill, due=due))


def _payment(environment: Environment, scope: Scope, payment: Payment) -> None:
    if payment.bill_id is None:
        _without_bill(environment, scope, payment.id)
        return
    if payment.hold is not None and payment.hold.kind == Code.OUTCOME_UNKNOWN:
        ask_again(environment, scope, payment.id)
        return
    if payment.awaiting_release_since is not None and _told_of_release(
        environment, scope, payment.id
    ):
        return
    if looked_at_again(payment) and not payment.custody.token:
        try_lift(environment, scope, payment.id)
        return
    if payment.custody.token is not None:
        _go_on(environment, scope, payment)
        return
    _drive(environment, scope, payment.id)


def _told_of_release(environment: Environment, scope: Scope, payment_id: str) -> bool:
    """Whether it was due because it waits too long for a person's release in Ramp."""

    def plan(change: Change) -> bool:
        payment = change.get(Payment, payment_id)
        return payment is not None and awaiting_release.tell(change, payment)

    return transact(environment.store, environment.surroundings, scope, SYSTEM, plan) is True


def _without_bill(environment: Environment, scope: Scope, payment_id: str) -> None:
    """The day of an occurrence came; its bill may have come with the same minute."""

    def plan(change: Change) -> bool:
        payment = change.get(Payment, payment_id)
        if payment is None or payment.bill_id is not None or payment.due is None:
            return False
        if payment.status is Status.SCHEDULED:
            hold_without_bill(change, payment)
        else:
            change.put(replace(payment, due=None))
            change.state("payment.due_cleared", payment=change.get(Payment, payment_id))
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _go_on(environment: Environment, scope: Scope, payment: Payment) -> None:
    """A waiting execution whose resume was lost, or whose deadline came: ask the rail once more."""
    if payment.custody.step is Step.AWAIT_RAIL and not payment.custody.wants_resume:
        try:
            refresh_bill(environment, scope, payment.rail_bill_id)
        except RailError as error:
            logger.warning(
                "rail not readable at deadline",
                extra={"payment": payment.id, "detail": error.detail},
            )
    books = environment.store.books(scope)
    current = books.get(Payment, payment.id)
    if current is None or current.custody.token is None:
        return
    resumed = environment.executions.resume(
        current.custody.token, {"outcome": resume_outcome(current, current.custody.attempt)}
    )
    if resumed:
        # Looked at again after a while, should the execution die on its way.
        custody = current.custody
        step = Step.VERIFY if custody.step in (Step.AWAIT_RAIL, Step.AWAIT_PROOF) else custody.step
        books.save(
            replace(
                current,
                custody=replace(custody, token=None, token_step=None, step=step),
                due=_after_resume(environment, current),
            )
        )
        return
    _drive(environment, scope, payment.id)


def _after_resume(environment: Environment, payment: Payment) -> datetime | None:
    """When to look again: should the execution die on its way, or its own date have come."""
    if payment.custody.step is not Step.STOPPED:
        return environment.now() + REDRIVE_AFTER
    scheduled = payment.status is Status.SCHEDULED
    return environment.now() + START_WITHIN if scheduled else None


def _drive(environment: Environment, scope: Scope, payment_id: str) -> None:
    """Start the execution (again): its release date came, or the one that should run does not."""

    def plan(change: Change) -> bool:
        payment = change.get(Payment, payment_id)
        if payment is None or payment.due is None or payment.due > change.now:
            return False
        if payment.batch_id is not None:
            # A batch is about to command it, and lets go within minutes.
            change.put(replace(payment, due=change.now + CLAIMED_LOOK))
            return True
        driven = replace(
            payment,
            due=change.now + REDRIVE_AFTER,
            custody=restarted(payment.custody, _step(payment)),
        )
        if payment.status in FINAL or _watch_is_over(payment, change):
            driven = replace(payment, due=None, watch_until=None)
            change.put(driven)
            change.state("payment.watch_ended", payment=driven)
            return True
        seen = payment.cash is not None or payment.ledger is not None
        if payment.status in HELD and not seen:
            driven = replace(payment, due=None)
        change.put(driven)
        change.state("custody.driven", payment=driven)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _watch_is_over(payment: Payment, change: Change) -> bool:
    return (
        payment.custody.step is Step.DONE
        and payment.watch_until is not None
        and payment.watch_until <= change.now.date()
    )


def _step(payment: Payment) -> Step:
    """Where a new execution begins: at the step, or at what a stopped one still lacks."""
    step = payment.custody.step
    moved = payment.status in (Status.PROCESSING, Status.DONE, Status.REVERSING)
    over = step in (Step.STOPPED, Step.DONE)
    sent = payment.command is not None
    if step is Step.AWAIT_PROOF or (over and (sent or payment.wants_cancelling)):
        return Step.VERIFY
    if moved and step is not Step.AWAIT_RAIL:
        return Step.VERIFY  # also one that the rail took without a command of ours
    if step in (Step.STOPPED, Step.DONE, Step.RECHECK):
        return Step.REFRESH_BALANCE
    return step


# What only names itself: each reads again whether it is due.
_BY_KIND: dict[str, Callable[[Environment, Scope, str], object]] = {
    Recurrence.kind: _plan_occurrences,
    Batch.kind: nudge,
    DecisionBatch.kind: nudge_decisions,
    Limits.kind: expire,
    StagingRules.kind: lambda environment, scope, _: expire_rules(environment, scope),
    FraudRules.kind: lambda environment, scope, _: expire_fraud_settings(environment, scope),
    ManualBalances.kind: lambda environment, scope, _: manual_balances.expire(environment, scope),
    BillOrder.kind: _order,
    LedgerNote.kind: carry_note,
    StatementFile.kind: nudge_statement,
    StripeFile.kind: nudge_stripe_file,
    Client.kind: lambda environment, scope, _: try_again(environment, scope),
    Connection.kind: settle,
    Export.kind: nudge_export,
    DigestSettings.kind: ask_for_digest,
    TrayItem.kind: wake_item,
    TrayRules.kind: look_at_rules,
}
