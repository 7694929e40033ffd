"""Usage of limits: what counts and what does not, what is used and what is given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.event_versions import record_as_current
from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import Level
from rowcol.domain.payment import Origin, Payment
from rowcol.domain.plain import from_plain, to_plain
from rowcol.domain.refusal import Code
from rowcol.service.change import Change
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
