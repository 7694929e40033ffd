"""A second opinion on bank days and clocks, written without the product's calendar and zone data.

Holidays are the Federal Reserve's table, typed in day by day. Clocks follow the US rule by
arithmetic: summer time from the second Sunday of March to the first of November, at 2:00.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

# Closed besides weekends, month-day.
TABLE = {
    2024: "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25",
    2025: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
    2026: "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25",
    2028: "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-23 12-25",
    2029: "01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25",
    2030: "01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25",
    2031: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
    2032: "01-01 01-19 02-16 05-31 07-05 09-06 10-11 11-11 11-25",
}
HOLIDAYS = tuple(
    date.fromisoformat(f"{year}-{day}") for year, days in TABLE.items() for day in days.split()
)
# Holidays that fall on a Saturday: the Friday before is open.
SATURDAYS = {
    2026: "07-04",
    2027: "06-19 12-25",
    2028: "01-01 11-11",
    2032: "06-19 12-25",
}
OPEN_FRIDAYS = tuple(
    date.fromisoformat(f"{year}-{day}") - timedelta(days=1)
    for year, days in SATURDAYS.items()
    for day in days.split()
)
# Hours behind UTC in winter; the third has no summer time.
ZONES = {
    "America/New_York": (5, True),
    "America/Los_Angeles": (8, True),
    "America/Phoenix": (7, False),
}
ONE = timedelta(days=1)


def is_open(day: date, closures: frozenset[date] = frozenset()) -> bool:
    """Whether banks move money on a day of the table."""
    return day.weekday() not in (5, 6) and day not in HOLIDAYS and day not in closures


def counted(day: date, days: int, closures: frozenset[date] = frozenset()) -> date:
    """The open day reached by walking `days` open days on from an open day."""
    assert is_open(day, closures)
    walked = 0
    while walked < days:
        day += ONE
        walked += is_open(day, closures)
    return day


def clock_changes(year: int) -> tuple[date, date]:
    """The second Sunday of March and the first of November."""
    march = next(date(year, 3, n) for n in range(8, 15) if date(year, 3, n).weekday() == 6)
    november = next(date(year, 11, n) for n in range(1, 8) if date(year, 11, n).weekday() == 6)
    return march, november


def instant(day: date, hour: int, minute: int, zone: str) -> datetime:
    """What UTC shows when `zone`'s clock shows `hour`:`minute`, from 3:00 on (no doubtful hour)."""
    assert hour >= 3
    behind, has_summer = ZONES[zone]
    starts, ends = clock_changes(day.year)
    summer = has_summer and starts <= day < ends
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(
        hours=behind - summer
    )


def today(now: datetime, zone: str) -> date:
    """The day on which `now` falls in a zone."""
    behind, has_summer = ZONES[zone]
    starts, ends = clock_changes(now.year)
    # The change is at 2:00 local: 2:00 standard time in March, 1:00 standard time in November.
    from_ = datetime(now.year, 3, starts.day, 2, tzinfo=UTC) + timedelta(hours=behind)
    until = datetime(now.year, 11, ends.day, 1, tzinfo=UTC) + timedelta(hours=behind)
    summer = has_summer and from_ <= now < until
    return (now - timedelta(hours=behind - summer)).date()
