"""Days and cut-offs of a route, to the second."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rowcol.domain.calendar import bank_holidays
from rowcol.domain.routing.ask import Preference
from rowcol.domain.routing.cutoff import Cutoff, earliest_send, latest_send
from rowcol.domain.routing.networks import Network
from rowcol.domain.routing.rail import Offer, Offered, Rail
from tests.support.domain.bank_days_by_hand import (
    HOLIDAYS,
    ONE,
    OPEN_FRIDAYS,
    TABLE,
    clock_changes,
    counted,
    is_open,
)
from tests.support.domain.routes import (
    SAME_DAY,
    SECOND,
    STANDARD,
    WIRE,
    ask,
    at,
    own,
    refusal,
    settings_of,
    taken,
    terms,
    way_of,
)

NONE: frozenset[date] = frozenset()
ACH, BY_WIRE = frozenset({Network.ACH}), frozenset({Network.DOMESTIC_WIRE})
NEW_YORK = Cutoff(17, 0, "America/New_York")


@pytest.mark.parametrize("year", TABLE)
def test_the_table_by_hand_is_the_calendar(year: int) -> None:
    assert bank_holidays(year) == {day for day in HOLIDAYS if day.year == year}


CUTOFFS = [
    # cut-off, the instant it means in UTC
    (NEW_YORK, "2026-11-20T22:00:00+00:00"),  # winter
    (NEW_YORK, "2026-07-02T21:00:00+00:00"),  # summer
    (NEW_YORK, "2026-03-06T22:00:00+00:00"),  # Friday before the clocks go forward
    (NEW_YORK, "2026-03-09T21:00:00+00:00"),  # Monday after
    (NEW_YORK, "2026-10-30T21:00:00+00:00"),  # Friday before they go back
    (NEW_YORK, "2026-11-02T22:00:00+00:00"),  # Monday after
    (Cutoff(14, 30, "America/Los_Angeles"), "2026-03-06T22:30:00+00:00"),
    (Cutoff(14, 30, "America/Los_Angeles"), "2026-03-09T21:30:00+00:00"),
    (Cutoff(12, 0, "America/Phoenix"), "2026-07-02T19:00:00+00:00"),  # no summer time
    (Cutoff(12, 0, "Pacific/Auckland"), "2026-11-19T23:00:00+00:00"),  # already the 20th there
    (Cutoff(0, 0, "UTC"), "2026-11-20T00:00:00+00:00"),
]


@pytest.mark.parametrize(("cutoff", "instant"), CUTOFFS)
def test_the_day_ends_at_the_cutoff_to_the_microsecond(cutoff: Cutoff, instant: str) -> None:
    end = at(instant)
    that_day = end.astimezone(ZoneInfo(cutoff.zone)).date()
    following = counted(that_day, 1)
    nothing = timedelta(microseconds=1)
    if cutoff.on(that_day) > at(f"{that_day}T05:00:00+00:00"):  # New York has the same day
        for early in (SECOND, nothing):
            assert earliest_send(end - early, [cutoff], NONE) == that_day
    for late in (timedelta(0), nothing, SECOND):
        assert earliest_send(end + late, [cutoff], NONE) == following


def test_of_two_cutoffs_the_first_to_pass_counts() -> None:
    both = [NEW_YORK, Cutoff(16, 45, "America/New_York")]
    assert earliest_send(at("2026-11-20T21:44:59+00:00"), both, NONE) == date(2026, 11, 20)
    assert earliest_send(at("2026-11-20T21:45:00+00:00"), both, NONE) == date(2026, 11, 23)


def test_a_day_that_is_over_in_new_york_is_no_day_to_send() -> None:
    # Still the 20th in Los Angeles, before a cut-off of 23:00 there.
    now = at("2026-11-21T05:30:00+00:00")
    assert earliest_send(now, [Cutoff(23, 0, "America/Los_Angeles")], NONE) == date(2026, 11, 23)


@pytest.mark.parametrize("year", range(2024, 2033))
@pytest.mark.parametrize("which", [0, 1])
def test_a_cutoff_keeps_its_time_of_day_over_both_clock_changes(year: int, which: int) -> None:
    sunday = clock_changes(year)[which]
    before = counted(sunday - timedelta(days=9), 5) if which else sunday - timedelta(days=2)
    before = before if is_open(before) else before - ONE
    after = counted(before, 1)
    for day, next_day in ((before, after), (after, counted(after, 1))):
        end = datetime.combine(day, time(17), tzinfo=ZoneInfo("America/New_York"))
        assert taken(ask(day, end - SECOND), terms()).send_on == day
        assert taken(ask(day, end), terms()).send_on == next_day


@pytest.mark.parametrize(
    ("on", "instant"), [("2026-03-08", "2026-03-08T06:59:59Z"), ("2026-11-01", "2026-11-01T05:59Z")]
)
def test_in_the_very_hour_the_clocks_change_days_are_right(on: str, instant: str) -> None:
    moment = at(instant)
    for step in range(0, 3 * 3600, 600):
        found = taken(ask(on, moment + timedelta(seconds=step)), terms())
        assert found.send_on == counted(date.fromisoformat(on) - timedelta(days=2), 1)


@pytest.mark.parametrize("holiday", HOLIDAYS, ids=str)
def test_nothing_moves_on_a_holiday(holiday: date) -> None:
    before = holiday - ONE
    while not is_open(before):
        before -= ONE
    after = counted(before, 1)
    noon = datetime.combine(before, time(12), tzinfo=ZoneInfo("America/New_York"))
    sent = taken(ask(holiday, noon, networks=ACH), terms())
    assert (sent.send_on, sent.collect_on) == (after, counted(after, 1))
    assert (sent.promised_on, sent.meets_date) == (counted(after, 5), True)
    # To be there by the holiday means by the day before it.
    earlier = noon - timedelta(days=7)
    there = taken(ask(holiday, earlier, Preference.DELIVER_BY, networks=BY_WIRE), terms())
    assert there.promised_on == before
    assert counted(there.send_on, 1) == before
    # Sent on the day before, collecting crosses it.
    crossing = taken(ask(before, noon, networks=ACH), terms())
    assert crossing.collect_on == after
    # Asked for on the holiday itself, at noon, nothing leaves before the day after.
    assert taken(ask(holiday, noon + (holiday - before)), terms()).send_on == after


@pytest.mark.parametrize("friday", OPEN_FRIDAYS, ids=str)
def test_the_friday_before_a_saturday_holiday_is_a_day_to_send_and_to_arrive(friday: date) -> None:
    assert is_open(friday)
    noon = datetime.combine(friday, time(12), tzinfo=ZoneInfo("America/New_York"))
    assert taken(ask(friday, noon), terms()).send_on == friday
    weeks_ago = noon - timedelta(days=21)
    found = taken(ask(friday + ONE, weeks_ago, Preference.DELIVER_BY), terms())
    assert found.promised_on == friday


def test_an_operators_closure_is_no_day_to_send_to_collect_or_to_arrive() -> None:
    closed = date(2026, 11, 24)
    table = terms(settings_of(closures=(closed,)))
    now = "2026-11-20T15:00:00+00:00"
    found = taken(ask(closed, now), table)
    assert (found.send_on, found.collect_on) == (date(2026, 11, 25), date(2026, 11, 27))
    found = taken(ask(closed, now, Preference.DELIVER_BY, networks=BY_WIRE), table)
    assert found.promised_on == date(2026, 11, 23)


def test_the_networks_own_cutoff_holds_though_the_rails_is_later() -> None:
    settings = settings_of(
        own(SAME_DAY, enabled=True, cutoff=Cutoff(23, 0, "America/New_York")),
        own(WIRE, cutoff=Cutoff(23, 0, "America/New_York")),
    )
    last = at("2026-11-20T21:45:00+00:00")
    asked = ask("2026-11-20", last - SECOND, Preference.DELIVER_BY, networks=ACH)
    assert way_of(taken(asked, terms(settings))) == SAME_DAY
    late = refusal(ask("2026-11-20", last, Preference.DELIVER_BY, networks=ACH), terms(settings))
    assert late.numbers["earliest"] == date(2026, 11, 23)
    fedwire = at("2026-11-20T23:45:00+00:00")
    assert taken(ask("2026-11-20", fedwire - SECOND, networks=BY_WIRE), terms(settings)).meets_date
    moved = taken(ask("2026-11-20", fedwire, networks=BY_WIRE), terms(settings))
    assert (moved.send_on, moved.meets_date) == (date(2026, 11, 23), False)


def test_today_is_the_clients() -> None:
    now = "2026-11-21T06:00:00+00:00"  # the 20th in Los Angeles, the 21st in New York
    found = taken(ask("2026-11-20", now), terms(zone="America/Los_Angeles"))
    assert found.send_on == date(2026, 11, 23)
    assert not found.meets_date


@pytest.mark.parametrize("days", [0, 1, 2, 5, 10, 60])
def test_the_latest_start_is_as_far_before_as_the_way_takes(days: int) -> None:
    day = date(2026, 11, 1)
    while day < date(2027, 2, 1):
        start = latest_send(day, days, NONE)
        assert counted(start, days) <= day
        assert counted(counted(start, 1), days) > day
        day += ONE


BAD = [(24, 0, "UTC"), (0, 60, "UTC"), (-1, 0, "UTC"), (12, 0, "America/Gotham"), (12, 0, "../x")]


@pytest.mark.parametrize(("hour", "minute", "zone"), BAD)
def test_a_cutoff_that_cannot_be_is_refused(hour: int, minute: int, zone: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # time and zone data say it in their own words
        Cutoff(hour, minute, zone)


@pytest.mark.parametrize("told", [{"days": -1}, {"days": 61}, {"fee_minor": -1}])
def test_settings_that_cannot_be_are_refused(told: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"from 0 to|below zero"):
        own(STANDARD, **told)


def test_a_rail_that_needs_no_time_still_needs_an_open_day() -> None:
    saturday = datetime(2026, 11, 21, 15, tzinfo=UTC)
    settings = settings_of(own(WIRE, days=0), from_balance=True)
    rail = Rail("now", {WIRE: Offered(Offer.YES)}, "https://rail.example/")
    found = taken(ask("2026-11-21", saturday, networks=BY_WIRE), terms(settings, rail))
    assert found.send_on == found.promised_on == date(2026, 11, 23)
