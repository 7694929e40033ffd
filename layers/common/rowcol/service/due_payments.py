"""A payment whose time has come: re-asks, lifts, lost resumes, deadlines, a custody to start.

Every branch moves `due` forward or clears it, so that nothing is looked at twice in vain.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.lifecycle import FINAL, Status
from rowcol.domain.payment import HELD, Payment, Step
from rowcol.domain.refusal import Code
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service import awaiting_release
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.hold import REDRIVE_AFTER, START_WITHIN, looked_at_again, restarted
from rowcol.service.judgement import resume_outcome
from rowcol.service.lift import try_lift
from rowcol.service.ports import RailError
from rowcol.service.rail_facts import refresh_bill
from rowcol.service.recurrences.occurrences import hold_without_bill
from rowcol.service.unknown_outcome import ask_again

logger = logging.getLogger(__name__)
# When a payment that a batch has claimed is looked at again.
CLAIMED_LOOK = timedelta(minutes=1)


def payment_due(environment: Environment, scope: Scope, payment: Payment) -> None:
    """Do what a payment that is due lacks: one branch, which moves its `due` or clears it."""
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
