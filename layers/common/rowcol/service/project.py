"""Read models: a fold of the log and of nothing else.

Replays and gaps are harmless: each row knows its position.
"""

from __future__ import annotations

from collections.abc import Iterable

from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.service.store import Books, ViewRow, Views

BILLS = "bills"
PAYMENTS = "payments"
TRAY = "tray"
CASH = "cash"
ENTRIES_PER_READ = 500


def rows_of(entry: Entry) -> tuple[ViewRow, ...]:
    """The rows one entry changes: replaced by the state it carries, never patched."""
    scope = Scope(entry.firm, entry.client)
    rows: list[ViewRow] = []
    for part, view in (("bill", BILLS), ("payment", PAYMENTS), ("tray", TRAY)):
        shown = entry.data.get(part)
        if isinstance(shown, dict):
            rows.append(ViewRow(scope, view, str(shown["id"]), entry.sequence, shown))
    if entry.type == "balance.accepted":
        rows.append(ViewRow(scope, CASH, "balance", entry.sequence, dict(entry.data)))
    return tuple(rows)


def project(views: Views, entries: Iterable[Entry]) -> int:
    """Fold entries into the views, each row once. Returns rows written."""
    newest: dict[tuple[Scope, str, str], ViewRow] = {}
    for entry in entries:
        for row in rows_of(entry):
            key = (row.scope, row.view, row.key)
            if key not in newest or newest[key].sequence < row.sequence:
                newest[key] = row
    views.apply(tuple(newest.values()))
    return len(newest)


def rebuild(books: Books, views: Views, after: int = 0, reads_max: int | None = None) -> int:
    """Fold a client's log again from a position, all of it or `reads_max` times ENTRIES_PER_READ.

    Returns the last sequence folded; `after` itself when there was nothing more.
    """
    reads = 0
    while entries := books.entries(after, ENTRIES_PER_READ):
        project(views, entries)
        after, reads = entries[-1].sequence, reads + 1
        if reads == reads_max:
            break
    return after
