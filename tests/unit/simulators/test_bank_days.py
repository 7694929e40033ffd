"""The simulators' calendar against dates from the Federal Reserve's published schedule."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from local.simulators.bank_days import (
    add_business_days,
    at_new_york,
    is_business_day,
    next_business_day,
)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 11, 11), False),  # Veterans Day
        (date(2026, 11, 26), False),  # Thanksgiving
        (date(2026, 11, 27), True),
        (date(2026, 7, 3), True),  # July 4 is a Saturday: the Friday stays open
        (date(2027, 7, 5), False),  # July 4 is a Sunday: the Monday closes
        (date(2026, 10, 12), False),
        (date(2026, 5, 25), False),
        (date(2026, 1, 19), False),
        (date(2026, 2, 16), False),
        (date(2026, 9, 7), False),
        (date(2026, 6, 19), False),
        (date(2026, 11, 7), False),
        (date(2026, 11, 9), True),
    ],
)
def test_open_days(day: date, is_open: bool) -> None:
    assert is_business_day(day) is is_open


def test_steps_skip_what_is_closed() -> None:
    assert next_business_day(date(2026, 11, 7)) == date(2026, 11, 9)
    assert add_business_days(date(2026, 11, 10), 1) == date(2026, 11, 12)
    assert add_business_days(date(2026, 11, 7), 0) == date(2026, 11, 9)


def test_new_york_time_follows_daylight_saving() -> None:
    assert at_new_york(date(2026, 10, 30), "14:00") == datetime(2026, 10, 30, 18, 0, tzinfo=UTC)
    assert at_new_york(date(2026, 11, 2), "14:00") == datetime(2026, 11, 2, 19, 0, tzinfo=UTC)
