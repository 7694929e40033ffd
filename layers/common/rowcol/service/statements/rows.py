"""Rows of a file, page by page: of one that waits from its bytes, later from what was kept."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.client import Client
from rowcol.domain.link import StoredLine
from rowcol.domain.scope import Scope
from rowcol.domain.statements.file import WAITING, RowSeen, StatementFile
from rowcol.domain.statements.parts import (
    BAD_ROWS_PER_ITEM,
    BadRows,
    PartLine,
    StatementPart,
    bad_rows_id,
    part_id,
)
from rowcol.domain.statements.reading import Problem, Reading
from rowcol.service.environment import Environment
from rowcol.service.statements.files import LostStatement, content_of
from rowcol.service.statements.look import read, row_seen
from rowcol.service.statements.planned import plan_lines
from rowcol.service.store import Books


@dataclass(frozen=True, slots=True)
class RowPage:
    """Rows, and where the next page begins; None when these were the last."""

    good: tuple[RowSeen, ...] = ()
    bad: tuple[Problem, ...] = ()
    next: int | None = None


def good_rows(
    environment: Environment, scope: Scope, file: StatementFile, start: int, limit: int
) -> RowPage:
    """Rows that can be read, from a position on. None of a file whose bytes are not kept.

    Positions of an import count its lines by parts: 100 to a part, though it holds fewer.
    """
    books = environment.store.books(scope)
    if file.state in WAITING:
        return _of_content(environment, books, scope, file, start, limit)
    return _of_parts(books, file, start, limit)


def _of_content(
    environment: Environment,
    books: Books,
    scope: Scope,
    file: StatementFile,
    start: int,
    limit: int,
) -> RowPage:
    client = books.get(Client, scope.client)
    if file.seen is None or client is None:
        return RowPage()
    try:
        content = content_of(environment, scope, file)
    except LostStatement:
        return RowPage()
    outcome = read(environment, books, client, file, content)
    if not isinstance(outcome, Reading):
        return RowPage()
    planned = plan_lines(books, client, file, outcome)
    rows = planned.lines[start : start + limit]
    more = start + limit < len(planned.lines)
    return RowPage(
        tuple(row_seen(each, planned.accounts) for each in rows),
        next=start + limit if more else None,
    )


# More than a part holds, so that a position names part and line.
PER_PART = 100


def _of_parts(books: Books, file: StatementFile, start: int, limit: int) -> RowPage:
    rows: list[RowSeen] = []
    place, offset = divmod(start, PER_PART)
    accounts = file.seen.accounts if file.seen is not None else ()
    places = {each.bank_account_id: at for at, each in enumerate(accounts)}
    while place < file.parts and len(rows) < limit:
        part = books.get(StatementPart, part_id(file.id, place))
        lines = part.lines[offset:] if part is not None else ()
        taken = lines[: limit - len(rows)]
        stored = books.get_many(StoredLine, [each.id for each in taken])
        rows += [
            _kept(each, stored[each.id], places, file.id) for each in taken if each.id in stored
        ]
        if len(taken) < len(lines):
            return RowPage(tuple(rows), next=place * PER_PART + offset + len(taken))
        place, offset = place + 1, 0
    return RowPage(tuple(rows), next=place * PER_PART if place < file.parts else None)


def _kept(
    each: PartLine, stored: StoredLine, places: dict[str | None, int], file_id: str
) -> RowSeen:
    line = stored.line
    return RowSeen(
        each.line,
        places.get(line.account_id, 0),
        line.posted_on,
        -line.amount,
        line.text,
        line.check_number,
        line.reference,
        None,
        each.becomes,
        stored.id,
        file_id not in stored.imports,
    )


def bad_rows(books: Books, file: StatementFile, start: int, limit: int) -> RowPage:
    """Rows that cannot be read, from a position on; at most 1,000 are kept."""
    names = [bad_rows_id(file.id, place) for place in range(1_000 // BAD_ROWS_PER_ITEM)]
    found = books.get_many(BadRows, names)
    rows = [row for name in names if name in found for row in found[name].rows]
    more = start + limit < len(rows)
    return RowPage(bad=tuple(rows[start : start + limit]), next=start + limit if more else None)
