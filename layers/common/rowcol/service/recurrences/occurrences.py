"""Occurrences of a recurrence: planned ahead, held when their day comes without a bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from rowcol.domain.calendar import BANK_ZONE, at_local, local_date
from rowcol.domain.lifecycle import FINAL, Status, Trigger, move
from rowcol.domain.payment import Custody, Origin, Payment, Step
from rowcol.domain.recurrence import (
    Planned,
    Recurrence,
    RecurrenceState,
    made,
    next_look,
    wanted,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.verdict import Expectation
from rowcol.service.change import Change
from rowcol.service.consequences import free_room
from rowcol.service.environment import Environment
from rowcol.service.hold import hold

LOOK_TIME = time(5)
RELEASE_TIME = time(6)
# Limits of firm, client and people are looked at after the plan, and guard the write too.
_CHECKS_TO_COME = 4


def plan_ahead(environment: Environment, change: Change, recurrence: Recurrence) -> Recurrence:
    """Make the payments of the occurrences that are wanted now; put and state all of it."""
    today = local_date(change.now, change.client.zone)
    planned = wanted(recurrence.terms.schedule, recurrence.planned_count, today)
    ids = []
    for occurrence in planned:
        payment = occurrence_payment(environment, change, recurrence, occurrence)
        change.put(payment)
        change.state("payment.planned", payment=payment)
        ids.append(payment.id)
    recurrence = made(without_final(change, recurrence), planned, tuple(ids))
    again = next_look(recurrence.terms.schedule, recurrence.planned_count, today)
    due = at_local(again, LOOK_TIME, change.client.zone) if again else None
    return replace(recurrence, due=due)


def occurrence_payment(
    environment: Environment, change: Change, recurrence: Recurrence, occurrence: Planned
) -> Payment:
    """A planned payment without a bill: Scheduled, and due on its day."""
    created = move(None, Trigger.OCCURRENCE_PLANNED)
    assert created is not None  # the table creates it
    terms, day = recurrence.terms, occurrence.pay_on
    return Payment(
        environment.surroundings.ids.new("pay"),
        0,
        None,
        terms.vendor_id,
        terms.vendor_name,
        None,
        terms.amount,
        created.target,
        Custody(Step.REFRESH_BALANCE, 0),
        Expectation(terms.amount, None, None, change.client.ledger_bank_account_id, day),
        change.now,
        recurrence.approved_by or recurrence.created_by,
        None,
        day,
        origin=Origin.RECURRENCE,
        recurrence_id=recurrence.id,
        occurrence_on=occurrence.nominal,
        due=release_at(day),
        created_hands=recurrence.machine_of,
    )


def release_at(day: date) -> datetime:
    """The instant of a bank day at which releases run."""
    return at_local(day, RELEASE_TIME, BANK_ZONE)


def without_final(change: Change, recurrence: Recurrence) -> Recurrence:
    """The recurrence without payments that can no longer change."""
    kept = []
    for payment_id in recurrence.payment_ids:
        payment = change.get(Payment, payment_id)
        if payment is not None and payment.status not in FINAL | {Status.DONE}:
            kept.append(payment_id)
    return replace(recurrence, payment_ids=tuple(kept))


def look_again(environment: Environment, change: Change, recurrence_id: str) -> bool:
    """The sweep's part: plan what has come within the horizon."""
    recurrence = change.get(Recurrence, recurrence_id)
    if recurrence is None or recurrence.due is None or recurrence.due > change.now:
        return False
    if recurrence.state is not RecurrenceState.ACTIVE:
        change.put(replace(recurrence, due=None))
    else:
        recurrence = plan_ahead(environment, change, recurrence)
        change.put(recurrence)
    change.state("recurrence.looked_at", recurrence=change.get(Recurrence, recurrence_id))
    return True


def hold_without_bill(change: Change, payment: Payment) -> Payment:
    """The occurrence's day has come and no bill of the vendor was there for it."""
    detail = f"no approved bill of {payment.counterparty_name} near {payment.amount} has come"
    return hold(change, payment, Code.NO_BILL, detail, Trigger.DATE_CHECKS_FAILED)


def beyond_one_write(change: Change) -> Refusal | None:
    """Refuse what stops more occurrences than one write holds: months of missing bills."""
    if free_room(change, command=True) >= _CHECKS_TO_COME:
        return None
    waiting = sum(
        isinstance(put, Payment) and put.bill_id is None and put.status in FINAL
        for put in change.puts.values()
    )
    return Refusal(
        Code.TOO_MANY_ITEMS,
        f"{waiting} of its occurrences wait for bills; so many are not stopped in one write",
        {"waiting": waiting},
        remedy="cancel what waits first, up to 1,000 at once by bulk cancel; then ask again",
    )
