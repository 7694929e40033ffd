"""Bank lines as stored, whatever feed or file they came from."""

from __future__ import annotations

from datetime import date, timedelta

from rowcol.domain.facts import BankLine
from rowcol.domain.link import StoredLine
from rowcol.service.listing import every_id
from rowcol.service.store import Books

LINES_PER_PAGE = 500


class StoredLines:
    """Bank lines as stored, each month read once however many payments look at it."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._months: dict[str, tuple[BankLine, ...]] = {}

    def between(self, first: date, last: date, today: date) -> tuple[BankLine, ...]:
        """Lines posted from `first` to `last`."""
        found: list[BankLine] = []
        day = first.replace(day=1)
        while day <= min(last, today + timedelta(days=7)):
            month = f"{day.year:04d}-{day.month:02d}"
            if month not in self._months:
                self._months[month] = self._read(month)
            found += [line for line in self._months[month] if first <= line.posted_on <= last]
            day = (day + timedelta(days=32)).replace(day=1)
        return tuple(found)

    def _read(self, month: str) -> tuple[BankLine, ...]:
        ids = every_id(self._books, StoredLine, month, LINES_PER_PAGE)
        found = self._books.get_many(StoredLine, ids).values()
        return tuple(stored.line for stored in found if not stored.removed)


def counts(stored: StoredLine) -> bool:
    """Whether a line stands for money: neither taken back, nor hidden behind its twin."""
    key = stored.list_key
    return key is not None and key[:1].isdigit()


def stored_lines(books: Books, first: date, last: date, today: date) -> tuple[BankLine, ...]:
    """Bank lines posted from `first` to `last`, read month by month."""
    return StoredLines(books).between(first, last, today)
