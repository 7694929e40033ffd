"""The views of a client as text, and rebuilt from nothing: what is compared byte for byte."""

from __future__ import annotations

from local.memory_views import MemoryViews
from rowcol.domain.scope import Scope
from rowcol.service.project import READ_MODELS, row_text
from rowcol.service.rebuild import START, Cursor, Step, rebuild_step
from rowcol.service.store import Books
from rowcol.service.view_ports import Views

Texts = dict[tuple[str, str], str]
_PAGE = 500


def texts_of(views: Views, scope: Scope) -> Texts:
    """Every row of a client's read models as canonical JSON, by view and key."""
    texts: Texts = {}
    for view in READ_MODELS:
        after: str | None = None
        while True:
            page = views.page(scope, view, after=after, limit=_PAGE)
            texts |= {(view, row.key): row_text(row) for row in page.rows}
            after = page.next_key
            if after is None:
                break
    return texts


def rebuilt(books: Books, views: Views) -> list[Step]:
    """Rebuild a client's views, all steps of it."""
    steps: list[Step] = []
    cursor: Cursor | None = START
    while cursor is not None:
        steps.append(rebuild_step(books, views, cursor))
        cursor = steps[-1].next
    return steps


def texts_of_the_log(books: Books) -> Texts:
    """What a rebuild gives in an empty table, the one in use left alone."""
    empty = MemoryViews()
    rebuilt(books, empty)
    return texts_of(empty, books.scope)
