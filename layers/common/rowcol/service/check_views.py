"""Comparing the views of one client with its log, step by step, without writing.

First every row is looked up in the log: its position must show it, byte for byte. Then every entry
is looked up in the views: each row must be at least at that position. Together: each row is the
latest that the log shows, none is missing, and there is no other. Entries that the live projection
has not come to yet are not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.project import newest, row_text
from rowcol.service.rebuild import (
    ENTRIES_PER_READ,
    READS_PER_STEP,
    ROWS_PER_STEP,
    START,
    Cursor,
    head_sequence,
    next_view,
    rows_or_error,
)
from rowcol.service.store import Books
from rowcol.service.view_ports import ViewRow, Views
from rowcol.service.view_state import folded, marks


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not as the log has it; texts are canonical JSON of whole rows.

    `what`: `not_in_log`, `differs`, `missing`, `older`, `unfoldable`, `behind`, `not_folded`.
    """

    what: str
    position: int
    view: str | None = None
    key: str | None = None
    live: str | None = None
    log: str | None = None


@dataclass(frozen=True, slots=True)
class CheckStep:
    """What a step found. The live projection is at `folded` of `of`; `next` is None at the end."""

    next: Cursor | None
    compared: int
    folded: int
    of: int
    difference: Difference | None = None


def check_step(environment: Environment, scope: Scope, cursor: Cursor = START) -> CheckStep:
    """One step, up to the first difference. Raises StoreUnavailable."""
    books, views = environment.store.books(scope), environment.views
    head, through = head_sequence(books), folded(views, scope).through
    if cursor.view is None:
        return _check_log(books, views, cursor.position, through, head)
    page = views.page(scope, cursor.view, after=cursor.after or None, limit=ROWS_PER_STEP)
    found = next(_strange(books, page.rows), None)
    if found is not None:
        return CheckStep(None, len(page.rows), through, head, found)
    following = Cursor(cursor.view, page.next_key) if page.next_key else next_view(cursor.view)
    return CheckStep(following, len(page.rows), through, head)


def _strange(books: Books, rows: Iterable[ViewRow]) -> Iterator[Difference]:
    """Rows that the log does not show at their position."""
    for row in rows:
        told = row_text(row)
        entries = books.entries(row.sequence - 1, 1)
        shown = rows_or_error(entries[0]) if entries else ()
        if isinstance(shown, Exception):
            yield Difference("unfoldable", row.sequence, row.view, row.key, told)
            continue
        same = [
            one
            for one in shown
            if (one.view, one.key, one.sequence) == (row.view, row.key, row.sequence)
        ]
        if not same:
            yield Difference("not_in_log", row.sequence, row.view, row.key, told)
        elif row_text(same[0]) != told:
            yield Difference("differs", row.sequence, row.view, row.key, told, row_text(same[0]))


def _check_log(books: Books, views: Views, after: int, through: int, head: int) -> CheckStep:
    found: Difference | None = None
    if after == 0:
        found = _known_to_lack(views, books.scope, through, head)
    reached = after
    for _ in range(READS_PER_STEP):
        if found is not None or reached >= through:
            break
        entries = books.entries(reached, min(ENTRIES_PER_READ, through - reached))
        if not entries:
            break
        rows: list[ViewRow] = []
        for entry in entries:
            shown = rows_or_error(entry)
            if isinstance(shown, Exception):
                found = found or Difference("unfoldable", entry.sequence)
            else:
                rows += shown
        found = found or next(_lacking(views, books.scope, newest(rows)), None)
        reached = entries[-1].sequence
    is_last = found is not None or reached >= min(through, head)
    return CheckStep(None if is_last else Cursor(None, str(reached)), 0, through, head, found)


def _known_to_lack(views: Views, scope: Scope, through: int, head: int) -> Difference | None:
    for _, missing in marks(views, scope):
        return Difference("behind", missing.first)
    return Difference("not_folded", 1) if through == 0 and head > 0 else None


def _lacking(views: Views, scope: Scope, rows: Iterable[ViewRow]) -> Iterator[Difference]:
    """Rows that the views do not have, or in an older state."""
    wanted: dict[str, list[ViewRow]] = {}
    for row in rows:
        wanted.setdefault(row.view, []).append(row)
    for view, each in wanted.items():
        known = views.get_many(scope, view, [row.key for row in each])
        for row in each:
            live = known.get(row.key)
            if live is None or live.sequence < row.sequence:
                live = views.get(scope, view, row.key)  # consistently
            if live is None:
                yield Difference("missing", row.sequence, view, row.key, None, row_text(row))
            elif live.sequence < row.sequence:
                texts = (row_text(live), row_text(row))
                yield Difference("older", row.sequence, view, row.key, *texts)
