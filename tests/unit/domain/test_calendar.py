from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from rowcol.domain.calendar import (
    BANK_ZONE,
    add_bank_days,
    at_local,
    bank_days_between,
    bank_holidays,
    end_of_day,
    is_bank_day,
    local_date,
    next_bank_day,
)

# Federal Reserve Banks, month-day. The whole table of the statements contract, section 6.
CLOSED = {
    2026: "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25",
    2028: "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-23 12-25",
}
# A holiday on a Saturday does not close the Friday before it.
OPEN_FRIDAYS = ["2026-07-03", "2027-06-18", "2027-12-24", "2027-12-31", "2028-11-10"]


def closed_in(year: int) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for day in CLOSED[year].split()}


@pytest.mark.parametrize("year", CLOSED)
def test_every_day_of_the_year_is_open_or_closed_as_published(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        assert is_bank_day(day) == (day.weekday() < 5 and day not in closed_in(year)), day
        day += timedelta(days=1)


@pytest.mark.parametrize("year", CLOSED)
def test_the_closed_days_are_listed(year: int) -> None:
    assert bank_holidays(year) == closed_in(year)


@pytest.mark.parametrize("day", OPEN_FRIDAYS)
def test_the_friday_before_a_saturday_holiday_is_open(day: str) -> None:
    assert is_bank_day(date.fromisoformat(day))
    assert not is_bank_day(date.fromisoformat(day) + timedelta(days=1))


STEPS = [
    # day, count, result
    ("2026-11-20", 0, "2026-11-20"),
    ("2026-11-20", 1, "2026-11-23"),
    ("2026-11-20", 5, "2026-11-30"),  # over Thanksgiving
    ("2026-11-21", 0, "2026-11-23"),  # from a Saturday
    ("2026-11-21", 1, "2026-11-23"),
    ("2026-11-21", -1, "2026-11-20"),
    ("2026-07-02", 1, "2026-07-03"),  # the Friday before the Fourth is open
    ("2026-07-02", 2, "2026-07-06"),
    ("2027-07-02", 1, "2027-07-06"),  # the Monday after the Fourth is not
    ("2027-07-06", -1, "2027-07-02"),
    ("2026-12-31", 1, "2027-01-04"),
    ("2026-11-27", -2, "2026-11-24"),
]


@pytest.mark.parametrize(("day", "count", "result"), STEPS)
def test_bank_days_are_counted(day: str, count: int, result: str) -> None:
    assert add_bank_days(date.fromisoformat(day), count) == date.fromisoformat(result)


def test_an_operators_closure_is_skipped() -> None:
    closures = frozenset({date(2026, 11, 23)})
    assert next_bank_day(date(2026, 11, 21), closures) == date(2026, 11, 24)
    assert add_bank_days(date(2026, 11, 20), 1, closures) == date(2026, 11, 24)
    assert bank_days_between(date(2026, 11, 20), date(2026, 11, 24), closures) == 1


def test_an_endless_span_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        add_bank_days(date(2026, 1, 1), 1001)


def test_days_between_are_counted_without_the_first() -> None:
    assert bank_days_between(date(2026, 11, 20), date(2026, 11, 30)) == 5
    assert bank_days_between(date(2026, 11, 30), date(2026, 11, 20)) == -5
    assert bank_days_between(date(2026, 11, 21), date(2026, 11, 22)) == 0


ENDS = [
    # zone, day, its end in UTC, its length in hours
    ("America/New_York", "2026-03-07", "2026-03-08T05:00Z", 24),
    ("America/New_York", "2026-03-08", "2026-03-09T04:00Z", 23),
    ("America/New_York", "2026-11-01", "2026-11-02T05:00Z", 25),
    ("America/Chicago", "2026-03-08", "2026-03-09T05:00Z", 23),
    ("America/Chicago", "2026-11-01", "2026-11-02T06:00Z", 25),
    ("Pacific/Auckland", "2026-04-05", "2026-04-05T12:00Z", 25),
    ("Pacific/Auckland", "2026-09-27", "2026-09-27T11:00Z", 23),
    ("America/Santiago", "2026-09-05", "2026-09-06T04:00Z", 24),  # midnight is skipped
    ("America/Havana", "2026-11-01", "2026-11-02T05:00Z", 25),  # midnight comes twice
    ("Pacific/Apia", "2011-12-29", "2011-12-30T10:00Z", 24),  # the next day never was
]


@pytest.mark.parametrize(("zone", "day", "end", "hours"), ENDS)
def test_a_local_day_ends_where_the_next_begins(zone: str, day: str, end: str, hours: int) -> None:
    this = date.fromisoformat(day)
    instant = end_of_day(this, zone)
    assert instant == datetime.fromisoformat(end)
    assert instant - end_of_day(this - timedelta(days=1), zone) == timedelta(hours=hours)
    assert local_date(instant - timedelta(microseconds=1), zone) == this
    assert local_date(instant, zone) > this


def test_one_instant_is_another_day_elsewhere() -> None:
    instant = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
    days = {zone: local_date(instant, zone).day for zone in (BANK_ZONE, "Pacific/Auckland")}
    assert days == {BANK_ZONE: 20, "Pacific/Auckland": 21}


CLOCKS = [
    # New York's wall clock, UTC
    ("2026-11-20", time(6), "2026-11-20T11:00Z"),
    ("2026-07-02", time(6), "2026-07-02T10:00Z"),
    ("2026-11-01", time(1, 30), "2026-11-01T05:30Z"),  # shown twice: the first
    ("2026-03-08", time(2, 30), "2026-03-08T07:30Z"),  # never shown
]


@pytest.mark.parametrize(("day", "clock", "instant"), CLOCKS)
def test_wall_clock_times_are_instants(day: str, clock: time, instant: str) -> None:
    found = at_local(date.fromisoformat(day), clock, BANK_ZONE)
    assert found == datetime.fromisoformat(instant)
    assert found.tzinfo is UTC
