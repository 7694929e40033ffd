from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.calendar import (
    add_bank_days,
    at_local,
    bank_days_between,
    end_of_day,
    is_bank_day,
    local_date,
    next_bank_day,
)

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
COUNTS = st.integers(1, 60)
CLOSURES = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=10)
ZONES = st.sampled_from(
    ["America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Auckland", "UTC"]
)


@given(DAYS, COUNTS)
def test_going_back_undoes_going_on(day: date, count: int) -> None:
    start = next_bank_day(day)
    assert add_bank_days(add_bank_days(start, count), -count) == start
    assert add_bank_days(add_bank_days(start, -count), count) == start


@given(st.dates(date(2025, 12, 1), date(2026, 4, 1)), CLOSURES)
def test_the_next_bank_day_is_the_first_open_one(day: date, closures: frozenset[date]) -> None:
    found = next_bank_day(day, closures)
    assert is_bank_day(found, closures)
    between = [day + timedelta(days=n) for n in range((found - day).days)]
    assert not any(is_bank_day(one, closures) for one in between)


@given(DAYS, COUNTS, COUNTS)
def test_steps_add_up(day: date, first: int, second: int) -> None:
    assert add_bank_days(add_bank_days(day, first), second) == add_bank_days(day, first + second)
    assert bank_days_between(day, add_bank_days(day, first)) == first


@given(DAYS)
def test_never_more_than_four_days_in_a_row_are_closed(day: date) -> None:
    assert (next_bank_day(day) - day).days <= 3


@given(DAYS, ZONES)
def test_a_days_end_is_the_next_days_first_instant(day: date, zone: str) -> None:
    end = end_of_day(day, zone)
    assert local_date(end, zone) == day + timedelta(days=1)
    assert local_date(end - timedelta(microseconds=1), zone) == day
    assert end_of_day(day - timedelta(days=1), zone) < at_local(day, time(12), zone) < end
