"""US bank days by the Federal Reserve's rules, and dates in named zones.

Source: Federal Reserve Bank Services holiday schedule; rails/bank-statements contract, section 6:
a holiday on a Sunday closes the Monday, one on a Saturday is *not* moved (the Friday is open).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

BANK_ZONE = "America/New_York"
RELEASE_TIME = time(6)
_SPAN_DAYS_MAX = 1000


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Days of `year` on which the Reserve Banks are closed besides weekends."""
    fixed = [
        date(year, 1, 1),
        date(year, 6, 19),
        date(year, 7, 4),
        date(year, 11, 11),
        date(year, 12, 25),
    ]
    floating = [
        _nth_weekday(year, 1, 0, 3),  # Martin Luther King Jr.
        _nth_weekday(year, 2, 0, 3),  # Washington
        date(year, 5, 31)
        - timedelta(days=date(year, 5, 31).weekday()),  # Memorial Day, last Monday
        _nth_weekday(year, 9, 0, 1),  # Labor Day
        _nth_weekday(year, 10, 0, 2),  # Columbus Day
        _nth_weekday(year, 11, 3, 4),  # Thanksgiving
    ]
    observed = [day + timedelta(days=1) if day.weekday() == 6 else day for day in fixed]
    return frozenset(day for day in observed + floating if day.weekday() < 5)


def is_bank_day(day: date, closures: frozenset[date] = frozenset()) -> bool:
    """Whether banks move money on `day`; `closures` are one-off days an operator added."""
    return day.weekday() < 5 and day not in bank_holidays(day.year) and day not in closures


def next_bank_day(day: date, closures: frozenset[date] = frozenset()) -> date:
    """`day` itself if banks are open, else the first bank day after it."""
    while not is_bank_day(day, closures):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=4096)
def add_bank_days(day: date, count: int, closures: frozenset[date] = frozenset()) -> date:
    """The bank day `count` bank days after (or, negative, before) `day`; zero gives next_bank_day.

    Raises ValueError beyond 1,000 bank days.
    """
    if abs(count) > _SPAN_DAYS_MAX:
        raise ValueError("span of bank days too long")
    if count == 0:
        return next_bank_day(day, closures)
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_bank_day(day, closures):
            day += step
    return day


def bank_days_between(earlier: date, later: date, closures: frozenset[date] = frozenset()) -> int:
    """Bank days after `earlier` up to and including `later`; negative when `later` is before."""
    if later < earlier:
        return -bank_days_between(later, earlier, closures)
    count = 0
    while earlier < later:
        earlier += timedelta(days=1)
        count += is_bank_day(earlier, closures)
    return count


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day of an aware instant in a named zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def at_local(day: date, clock_time: time, zone: str) -> datetime:
    """The UTC instant at which `zone`'s wall clock shows `clock_time` on `day`.

    A time shown twice (clocks go back) is the earlier one; one never shown (clocks go forward) is
    as long after midnight as on the day before.
    """
    return datetime.combine(day, clock_time, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def release_at(day: date) -> datetime:
    """The instant of a bank day at which releases run."""
    return at_local(day, RELEASE_TIME, BANK_ZONE)


def end_of_day(day: date, zone: str) -> datetime:
    """The first instant after `day` in `zone`, in UTC."""
    return at_local(day + timedelta(days=1), time(0), zone)
