"""The minute sweep: releases, re-asks, deadlines, wake-ups and lost resumes, all from one index.

Every branch moves `due` forward or clears it, so that nothing is looked at twice in vain.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

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
from rowcol.domain.limits import Limits
from rowcol.domain.manual_balance import ManualBalances
from rowcol.domain.payment import Payment
from rowcol.domain.receivables.stripe_file import StripeFile
from rowcol.domain.recurrence import Recurrence
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.staging_rules import StagingRules
from rowcol.domain.statements.file import StatementFile
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_rules import TrayRules
from rowcol.service import manual_balances
from rowcol.service.bill_orders.archive import expire as expire_archive
from rowcol.service.bill_orders.carrying import carry_out
from rowcol.service.bulk.run import nudge
from rowcol.service.change import Change, transact
from rowcol.service.connection_ends import settle
from rowcol.service.decision_batches.run import nudge as nudge_decisions
from rowcol.service.digest.sending import ask_for_digest
from rowcol.service.due_payments import payment_due
from rowcol.service.environment import Environment
from rowcol.service.exports.jobs import nudge as nudge_export
from rowcol.service.fraud_settings import expire_fraud_settings
from rowcol.service.ledger_notes import carry_note
from rowcol.service.levers import try_again
from rowcol.service.limit_changes import expire
from rowcol.service.rail_dates import clear_date
from rowcol.service.rail_facts import REGRESS_CONFIRM, refresh_bill
from rowcol.service.recurrences.occurrences import look_again
from rowcol.service.staging_rules_changes import expire_rules
from rowcol.service.statements.run import nudge as nudge_statement
from rowcol.service.store import Due
from rowcol.service.stripe_files.run import nudge as nudge_stripe_file
from rowcol.service.tray_due import look_at_rules, wake_item
from rowcol.service.wake_up import wake

logger = logging.getLogger(__name__)


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
            payment_due(environment, due.scope, payment)
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
