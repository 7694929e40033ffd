"""Cut-offs on the wall clock of a named zone, and the bank days they leave.

A cut-off is kept as hour, minute and zone, never as an offset, so that both clock changes move the
instant and not the time of day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rowcol.domain.calendar import (
    BANK_ZONE,
    add_bank_days,
    at_local,
    is_bank_day,
    local_date,
    next_bank_day,
)

DAYS_MAX = 60


@dataclass(frozen=True, slots=True)
class Cutoff:
    """`hour`:`minute` in `zone`: from that instant on, the day is over for sending.

    Raises ValueError for a time of day that is none and for an unknown zone.
    """

    hour: int
    minute: int
    zone: str

    def __post_init__(self) -> None:
        time(self.hour, self.minute)
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(f"no zone is called {self.zone[:60]!r}") from error

    def on(self, day: date) -> datetime:
        """Its instant on a day, in UTC."""
        return at_local(day, time(self.hour, self.minute), self.zone)

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02} {self.zone}"


def earliest_send(now: datetime, cutoffs: Iterable[Cutoff], closures: frozenset[date]) -> date:
    """The first bank day on which something asked for at `now` can still leave.

    No cut-off of that day has passed, and the day is not over in New York, whose days bank days
    are. Raises ValueError for a naive instant.
    """
    if now.tzinfo is None:
        raise ValueError("instant without a zone")
    first = local_date(now, BANK_ZONE)
    for cutoff in cutoffs:
        day = local_date(now, cutoff.zone)
        first = max(first, day if now < cutoff.on(day) else day + timedelta(days=1))
    return next_bank_day(first, closures)


def latest_send(wanted: date, days: int, closures: frozenset[date]) -> date:
    """The last bank day from which `days` bank days end on `wanted` or before it."""
    arrival = wanted if is_bank_day(wanted, closures) else add_bank_days(wanted, -1, closures)
    return add_bank_days(arrival, -days, closures) if days else arrival
