"""The check of limits: which level refuses, with which numbers, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import LimitSet
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code
from rowcol.service.change import Change
from rowcol.service.limit_changes import Target
from rowcol.service.limits import within_limits
from rowcol.service.store import Counter
from tests.support.domain.builders import FRIDAY, payment, usd
from tests.support.limits import (
    ANNA,
    BEN,
    THE_FIRM,
    House,
    asked,
    limit_set,
    of_client,
    of_user,
    put,
    refused,
)

BLUEBIRD = of_client("bluebird")
MONDAY = FRIDAY + timedelta(days=3)
TUESDAY = MONDAY + timedelta(days=1)


# ---- which level refuses


@pytest.mark.parametrize("target", [THE_FIRM, BLUEBIRD, of_user(ANNA)], ids=lambda t: t.level)
def test_each_level_refuses_a_payment_above_its_limit(target: Target) -> None:
    house = House()
    house.ask("40.00", MONDAY)
    house.set(target, limit_set(per_transaction="100"))
    asked(house.ask("100.00", MONDAY))
    found = refused(house.ask("100.01", MONDAY))
    assert found.code is Code.LIMIT_TRANSACTION
    assert found.numbers == {
        "level": target.level.value,
        "subject": target.subject,
        "limit": usd("100"),
        "day": MONDAY,
        "used": usd("0"),
        "reserved": usd("140"),
        "asked": usd("100.01"),
        "left": usd("100"),
    }


@pytest.mark.parametrize("target", [THE_FIRM, BLUEBIRD, of_user(ANNA)], ids=lambda t: t.level)
def test_each_level_refuses_what_its_day_cannot_hold(target: Target) -> None:
    house = House()
    house.set(target, limit_set(per_day="100"))
    taken = asked(house.ask("30.00", MONDAY))
    house.move(taken.id, status=Status.PROCESSING)
    asked(house.ask("45.00", MONDAY))
    found = refused(house.ask("25.01", MONDAY))
    assert found.code is Code.LIMIT_DAILY
    assert found.numbers == {
        "level": target.level.value,
        "subject": target.subject,
        "limit": usd("100"),
        "day": MONDAY,
        "used": usd("30"),
        "reserved": usd("45"),
        "asked": usd("25.01"),
        "left": usd("25"),
    }
    asked(house.ask("25.00", MONDAY))
    asked(house.ask("100.00", TUESDAY))


def test_the_level_with_the_least_left_answers() -> None:
    house = House({"bluebird": "America/New_York", "cedar": "America/New_York"})
    house.set(THE_FIRM, limit_set(per_day="100"))
    house.set(BLUEBIRD, limit_set(per_day="60"))
    assert refused(house.ask("70", MONDAY)).numbers["level"] == "client"
    house.ask("80", MONDAY, client="cedar", person=BEN)
    assert refused(house.ask("70", MONDAY)).numbers["level"] == "firm"


def test_the_firm_adds_up_all_clients_and_a_user_all_that_they_decide() -> None:
    house = House({"bluebird": "America/New_York", "cedar": "America/New_York"})
    house.set(of_user(ANNA), limit_set(per_day="100"))
    house.ask("60", MONDAY)
    assert refused(house.ask("60", MONDAY, client="cedar")).numbers["level"] == "user"
    asked(house.ask("60", MONDAY, client="cedar", person=BEN))
    house.set(THE_FIRM, limit_set(per_day="130"))
    assert refused(house.ask("20", MONDAY, client="cedar", person=BEN)).code is Code.LIMIT_DAILY


def test_the_limit_a_payment_goes_before_the_limit_a_day() -> None:
    house = House()
    house.set(THE_FIRM, limit_set(per_day="10"))
    house.set(BLUEBIRD, limit_set(per_transaction="10"))
    assert refused(house.ask("20", MONDAY)).code is Code.LIMIT_TRANSACTION


def test_a_limit_in_another_currency_is_no_leave() -> None:
    house = House()
    house.set(THE_FIRM, LimitSet(per_day=Money(10**9, "EUR")))
    found = refused(house.ask("1", MONDAY))
    assert (found.code, found.numbers["expected"]) == (Code.CURRENCY_MISMATCH, "EUR")
    house.set(THE_FIRM, LimitSet(Money(10**9, "EUR")))
    assert refused(house.ask("1", MONDAY)).code is Code.CURRENCY_MISMATCH


def test_a_refusal_is_logged_and_counts_nothing() -> None:
    house = House()
    house.set(BLUEBIRD, limit_set(per_day="10"))
    house.ask("11", MONDAY)
    entries = house.books().entries()
    assert [entry.type for entry in entries] == ["command.denied"]
    assert house.store.counters == {}


# ---- changes later


def test_a_new_day_is_measured_by_the_limits_of_now() -> None:
    house = House()
    house.set(BLUEBIRD, limit_set(per_day="100"))
    first = asked(house.ask("60", MONDAY))
    asked(house.ask("60", TUESDAY))
    found = refused(house.move(first.id, pay_on=TUESDAY))
    assert (found.code, found.numbers["left"]) == (Code.LIMIT_DAILY, usd("40"))
    assert house.counter(BLUEBIRD, MONDAY) == Counter(6_000)


def test_a_lowered_limit_takes_nothing_away_and_giving_back_is_always_allowed() -> None:
    house = House()
    first, second = asked(house.ask("60", MONDAY)), asked(house.ask("30", MONDAY))
    house.set(BLUEBIRD, limit_set(per_transaction="5", per_day="10"))
    house.move(first.id, status=Status.PENDING)
    house.move(first.id, status=Status.PROCESSING)
    house.move(second.id, status=Status.CANCELLED)
    assert house.counter(BLUEBIRD, MONDAY) == Counter(6_000, 6_000)
    assert refused(house.ask("1", MONDAY)).numbers["left"] == usd("0")


def test_a_command_that_forgot_to_ask_is_refused_all_the_same() -> None:
    house = House()
    house.set(of_user(ANNA), limit_set(per_transaction="50"))

    def plan(change: Change) -> object:
        each = payment(Status.SCHEDULED, version=0, amount=usd("51"), created_by=ANNA)
        return put(change, each)

    assert refused(house.act(plan)).code is Code.LIMIT_TRANSACTION
    assert house.payments() == []


def test_who_changes_anothers_payment_is_held_to_their_own_limits_too() -> None:
    house = House()
    made = asked(house.ask("60", MONDAY))
    house.set(of_user(BEN), limit_set(per_transaction="50"))
    found = refused(house.move(made.id, person=BEN, pay_on=TUESDAY))
    assert (found.code, found.numbers["subject"]) == (Code.LIMIT_TRANSACTION, BEN)
    # It stays the usage of who decided it.
    asked(house.move(made.id, pay_on=TUESDAY))
    assert house.counter(of_user(ANNA), TUESDAY) == Counter(6_000)


# ---- what it costs


def test_reads_of_a_check() -> None:
    calls: list[str] = []
    house = House()
    house.store.on_call = calls.append
    quiet = ["get", "get"]  # head and client, as for every change
    asked(house.ask("10", MONDAY))
    assert calls == [*quiet, "get", "get_many", "commit:before", "commit:after"]
    house.store.on_call = lambda _: None
    for target in (THE_FIRM, BLUEBIRD, of_user(ANNA)):
        house.set(target, limit_set("100", "100", "100"))
    calls.clear()
    house.store.on_call = calls.append
    asked(house.ask("10", MONDAY))
    assert calls == [
        *quiet, "get", "get_many", "counters", "counters", "commit:before", "commit:after",
    ]  # fmt: skip


def test_the_firms_and_peoples_limits_are_conditions_of_the_write() -> None:
    house = House()
    planned: list[Change] = []

    def plan(change: Change) -> object:
        each = payment(Status.SCHEDULED, version=0, amount=usd("5"), created_by=ANNA)
        result = within_limits(house.environment, change, each) or put(change, each)
        planned.append(change)
        # Somebody else's agreement comes between reading and writing, once.
        if len(planned) == 1:
            house.set(THE_FIRM, limit_set(per_transaction="1"))
        return result

    assert refused(house.act(plan)).code is Code.LIMIT_TRANSACTION
    assert len(planned) == 2
    assert house.counter(THE_FIRM, FRIDAY) == Counter()
