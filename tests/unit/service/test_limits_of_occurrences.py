"""Limits of what recurs: people's terms are measured, the system's plans when their bill comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from rowcol.domain.lifecycle import By, Status
from rowcol.domain.limits import LimitSet
from rowcol.domain.payment import Payment
from rowcol.domain.recurrence import Frequency, Recurrence, Schedule, Terms, Tolerance
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.limit_changes import Target
from rowcol.service.limit_usage import Day
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.recurrences.define import define
from rowcol.service.store import Counter
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import usd
from tests.support.limits import limit_set, of_client, of_user

FIRST = date(2026, 12, 1)
TERMS = Terms(
    "vendor-1",
    "Acme Supplies",
    usd("1250.00"),
    Tolerance(basis_points=2_000),
    Schedule(Frequency.MONTHLY_ON_DAY, FIRST, day=1, count=12),
)
CLIENT = of_client(SCOPE.client)


def agree(desk: Desk, target: Target, limits: LimitSet) -> None:
    books = desk.store.books(target.scope(SCOPE.firm))
    known = target.found(books.get(type(target.found(None)), target.id))
    assert books.save(replace(known, limits=limits))


def defined(desk: Desk) -> Recurrence | Refusal:
    result: Any = desk.act(lambda change: define(desk.environment, change, TERMS))
    return result  # type: ignore[no-any-return]  # no command is asked for


def first_of(desk: Desk) -> Payment:
    recurrence = defined(desk)
    assert isinstance(recurrence, Recurrence)
    return desk.payment(recurrence.payment_ids[0])


def usage(desk: Desk, target: Target, day: date) -> Counter:
    name = Day(target.level, target.subject, "USD", day).counter
    return desk.store.books(target.scope(SCOPE.firm)).counters([name])[name]


def test_terms_above_a_limit_are_refused_to_the_person_who_defines_them() -> None:
    desk = Desk()
    agree(desk, of_user("anna"), limit_set(per_transaction="1000"))
    found = defined(desk)
    assert isinstance(found, Refusal)
    assert (found.code, found.numbers["level"]) == (Code.LIMIT_TRANSACTION, "user")


def test_an_occurrence_holds_its_day_from_when_it_is_planned() -> None:
    desk = Desk()
    first_of(desk)
    assert usage(desk, CLIENT, FIRST) == Counter(125_000)
    assert usage(desk, of_user("anna"), FIRST) == Counter(125_000)


def test_a_bill_within_the_limits_attaches_with_its_own_amount() -> None:
    desk = Desk()
    agree(desk, CLIENT, limit_set("1400", "1400"))
    payment = first_of(desk)
    desk.read(amount=usd("1400.00"), payment=None)
    assert desk.payment(payment.id).status is Status.SCHEDULED
    assert usage(desk, CLIENT, FIRST) == Counter(140_000)


def test_a_bill_that_takes_its_day_beyond_the_limit_waits_for_people() -> None:
    desk = Desk()
    agree(desk, CLIENT, limit_set(per_day="1300"))
    payment = first_of(desk)
    desk.read(amount=usd("1300.01"), payment=None)
    held = desk.payment(payment.id)
    assert held.status is Status.HOLD
    assert held.hold is not None
    assert held.hold.kind == Code.LIMIT_DAILY
    assert "1,300.01 USD is more than the 1,300.00 USD left" in held.hold.detail


def test_a_bill_above_the_limit_a_payment_waits_and_goes_on_once_it_is_changed() -> None:
    desk = Desk()
    payment = first_of(desk)
    agree(desk, of_user("anna"), limit_set(per_transaction="1300"))
    desk.read(amount=usd("1400.00"), payment=None)
    held = desk.payment(payment.id)
    assert held.hold is not None
    assert held.hold.kind == Code.LIMIT_TRANSACTION

    def lifted(person: str) -> Any:
        wish = Lift(By.PERSON)
        return desk.act(lambda change: lift(desk.environment, change, payment.id, wish), person)

    refused = lifted("ben")
    assert isinstance(refused, Refusal)
    assert refused.code is Code.LIMIT_TRANSACTION
    agree(desk, of_user("anna"), limit_set(per_transaction="1400"))
    result = lifted("ben")
    assert isinstance(result, Payment), result
    assert result.status is Status.SCHEDULED
    assert usage(desk, CLIENT, FIRST) == Counter(140_000)


def test_what_is_planned_is_not_refused_for_limits_lowered_since() -> None:
    desk = Desk()
    payment = first_of(desk)
    desk.read(amount=usd("1250.00"), payment=None)
    agree(desk, CLIENT, limit_set("1", "1"))
    assert desk.payment(payment.id).status is Status.SCHEDULED
