"""Dates as banks write them, and which number is the month when a file does not say."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from rowcol.domain.date_order import DateOrder

# What follows a date, a time of day or a zone, is left alone.
_AFTER = r"(?:[T ,].{0,24})?\Z"
_ISO = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})" + _AFTER, re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})" + _AFTER, re.ASCII)
_YEARS = range(1980, 2100)
_DISTINCT_MAX = 5_000


@lru_cache(maxsize=4096)
def day_of(text: str, order: DateOrder | None) -> date | None:
    """The day, zones not converted; None when it is not written so. ISO is read in any order."""
    found = _ISO.match(text)
    if found is not None:
        return _day(int(found[1]), int(found[3]), int(found[4]))
    found = _NUMBERS.match(text)
    if found is None or order is None or order is DateOrder.ISO:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    year += 2000 if len(found[4]) == 2 else 0
    return (
        _day(year, first, second) if order is DateOrder.MONTH_FIRST else _day(year, second, first)
    )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


class OrderEvidence:
    """What the dates of a file say of their own order."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int, int]] = set()
        self.example = ""

    def see(self, text: str) -> None:
        """One date as it is written."""
        found = _NUMBERS.match(text)
        if found is None or len(self._seen) >= _DISTINCT_MAX:
            return
        first, second = int(found[1]), int(found[3])
        if min(first, second) <= 12:  # else it is a bad row, and says nothing of the others
            self._seen.add((first, second, int(found[4])))
            self.example = self.example or text[:20]

    @property
    def is_needed(self) -> bool:
        """Whether any date is other than ISO."""
        return bool(self._seen)

    @property
    def certain(self) -> DateOrder | None:
        """The only order in which every date exists; None when both do, or neither."""
        day_first = any(first > 12 for first, _, _ in self._seen)
        month_first = any(second > 12 for _, second, _ in self._seen)
        if day_first == month_first:
            return None
        return DateOrder.DAY_FIRST if day_first else DateOrder.MONTH_FIRST

    @property
    def is_one_month(self) -> bool:
        """Whether month-first makes it one month, and day-first the same day of several months.

        Three days at least. It is no proof, only what an American statement looks like.
        """
        firsts = {first for first, _, _ in self._seen}
        seconds = {second for _, second, _ in self._seen}
        years = {year for _, _, year in self._seen}
        return len(firsts) == 1 and len(years) == 1 and len(seconds) >= 3
