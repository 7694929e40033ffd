"""Routes that show statement files: a list, and one with a page of its rows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rowcol.domain.refusal import Refusal
from rowcol.domain.statements.file import FileState, StatementFile
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.cursor import after_of, cursor_of, position_of
from rowcol.edge.operation import Operations, Query, Reply, table
from rowcol.edge.reading import (
    CURSOR_CHARACTERS_MAX,
    PAGE_DEFAULT,
    PAGE_MAX,
    OfClient,
    PageQuery,
    Reading,
    read_operation,
)
from rowcol.edge.statement_files import TAG, file_of
from rowcol.edge.statement_views import StatementShown, StatementsPage, shown
from rowcol.service.statements.rows import bad_rows, good_rows


class RowsQuery(Query):
    """`limit` rows a page, from 1 to 200, `good` or `bad` ones; `cursor` of the page before."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    cursor: Annotated[str | None, Field(min_length=1, max_length=CURSOR_CHARACTERS_MAX)] = None
    rows: Literal["good", "bad"] = "good"


def _list(of: OfClient) -> Reply | Refusal:
    question: dict[str, object] = {"statements": of.client.id}
    after = after_of(question, of.page.cursor) if of.page.cursor is not None else None
    if isinstance(after, Refusal):
        return after
    page = of.books.ids(StatementFile, after=after, limit=of.page.limit)
    found = of.books.get_many(StatementFile, page.ids)
    files = [each for each in found.values() if each.state is not FileState.DELETED]
    cursor = cursor_of(question, page.next_key) if page.next_key is not None else None
    return Reply(StatementsPage(tuple(shown(each) for each in files), cursor))


def _read(of: OfClient) -> Reply | Refusal:
    file, query = file_of(of.call), of.call.query_as(RowsQuery)
    if file is None:
        return NOT_FOUND
    question = {"statement": file.id, "rows": query.rows, "state": file.state}
    start = position_of(question, query.cursor)
    if isinstance(start, Refusal):
        return start
    page = (
        good_rows(of.environment, of.call.scope, file, start, query.limit)
        if query.rows == "good"
        else bad_rows(of.books, file, start, query.limit)
    )
    cursor = cursor_of(question, str(page.next)) if page.next is not None else None
    return Reply(shown(file, rows=page.good, bad_rows=page.bad, cursor=cursor))


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/statements", "listStatements", "Statement files, the latest first", TAG,
                StatementsPage, PageQuery,
            ),
            _list,
        ),
        read_operation(
            Reading(
                "/statements/{statement}", "readStatement",
                "A statement file with a page of its rows", TAG, StatementShown, RowsQuery,
            ),
            _read,
        ),
    )
)  # fmt: skip
