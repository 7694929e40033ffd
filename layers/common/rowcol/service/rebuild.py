"""Rebuilding the views of one client from its log, step by step, while the live projection runs.

First what the log does not have is taken away: rows whose position does not show them, or is beyond
the log's end (after a restore). Then every entry is folded again, over what is there. A row that
the stream renewed meanwhile is newer, and stays. At the end all rows are the ones that a fold into
an empty table gives, byte for byte.

Each step does a bounded part and says where the next begins; a step may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.project import READ_MODELS, rows_of, write_rows
from rowcol.service.store import Books
from rowcol.service.view_ports import ViewRow, Views
from rowcol.service.view_state import (
    POSITION,
    Missing,
    folded,
    keep_folded,
    mark,
    marks,
    say_behind,
    say_caught_up,
)

ROWS_PER_STEP = 200
ENTRIES_PER_READ = 500
READS_PER_STEP = 4


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a step begins: after a row of a view, or, without a view, after a log position."""

    view: str | None
    after: str = ""

    @property
    def position(self) -> int:
        """The log position after which to go on."""
        return int(self.after or 0)


START = Cursor(READ_MODELS[0])


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did. `folded` of `of` positions; `next` is None when all is done."""

    next: Cursor | None
    folded: int
    of: int
    removed: int = 0
    unfoldable: tuple[Missing, ...] = ()


def rebuild_views(environment: Environment, scope: Scope, cursor: Cursor = START) -> Step:
    """One step, with what it means for the tray. Raises StoreUnavailable, Contention."""
    step = rebuild_step(environment.store.books(scope), environment.views, cursor)
    if step.next is not None:
        return step
    left = next((missing for _, missing in marks(environment.views, scope)), None)
    if left is None:
        say_caught_up(environment, scope)
    else:
        say_behind(environment, scope, left)
    return step


def rebuild_step(books: Books, views: Views, cursor: Cursor = START) -> Step:
    """One step over any views. Raises StoreUnavailable."""
    if cursor.view is None:
        return _fold(books, views, cursor.position)
    head, scope = head_sequence(books), books.scope
    removed = _forget_what_is_beyond(views, scope, head) if cursor == START else 0
    page = views.page(scope, cursor.view, after=cursor.after or None, limit=ROWS_PER_STEP)
    removed += sum(views.remove(row) for row in page.rows if not is_in_log(books, row))
    if page.next_key is not None:
        return Step(Cursor(cursor.view, page.next_key), 0, head, removed)
    return Step(next_view(cursor.view), 0, head, removed)


def next_view(view: str) -> Cursor:
    """The beginning of the view after this one, or of the log."""
    place = READ_MODELS.index(view) + 1
    return Cursor(READ_MODELS[place]) if place < len(READ_MODELS) else Cursor(None)


def head_sequence(books: Books) -> int:
    """The last position of a client's log."""
    client = books.get(Client, books.scope.client)
    return books.head(client.currency if client is not None else "USD").sequence


def is_in_log(books: Books, row: ViewRow) -> bool:
    """Whether the log shows this row at its position; one that nobody can read shows anything."""
    entries = books.entries(row.sequence - 1, 1)
    if not entries or entries[0].sequence != row.sequence:
        return False
    shown = rows_or_error(entries[0])
    if isinstance(shown, Exception):
        return True
    return any((one.view, one.key) == (row.view, row.key) for one in shown)


def rows_or_error(entry: Entry) -> tuple[ViewRow, ...] | Exception:
    """An entry's rows, or why it cannot be folded."""
    try:
        return rows_of(entry)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the entry's own fault
        return error


def _forget_what_is_beyond(views: Views, scope: Scope, head: int) -> int:
    """A position or a mark beyond the log's end is of a log that is no more."""
    known = views.get(scope, POSITION, POSITION)
    stale = [known] if known is not None and known.sequence > head else []
    stale += [row for row, missing in marks(views, scope) if missing.last > head]
    return sum(views.remove(row) for row in stale)


def _fold(books: Books, views: Views, after: int) -> Step:
    scope, reached, is_last = books.scope, after, False
    unfoldable: list[Missing] = []
    for _ in range(READS_PER_STEP):
        entries = books.entries(reached, ENTRIES_PER_READ)
        unfoldable += _fold_entries(views, entries)
        reached = entries[-1].sequence if entries else reached
        is_last = len(entries) < ENTRIES_PER_READ
        if is_last:
            break
    _set_marks(views, scope, (after, reached), unfoldable)
    keep_folded(views, scope, folded(views, scope).reaching(reached))
    step = Step(None, reached, max(reached, head_sequence(books)), 0, tuple(unfoldable))
    return step if is_last else replace(step, next=Cursor(None, str(reached)))


def _fold_entries(views: Views, entries: Sequence[Entry]) -> list[Missing]:
    """Fold what can be folded; gives the rest. Raises StoreUnavailable."""
    rows: dict[int, tuple[ViewRow, ...]] = {}
    failed: dict[int, Exception] = {}
    for entry in entries:
        shown = rows_or_error(entry)
        if isinstance(shown, Exception):
            failed[entry.sequence] = shown
        else:
            rows[entry.sequence] = shown
    written = write_rows(views, rows)
    if written.stopped is not None:
        raise written.stopped[1]
    failed |= written.refused
    return [Missing(at, at, type(error).__name__) for at, error in sorted(failed.items())]


def _set_marks(
    views: Views, scope: Scope, span: tuple[int, int], unfoldable: Sequence[Missing]
) -> None:
    """In the part that was folded, after the first of `span` up to the last: what is unfoldable."""
    for one in unfoldable:
        mark(views, scope, one)
    kept = {one.first for one in unfoldable}
    for row, missing in marks(views, scope):
        if span[0] < missing.last <= span[1] and missing.first not in kept:
            views.remove(row)
