"""The check of limits: which level refuses, with which numbers; what counts and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.event_versions import record_as_current
from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import Level, LimitSet
from rowcol.domain.money import Money
from rowcol.domain.payment import Origin, Payment
from rowcol.domain.plain import from_plain, to_plain
from rowcol.domain.refusal import Code
from rowcol.service.change import Change
from rowcol.service.limit_changes import Target
from rowcol.service.limit_usage import GIVEN_BACK, USED, UnreadPayment, usage_of
from rowcol.service.limits import within_limits
from rowcol.service.store import Counter
from tests.support.domain.builders import FRIDAY, payment, usd
from tests.support.limits import (
    ANNA,
    BEN,
    THE_FIRM,
    House,
    asked,
    folded,
    limit_set,
    moved_counters,
    of_client,
    of_user,
    put,
    refused,
)

BLUEBIRD = of_client("bluebird")
MONDAY = FRIDAY + timedelta(days=3)
TUESDAY = MONDAY + timedelta(days=1)
RESERVED = {THE_FIRM, BLUEBIRD, of_user(ANNA)}


# ---- what counts


def test_all_levels_count_also_without_a_limit() -> None:
    house = House()
    house.ask("120.00", MONDAY)
    assert [house.counter(target, MONDAY) for target in RESERVED] == [Counter(12_000)] * 3
    assert house.counter(of_user(BEN), MONDAY) == Counter()


def test_a_limit_set_later_is_exact_from_its_first_moment() -> None:
    house = House()
    house.ask("120.00", MONDAY)
    house.set(BLUEBIRD, limit_set(per_day="200"))
    assert refused(house.ask("80.01", MONDAY)).code is Code.LIMIT_DAILY
    asked(house.ask("80.00", MONDAY))


@pytest.mark.parametrize("status", Status)
def test_usage_by_status(status: Status) -> None:
    held = usage_of(payment(status), House().books().scope)
    if status in GIVEN_BACK:
        assert held == {}
    else:
        used = 125_000 if status in USED else 0
        assert set(held.values()) == {Counter(125_000, used)}
        assert {day.level for day in held} == set(Level)


def test_every_status_is_given_back_or_held() -> None:
    assert set(Status) - GIVEN_BACK - USED == {
        Status.SCHEDULED, Status.PENDING, Status.HOLD, Status.BANK_HOLD, Status.ADMIN_HOLD,
    }  # fmt: skip


def test_records_never_count() -> None:
    house = House()
    house.set(THE_FIRM, limit_set(per_transaction="1", per_day="1"))

    def plan(change: Change) -> object:
        record = payment(Status.DONE, version=0, origin=Origin.RECORD, bill_id=None)
        return put(change, record)

    house.act(plan)
    assert house.store.counters == {}


@pytest.mark.parametrize("ended", sorted(GIVEN_BACK))
def test_what_ends_untaken_gives_all_of_it_back(ended: Status) -> None:
    house = House()
    made = asked(house.ask("120.00", MONDAY))
    house.move(made.id, status=ended)
    assert moved_counters(house.store) == {}


def test_what_the_rail_took_is_used_and_proof_that_nothing_moved_gives_it_back() -> None:
    house = House()
    made = asked(house.ask("120.00", MONDAY))
    house.move(made.id, status=Status.PROCESSING)
    assert house.counter(THE_FIRM, MONDAY) == Counter(12_000, 12_000)
    house.move(made.id, status=Status.DONE)
    house.move(made.id, status=Status.REVERSED)
    assert house.counter(THE_FIRM, MONDAY) == Counter(12_000, 12_000)
    other = asked(house.ask("30.00", MONDAY))
    house.move(other.id, status=Status.PROCESSING)
    house.move(other.id, status=Status.REJECTED)
    assert house.counter(THE_FIRM, MONDAY) == Counter(12_000, 12_000)


def test_our_change_of_the_date_moves_it_and_the_rails_does_not() -> None:
    house = House()
    made = asked(house.ask("120.00", MONDAY))
    house.move(made.id, rail=None, memo="Ramp moved it to Wednesday")
    assert house.counter(BLUEBIRD, MONDAY) == Counter(12_000)
    house.move(made.id, pay_on=TUESDAY)
    assert house.counter(BLUEBIRD, MONDAY) == Counter()
    assert house.counter(BLUEBIRD, TUESDAY) == Counter(12_000)


def test_a_payment_made_before_anything_was_counted_gives_nothing_back() -> None:
    house = House()
    stored = to_plain(payment(Status.SCHEDULED, version=0, pay_on=MONDAY))
    stored |= {"vendor_id": stored.pop("counterparty_id")}
    stored |= {"vendor_name": stored.pop("counterparty_name")}
    del stored["uncounted"]
    old = from_plain(Payment, record_as_current("payment", stored))
    assert house.books().save(old)
    house.move(old.id, status=Status.PENDING)
    house.move(old.id, status=Status.PROCESSING)
    house.move(old.id, status=Status.REJECTED)
    assert house.store.counters == {}


def test_what_moves_nothing_writes_no_counter() -> None:
    house = House()
    made = asked(house.ask("120.00", MONDAY))
    before = dict(house.store.counters)
    house.move(made.id, memo="hello")
    assert house.store.counters == before


def test_a_payment_that_the_change_did_not_read_is_a_defect() -> None:
    house = House()
    made = asked(house.ask("120.00", MONDAY))

    def plan(change: Change) -> object:
        return put(change, replace(made, version=1, status=Status.CANCELLED))

    with pytest.raises(UnreadPayment):
        house.act(plan)


def test_usage_of_many_payments_is_one_move_a_counter() -> None:
    house = House()
    house.set(BLUEBIRD, limit_set(per_day="100"))

    def plan(change: Change) -> object:
        for number in range(5):
            each = payment(
                Status.SCHEDULED, id=f"pay_{number}", version=0, amount=usd("20"),
                created_by=ANNA, pay_on=MONDAY,
            )  # fmt: skip
            refusal = within_limits(house.environment, change, each)
            if refusal is not None:
                return refusal
            put(change, each)
        return True

    assert house.act(plan) is True
    assert house.counter(BLUEBIRD, MONDAY) == Counter(10_000)
    assert folded(house.payments()) == moved_counters(house.store)


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
    quiet = ["get", "get"]  # client and head, as for every change
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
