"""The simulators' own bank calendar (Federal Reserve rules), written apart from the product's.

A rail must not share the product's bug: nothing here is imported from `rowcol`.
Source: Federal Reserve Bank holiday schedule; a Sunday holiday closes Monday, a Saturday one
closes nothing.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_MONDAY, _THURSDAY = calendar.MONDAY, calendar.THURSDAY
_FLOATING = (
    (1, _MONDAY, 2),
    (2, _MONDAY, 2),
    (5, _MONDAY, -1),
    (9, _MONDAY, 0),
    (10, _MONDAY, 1),
    (11, _THURSDAY, 3),
)


@cache
def closed_days(year: int) -> frozenset[date]:
    """Weekdays of `year` on which the Reserve Banks are closed."""
    closed = set()
    for month, day in _FIXED:
        holiday = date(year, month, day)
        closed.add(holiday + timedelta(days=1) if holiday.weekday() == calendar.SUNDAY else holiday)
    for month, weekday, position in _FLOATING:
        weeks = calendar.Calendar().monthdatescalendar(year, month)
        days = [d for week in weeks for d in week if d.month == month and d.weekday() == weekday]
        closed.add(days[position])
    return frozenset(closed)


def is_business_day(day: date) -> bool:
    """Whether banks move money on `day`."""
    return day.weekday() < calendar.SATURDAY and day not in closed_days(day.year)


def next_business_day(day: date) -> date:
    """`day` itself when banks are open, else the next day they are."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def add_business_days(day: date, count: int) -> date:
    """The business day `count` (zero or more) business days after `day`."""
    day = next_business_day(day)
    for _ in range(count):
        day = next_business_day(day + timedelta(days=1))
    return day


def new_york_date(instant: datetime) -> date:
    """The New York calendar day of an aware instant."""
    return instant.astimezone(NEW_YORK).date()


def at_new_york(day: date, clock_text: str) -> datetime:
    """The UTC instant at which New York's clocks show `clock_text` ("HH:MM") on `day`."""
    local = datetime.combine(day, time.fromisoformat(clock_text), tzinfo=NEW_YORK)
    return local.astimezone(UTC)


def subtract_business_days(day: date, count: int) -> date:
    """The day `count` business days before `day`, which need not be one."""
    found = day
    while not is_business_day(found):
        found -= timedelta(days=1)
    for _ in range(count):
        found -= timedelta(days=1)
        while not is_business_day(found):
            found -= timedelta(days=1)
    return found
