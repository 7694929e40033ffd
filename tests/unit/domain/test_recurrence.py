"""Dates of a recurrence, tolerance, and how far ahead occurrences are made."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.calendar import is_bank_day, next_bank_day
from rowcol.domain.recurrence import (
    HORIZON_DAYS,
    Frequency,
    Schedule,
    Tolerance,
    next_look,
    nominal_dates,
    schedule_problem,
    wanted,
)
from rowcol.domain.refusal import Code
from tests.support.domain.builders import usd

TODAY = date(2026, 11, 20)
MONTHLY = Schedule(Frequency.MONTHLY_ON_DAY, date(2026, 12, 1), day=1)


def dates(schedule: Schedule, count: int) -> list[str]:
    return [day.isoformat() for day in islice(nominal_dates(schedule), count)]


def test_weeks_go_on_by_their_own_length() -> None:
    every_second = Schedule(Frequency.WEEKLY, date(2026, 11, 27), every=2)
    assert dates(every_second, 3) == ["2026-11-27", "2026-12-11", "2026-12-25"]


def test_a_short_month_takes_its_last_day_and_the_next_month_the_day_again() -> None:
    thirty_first = Schedule(Frequency.MONTHLY_ON_DAY, date(2027, 1, 15), day=31)
    assert dates(thirty_first, 4) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_a_day_before_the_start_is_left_out() -> None:
    assert dates(Schedule(Frequency.MONTHLY_ON_DAY, date(2027, 1, 15), day=1), 1) == ["2027-02-01"]


def test_the_last_business_day_is_a_bank_day() -> None:
    # 2027-01-31 is a Sunday; Memorial Day 2027 is 2027-05-31.
    last = Schedule(Frequency.MONTHLY_LAST_BUSINESS_DAY, date(2027, 1, 1))
    assert dates(last, 5) == ["2027-01-29", "2027-02-26", "2027-03-31", "2027-04-30", "2027-05-28"]


def test_every_third_month() -> None:
    quarterly = Schedule(Frequency.MONTHLY_ON_DAY, date(2026, 12, 10), every=3, day=10)
    assert dates(quarterly, 3) == ["2026-12-10", "2027-03-10", "2027-06-10"]


def test_it_ends_by_date_or_count() -> None:
    by_date = Schedule(Frequency.WEEKLY, TODAY, ends_on=TODAY + timedelta(days=14))
    assert len(list(nominal_dates(by_date))) == 3
    assert len(list(nominal_dates(Schedule(Frequency.WEEKLY, TODAY, count=2)))) == 2


@pytest.mark.parametrize(
    ("schedule", "code", "field"),
    [
        (Schedule(Frequency.WEEKLY, TODAY, every=0), Code.INVALID_INPUT, "every"),
        (Schedule(Frequency.WEEKLY, TODAY, every=53), Code.INVALID_INPUT, "every"),
        (Schedule(Frequency.WEEKLY, TODAY, day=3), Code.INVALID_INPUT, "day"),
        (Schedule(Frequency.MONTHLY_ON_DAY, TODAY), Code.INVALID_INPUT, "day"),
        (Schedule(Frequency.MONTHLY_ON_DAY, TODAY, day=32), Code.INVALID_INPUT, "day"),
        (Schedule(Frequency.WEEKLY, TODAY, ends_on=TODAY, count=1), Code.INVALID_INPUT, "count"),
        (Schedule(Frequency.WEEKLY, TODAY, count=0), Code.INVALID_INPUT, "count"),
        (
            Schedule(Frequency.WEEKLY, TODAY, ends_on=TODAY - timedelta(days=1)),
            Code.INVALID_INPUT,
            "ends_on",
        ),
        (Schedule(Frequency.WEEKLY, TODAY - timedelta(days=1)), Code.DATE_PAST, "starts_on"),
        (Schedule(Frequency.WEEKLY, date(2030, 1, 1)), Code.DATE_TOO_FAR, "starts_on"),
    ],
)
def test_a_schedule_that_cannot_be_says_why(schedule: Schedule, code: Code, field: str) -> None:
    found = schedule_problem(schedule, TODAY)
    assert found is not None
    assert (found.code, found.numbers["field"]) == (code, field)


def test_the_next_occurrence_is_always_made_and_those_within_the_horizon() -> None:
    assert [one.pay_on for one in wanted(MONTHLY, 0, TODAY)] == [
        date(2026, 12, 1),
        date(2027, 1, 4),  # New Year is a Friday: the Monday after
    ]
    yearly = Schedule(Frequency.MONTHLY_ON_DAY, date(2027, 6, 1), every=12, day=1)
    assert [one.pay_on for one in wanted(yearly, 0, TODAY)] == [date(2027, 6, 1)]
    assert next_look(yearly, 1, TODAY) == date(2027, 6, 1)


def test_what_was_made_is_not_made_again_and_what_passed_by_is_not_made_up() -> None:
    assert wanted(MONTHLY, 2, TODAY) == ()
    late = wanted(MONTHLY, 0, date(2027, 2, 15))
    assert [one.position for one in late] == [3, 4]


schedules = st.builds(
    Schedule,
    st.just(Frequency.WEEKLY),
    st.dates(date(2026, 11, 20), date(2028, 1, 1)),
    every=st.integers(1, 9),
    count=st.none() | st.integers(1, 30),
) | st.builds(
    Schedule,
    st.just(Frequency.MONTHLY_ON_DAY),
    st.dates(date(2026, 11, 20), date(2028, 1, 1)),
    every=st.integers(1, 5),
    day=st.integers(1, 31),
    count=st.none() | st.integers(1, 30),
)


@given(schedules, st.integers(0, 700))
def test_looking_only_when_told_makes_every_occurrence_once(schedule: Schedule, days: int) -> None:
    """Waking on the days that next_look names gives what waking every day would give."""
    start, end = schedule.starts_on, schedule.starts_on + timedelta(days=days)
    made, found = 0, list[date]()
    today: date | None = start
    while today is not None and today <= end:
        planned = wanted(schedule, made, today)
        found += [one.pay_on for one in planned]
        made = planned[-1].position + 1 if planned else made
        today = next_look(schedule, made, today)
    horizon = end + timedelta(days=HORIZON_DAYS)
    expected = [next_bank_day(day) for day in nominal_dates(schedule)]
    must = [day for day in expected if day <= horizon]
    assert found[: len(must)] == must
    assert found == expected[: len(found)]
    assert len(found) <= len(must) + 1
    assert all(is_bank_day(day) for day in found)


@pytest.mark.parametrize(
    ("tolerance", "found", "allowed"),
    [
        (Tolerance(), "100.00", True),
        (Tolerance(), "100.01", False),
        (Tolerance(basis_points=250), "102.50", True),
        (Tolerance(basis_points=250), "97.49", False),
        (Tolerance(basis_points=250, floor_minor=500), "105.00", True),
        (Tolerance(floor_minor=500), "94.99", False),
    ],
)
def test_tolerance_is_the_larger_of_percent_and_floor(
    tolerance: Tolerance, found: str, allowed: bool
) -> None:
    assert tolerance.allows(usd("100.00"), usd(found)) is allowed
