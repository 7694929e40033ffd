"""Days of limits: midnight in three zones, both changes of the clocks, settings that change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rowcol.domain.calendar import BANK_ZONE, end_of_day
from rowcol.domain.client import Client
from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import CountedDays
from rowcol.domain.refusal import Code
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.store import Counter
from tests.support.domain.builders import usd
from tests.support.limits import (
    ANNA,
    FIRM,
    THE_FIRM,
    House,
    asked,
    folded,
    limit_set,
    moved_counters,
    of_client,
    of_user,
    refused,
)

CLIENT = of_client("bluebird")
NEW_YORK, HONOLULU, AUCKLAND = BANK_ZONE, "Pacific/Honolulu", "Pacific/Auckland"
SECOND = timedelta(seconds=1)


def instants_around_midnight(day: date, zone: str) -> Iterator[tuple[datetime, date]]:
    """The last second of a day, and the first of the next, in a zone."""
    end = end_of_day(day, zone)
    yield end - SECOND, day
    yield end, day + timedelta(days=1)


@pytest.mark.parametrize("zone", [NEW_YORK, HONOLULU, AUCKLAND])
def test_a_new_day_begins_at_the_clients_midnight_and_at_no_other(zone: str) -> None:
    house = House({"bluebird": zone}, firm_zone="UTC")
    house.set(CLIENT, limit_set(per_day="100"))
    for now, day in instants_around_midnight(date(2026, 11, 20), zone):
        house.clock.at = now
        asked(house.ask("100"))
        found = refused(house.ask("0.01"))
        assert (found.code, found.numbers["day"]) == (Code.LIMIT_DAILY, day)
        assert house.counter(CLIENT, day) == Counter(10_000)


@pytest.mark.parametrize("zone", [NEW_YORK, HONOLULU, AUCKLAND])
def test_the_firm_and_its_people_have_the_firms_midnight(zone: str) -> None:
    house = House({"bluebird": "UTC"}, firm_zone=zone)
    house.set(THE_FIRM, limit_set(per_day="100"))
    house.set(of_user(ANNA), limit_set(per_day="80"))
    for now, day in instants_around_midnight(date(2026, 11, 20), zone):
        house.clock.at = now
        asked(house.ask("80"))
        assert refused(house.ask("1")).numbers["day"] == day
        assert house.counter(THE_FIRM, day) == Counter(8_000)
        assert house.counter(of_user(ANNA), day) == Counter(8_000)


# Both changes of the clocks of 2026: 8 March has 23 hours in New York, 1 November has 25.
@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 1), 24)]
)
def test_a_day_has_as_many_hours_as_its_zone_gives_it(day: date, hours: int) -> None:
    house = House({"bluebird": NEW_YORK})
    house.set(CLIENT, limit_set(per_day=f"{hours}"))
    house.clock.at = end_of_day(day - timedelta(days=1), NEW_YORK)
    for _ in range(hours):
        asked(house.ask("1"))
        house.clock.at += timedelta(hours=1)
    assert house.counter(CLIENT, day) == Counter(hours * 100)
    house.clock.at -= SECOND
    assert refused(house.ask("0.01")).code is Code.LIMIT_DAILY
    house.clock.at += SECOND
    asked(house.ask("0.01"))
    assert house.counter(CLIENT, day + timedelta(days=1)) == Counter(1)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # 01:30 is shown twice on 1 November; both are that day's, as is the last second of it.
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 5, 0, tzinfo=UTC), date(2026, 11, 2)),
        # 02:30 is never shown on 8 March; that day ends an hour earlier by UTC than the one before.
        (datetime(2026, 3, 8, 4, 59, 59, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 4, 0, tzinfo=UTC), date(2026, 3, 9)),
    ],
)
def test_instants_around_the_changes_of_the_clocks(instant: datetime, day: date) -> None:
    house = House({"bluebird": NEW_YORK}, now=instant)
    asked(house.ask("5"))
    for target in (CLIENT, THE_FIRM, of_user(ANNA)):
        assert house.counter(target, day) == Counter(500)


def test_today_is_another_day_for_each_level_and_all_are_given_back() -> None:
    # Friday noon in New York: Friday morning in Honolulu, Saturday morning in Auckland.
    noon = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    house = House({"bluebird": HONOLULU}, firm_zone=AUCKLAND, now=noon)
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    made = asked(house.ask("50"))
    assert made.counted == CountedDays(friday, client=friday, firm=saturday)
    assert house.counter(CLIENT, friday) == Counter(5_000)
    assert house.counter(THE_FIRM, saturday) == Counter(5_000)
    assert house.counter(of_user(ANNA), saturday) == Counter(5_000)
    assert folded(house.payments()) == moved_counters(house.store)
    house.clock.at += timedelta(days=2)
    house.move(made.id, status=Status.CANCELLED)
    assert moved_counters(house.store) == {}


def test_days_are_kept_only_where_zones_do_not_agree() -> None:
    house = House()
    assert asked(house.ask("50")).counted is None
    assert asked(house.ask("50", date(2026, 11, 23))).counted is None


def test_a_zone_that_changes_later_does_not_move_what_is_counted() -> None:
    noon = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    house = House({"bluebird": HONOLULU}, firm_zone=AUCKLAND, now=noon)
    made = asked(house.ask("50"))
    firm = house.store.books(Scope(FIRM))
    for books, name in ((firm, FIRM_WIDE), (house.books(), "bluebird")):
        known = books.get(Client, name)
        assert known is not None
        assert books.save(replace(known, zone="Europe/Lisbon"))
    house.move(made.id, status=Status.PROCESSING)
    assert house.counter(THE_FIRM, date(2026, 11, 21)) == Counter(5_000, 5_000)
    house.move(made.id, status=Status.REJECTED)
    assert moved_counters(house.store) == {}


def test_another_date_is_one_day_at_every_level() -> None:
    noon = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    house = House({"bluebird": HONOLULU}, firm_zone=AUCKLAND, now=noon)
    made = asked(house.ask("50"))
    monday = date(2026, 11, 23)
    asked(house.move(made.id, pay_on=monday))
    assert [house.counter(target, monday) for target in (THE_FIRM, CLIENT)] == [Counter(5_000)] * 2
    assert len(moved_counters(house.store)) == 3


def test_the_refusal_names_the_day_of_the_level_that_refuses() -> None:
    noon = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    house = House({"bluebird": HONOLULU}, firm_zone=AUCKLAND, now=noon)
    house.set(THE_FIRM, limit_set(per_day="10"))
    numbers = refused(house.ask("11")).numbers
    assert (numbers["day"], numbers["left"]) == (date(2026, 11, 21), usd("10"))
