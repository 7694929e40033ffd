"""Recurring payments at work: planned, attached, held, replaced, ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from rowcol.domain.bill import DecisionAction, DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Origin
from rowcol.domain.recurrence import (
    Frequency,
    Recurrence,
    RecurrenceState,
    Schedule,
    Terms,
    Tolerance,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.decide import Decide, decide
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.recurrences.define import approve, change_terms, define, end
from rowcol.service.stage import stage
from rowcol.service.withdraw import withdraw
from tests.support.desk import Desk
from tests.support.domain.builders import rail_payment, usd

FIRST = date(2026, 12, 1)
TERMS = Terms(
    "vendor-1",
    "Acme Supplies",
    usd("1250.00"),
    Tolerance(basis_points=200),
    Schedule(Frequency.MONTHLY_ON_DAY, FIRST, day=1, count=12),
)


def defined(desk: Desk, terms: Terms = TERMS) -> Recurrence:
    made = desk.act(lambda change: define(desk.environment, change, terms))
    assert isinstance(made, Recurrence)
    return stored(desk, made.id)


def stored(desk: Desk, name: str) -> Recurrence:
    found = desk.books.get(Recurrence, name)
    assert found is not None
    return found


def test_occurrences_are_planned_and_wait_without_a_reserve() -> None:
    desk = Desk()
    recurrence = defined(desk)
    first, second = (desk.payment(name) for name in recurrence.payment_ids)
    assert (first.status, first.origin, first.bill_id) == (
        Status.SCHEDULED,
        Origin.RECURRENCE,
        None,
    )
    assert (first.pay_on, second.pay_on) == (FIRST, date(2027, 1, 4))
    assert first.occurrence_on == FIRST
    assert desk.books.head("USD").covered_total == usd("0")


def test_the_next_approved_bill_within_tolerance_attaches_and_is_earmarked() -> None:
    desk = Desk()
    recurrence = defined(desk)
    bill = desk.read(amount=usd("1260.00"), payment=None)
    payment = desk.payment(recurrence.payment_ids[0])
    assert payment.bill_id == bill.id
    assert payment.amount == usd("1260.00")
    assert bill.live_payment_id == payment.id
    assert bill.decision is not None
    assert bill.decision.state is DecisionState.QUEUED
    assert desk.books.head("USD").covered_total == usd("1260.00")
    # The next bill belongs to the next occurrence, the third to nobody.
    other = desk.read(bill_id="bill-2", payment=None)
    assert other.live_payment_id == recurrence.payment_ids[1]
    assert desk.read(bill_id="bill-3", payment=None).live_payment_id is None


@pytest.mark.parametrize(
    "bill",
    [
        {"amount": usd("1275.01")},
        {"vendor_id": "vendor-2"},
        {"approved": False},
        {"state": RailState.PROCESSING},
    ],
)
def test_another_bill_does_not(bill: dict[str, object]) -> None:
    desk = Desk()
    defined(desk)
    assert desk.read(**{"payment": None, **bill}).live_payment_id is None  # type: ignore[arg-type]


def test_a_date_at_ramp_is_asked_to_be_cleared() -> None:
    desk = Desk()
    defined(desk)
    bill = desk.read(RailState.SCHEDULED, payment=rail_payment())
    assert bill.command is not None
    assert bill.command.is_open
    assert bill.reserve is not None
    assert not bill.reserve.observed


def test_its_day_without_a_bill_is_a_hold_and_the_bill_lifts_it() -> None:
    desk = Desk()
    recurrence = defined(desk)
    desk.pass_days(12)
    desk.sweep()
    held = desk.payment(recurrence.payment_ids[0])
    assert held.status is Status.HOLD
    assert held.hold is not None
    assert held.hold.kind == Code.NO_BILL
    bill = desk.read(payment=None)
    lifted = desk.payment(held.id)
    assert (lifted.status, lifted.bill_id) == (Status.PENDING, bill.id)
    assert lifted.custody.attempt == held.custody.attempt + 1


def test_a_bill_that_a_person_took_up_is_left_to_them() -> None:
    desk = Desk()
    desk.read(payment=None)
    staged = desk.act(lambda change: stage(desk.environment, change, "bill-1"))
    assert not isinstance(staged, Refusal)
    defined(desk)
    assert desk.read(invoice_number="INV-8", payment=None).live_payment_id is None


def test_a_person_may_withdraw_what_was_attached_and_it_does_not_attach_again() -> None:
    desk = Desk()
    defined(desk)
    bill = desk.read(payment=None)
    assert bill.decision is not None
    name = bill.decision.id
    taken = desk.act(lambda change: withdraw(change, name))
    assert not isinstance(taken, Refusal)
    assert desk.read(invoice_number="INV-8", payment=None).live_payment_id is None
    assert desk.books.head("USD").covered_total == usd("0")


def test_above_the_threshold_a_second_person_approves() -> None:
    desk = Desk(dual_control_from=usd("1270.00"))
    desk.join("anna")
    recurrence = defined(desk)
    assert recurrence.state is RecurrenceState.PROPOSED
    assert recurrence.payment_ids == ()
    own = desk.act(lambda change: approve(desk.environment, change, recurrence.id))
    assert isinstance(own, Refusal)
    assert own.code is Code.SAME_PERSON
    yes = desk.act(lambda change: approve(desk.environment, change, recurrence.id), "ben")
    assert isinstance(yes, Recurrence)
    active = stored(desk, recurrence.id)
    assert (active.state, active.approved_by) == (RecurrenceState.ACTIVE, "ben")
    assert len(active.payment_ids) == 2


def test_changed_terms_reschedule_what_is_pending_and_the_replacement_keeps_the_bill() -> None:
    desk = Desk()
    recurrence = defined(desk)
    desk.read(payment=None)
    old = stored(desk, recurrence.id)
    later = replace(TERMS, schedule=replace(TERMS.schedule, starts_on=date(2026, 12, 10), day=10))
    changed = desk.act(
        lambda change: change_terms(desk.environment, change, old.id, later, old.version)
    )
    assert isinstance(changed, Recurrence)
    new = stored(desk, old.id)
    before, after = desk.payment(old.payment_ids[0]), desk.payment(new.payment_ids[0])
    assert before.status is Status.RESCHEDULED
    assert (before.replaced_by, after.replaces) == (after.id, before.id)
    assert after.pay_on == date(2026, 12, 10)
    bill = desk.bill()
    assert (bill.live_payment_id, after.bill_id) == (after.id, bill.id)
    assert bill.reserve is not None
    assert bill.reserve.needed_on == after.pay_on
    assert desk.books.head("USD").covered_total == usd("1250.00")


def test_changed_terms_free_a_bill_that_no_longer_fits() -> None:
    desk = Desk()
    recurrence = defined(desk)
    desk.read(payment=None)
    old = stored(desk, recurrence.id)
    cheaper = replace(TERMS, amount=usd("800.00"))
    desk.act(lambda change: change_terms(desk.environment, change, old.id, cheaper, old.version))
    bill = desk.bill()
    assert bill.live_payment_id is None
    assert bill.decision is not None
    assert bill.decision.state is DecisionState.WITHDRAWN
    assert desk.books.head("USD").covered_total == usd("0")


def test_ending_cancels_what_has_no_bill_and_lets_the_rest_go_on() -> None:
    desk = Desk()
    recurrence = defined(desk)
    desk.read(payment=None)
    version = stored(desk, recurrence.id).version
    desk.act(lambda change: end(change, recurrence.id, version))
    first, second = (desk.payment(name) for name in recurrence.payment_ids)
    assert (first.status, second.status) == (Status.SCHEDULED, Status.CANCELLED)
    assert stored(desk, recurrence.id).state is RecurrenceState.ENDED
    assert desk.read(bill_id="bill-2", payment=None).live_payment_id is None


def test_a_stale_version_changes_nothing() -> None:
    desk = Desk()
    recurrence = defined(desk)
    refused = desk.act(lambda change: end(change, recurrence.id, recurrence.version - 1))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.VERSION_MISMATCH
    assert stored(desk, recurrence.id) == recurrence


def test_the_sweep_plans_what_comes_within_the_horizon() -> None:
    desk = Desk()
    recurrence = defined(desk)
    for _ in range(70):
        desk.pass_days(1)
        desk.sweep()
    made = [entry for entry in desk.types() if entry == "payment.planned"]
    assert len(made) == 4
    assert stored(desk, recurrence.id).planned_count == 4


def test_an_attached_bill_cannot_be_decided_besides() -> None:
    desk = Desk()
    defined(desk)
    desk.read(payment=None)
    refused = desk.act(
        lambda change: decide(desk.environment, change, Decide("bill-1", DecisionAction.PAY_NOW))
    )
    assert isinstance(refused, Refusal)


def test_a_payment_that_is_being_cancelled_is_not_replaced() -> None:
    desk = Desk()
    name = defined(desk).payment_ids[0]
    desk.read(RailState.SCHEDULED, payment=rail_payment())
    desk.act(lambda change: cancel(desk.environment, change, name))
    assert desk.payment(name).wants_cancelling
    old = stored(desk, desk.payment(name).recurrence_id or "")
    later = replace(TERMS, schedule=replace(TERMS.schedule, day=3))
    desk.act(lambda change: change_terms(desk.environment, change, old.id, later, old.version))
    assert desk.payment(name).status is Status.SCHEDULED
    assert desk.bill().live_payment_id == name
    assert desk.payment(name).wants_cancelling


def test_more_missed_bills_than_one_write_holds_are_cancelled_first() -> None:
    desk = Desk()
    weekly = replace(TERMS, schedule=Schedule(Frequency.WEEKLY, FIRST))
    name = defined(desk, weekly).id
    for _ in range(15):
        desk.pass_days(7)
        desk.sweep()
    old = stored(desk, name)
    again = replace(TERMS, schedule=Schedule(Frequency.WEEKLY, date(2027, 6, 1)))
    for refused in (
        desk.act(lambda change: end(change, name, old.version)),
        desk.act(lambda change: change_terms(desk.environment, change, name, again, old.version)),
    ):
        assert isinstance(refused, Refusal)
        assert refused.code is Code.TOO_MANY_ITEMS
    assert stored(desk, name) == old
    for waiting in old.payment_ids:
        if desk.payment(waiting).status is Status.HOLD:
            desk.act(partial(cancel, desk.environment, payment_id=waiting))
    ended = desk.act(lambda change: end(change, name, old.version))
    assert isinstance(ended, Recurrence)
    assert stored(desk, name).payment_ids == ()
