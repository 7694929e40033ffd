"""Lines that the feed tells while an imported statement shows the same movement already.

The feed's later line is kept hidden behind the statement's, or the other way round (decision 0040).
Each write is one put beside the log and may be repeated: the statement's line is told first, so
that at no moment both are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from rowcol.domain.facts import BankLine
from rowcol.domain.link import LineSource, StoredLine
from rowcol.domain.scope import key_of
from rowcol.domain.statements.twins import twins_of
from rowcol.service.listing import every_id
from rowcol.service.statements.known import LINES_PER_PAGE, books_of, months_of
from rowcol.service.store import Books

TRIES = 5


class LineBusy(Exception):
    """A line was written by others again and again: the run is repeated later."""


@dataclass(slots=True)
class LineTwins:
    """Finds the statements' lines that a pass's new lines are, read once for the whole pass."""

    books: Books
    _pairs: dict[str, str] = field(default_factory=dict)

    def look_for(self, lines: Collection[BankLine]) -> None:
        """Pair these new lines of the feed. Reads nothing where no statement was imported."""
        accounts = {line.account_id for line in lines}
        shared = books_of(self.books) if lines else None
        if shared is None or not accounts & set(shared.account_ids):
            return
        booked = [line for line in lines if line.account_id in accounts]
        names = {key_of("", line.line_id) for line in booked}
        free = [
            stored.line
            for stored in self._near(booked)
            if stored.source is LineSource.STATEMENT
            and (stored.twin is None or stored.twin in names)
        ]
        pairs = twins_of(free, booked, shared.covers).sure
        self._pairs = {theirs: key_of("", ours) for ours, theirs in pairs.items()}

    def _near(self, lines: Iterable[BankLine]) -> Iterator[StoredLine]:
        accounts = {line.account_id for line in lines}
        for month in months_of({line.posted_on for line in lines}):
            ids = every_id(self.books, StoredLine, month, LINES_PER_PAGE)
            for at in range(0, len(ids), LINES_PER_PAGE):
                for stored in self.books.get_many(
                    StoredLine, ids[at : at + LINES_PER_PAGE]
                ).values():
                    if stored.line.account_id in accounts and not stored.removed:
                        yield stored

    def behind(self, fresh: StoredLine) -> StoredLine:
        """A new line as it is to be kept: hidden, when a statement shows its movement."""
        ours = self._pairs.get(fresh.line.line_id)
        if ours is None or not self._told(ours, fresh.id):
            return fresh
        return replace(fresh, twin=ours, hidden=True)

    def _told(self, name: str, feed_id: str) -> bool:
        """Have a statement's line know the feed's; False when it went or is another's."""
        for _ in range(TRIES):
            ours = self.books.get(StoredLine, name)
            if ours is None or ours.removed or ours.hidden or ours.twin not in (None, feed_id):
                return False
            if ours.twin == feed_id or self.books.save(replace(ours, twin=feed_id)):
                return True
        raise LineBusy(name)

    def let_go(self, gone: StoredLine) -> None:
        """The feed shows a line no more: the statement's of the movement is shown again.

        Or it is behind the feed's next line of it: a pending one comes back under another id.
        """
        if gone.twin is None:
            return
        for _ in range(TRIES):
            ours = self.books.get(StoredLine, gone.twin)
            if ours is None or ours.twin != gone.id:
                return
            following = self._following(ours, gone.id) if ours.hidden else None
            told = replace(ours, twin=following, hidden=following is not None)
            if self.books.save(told):
                return
        raise LineBusy(gone.twin)

    def _following(self, ours: StoredLine, gone: str) -> str | None:
        """Another line of the feed for the same movement, which knows it by now."""
        free = {
            stored.line.line_id: stored
            for stored in self._near((ours.line,))
            if stored.source is LineSource.PLAID
            and stored.id != gone
            and stored.twin in (None, ours.id)
        }
        covers = books_of(self.books).covers
        found = twins_of([ours.line], (stored.line for stored in free.values()), covers).sure
        name = found.get(ours.line.line_id)
        if name is None:
            return None
        theirs = free[name]
        if theirs.twin == ours.id or self.books.save(replace(theirs, twin=ours.id)):
            return theirs.id
        return None
