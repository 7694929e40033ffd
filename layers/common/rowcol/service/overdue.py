"""Payments that nobody would look at again: what is neither final nor due is driven on.

Whatever waits carries a due time, and the minute sweep does the rest. A defect, or a hand in the
table, may take that time away: then nothing would ever wake the payment. Reconciliation looks.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.calendar import release_at
from rowcol.domain.evidence import Mismatch, Outcome
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import HELD, Payment, Step
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.store import Books

logger = logging.getLogger(__name__)
# The minute sweep may lag behind; what is due for longer is stuck.
PATIENCE = timedelta(hours=1)
_LIVE = "live#"


def drive_overdue(environment: Environment, scope: Scope) -> int:
    """Make due what waits without anybody to wake it. Returns how many payments that were."""
    books = environment.store.books(scope)
    driven = 0
    for payment in unproved(books):
        if not is_forgotten(payment):
            continue

        def plan(change: Change, name: str = payment.id) -> bool:
            current = change.get(Payment, name)
            if current is None or not is_forgotten(current):
                return False
            found = replace(current, due=_when(current, change.now))
            change.put(found)
            change.state("custody.overdue", payment=found)
            return True

        surroundings = environment.surroundings
        driven += transact(environment.store, surroundings, scope, SYSTEM, plan) is True
    return driven


def _when(payment: Payment, now: datetime) -> datetime:
    """Now; one that is scheduled not before its day."""
    scheduled = payment.status is Status.SCHEDULED
    return max(now, release_at(payment.pay_on)) if scheduled else now


def unproved(books: Books) -> tuple[Payment, ...]:
    """Payments that are neither proved nor over."""
    return tuple(books.get_many(Payment, every_id(books, Payment, _LIVE)).values())


def is_forgotten(payment: Payment) -> bool:
    """Whether a payment waits for something and is not due at any time.

    Held ones wait for people, judged ones with a finding too, unless a deadline is still to come.
    """
    if payment.due is not None or payment.status in HELD or payment.bill_id is None:
        return False
    if payment.wants_cancelling or payment.batch_id is not None:
        return False  # a rail, or a batch, is at it
    if payment.custody.step is Step.STOPPED:
        unsent = payment.command is None
        return unsent and payment.status in (Status.SCHEDULED, Status.PENDING)
    if payment.custody.step is not Step.DONE:
        return True
    verdict = payment.verdict
    return verdict is None or verdict.outcome is Outcome.WAITING


def is_overdue(payment: Payment, now: datetime) -> bool:
    """Whether one side has not spoken by its deadline, or the payment is due and nobody came."""
    late = payment.verdict is not None and any(
        finding.kind is Mismatch.MISSING for finding in payment.verdict.findings
    )
    return late or (payment.due is not None and payment.due < now - PATIENCE)
