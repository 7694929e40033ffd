"""Routes that read the control journal: its entries, as files, and the chart of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from rowcol.domain.chart import CHART, ControlAccount
from rowcol.domain.journal import JournalEntry
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.download import CSV, XLSX, Download, Produces, too_large
from rowcol.edge.journal_files import csv_of, xlsx_of
from rowcol.edge.operation import Operations, Query, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.store import Books

TAG = "Journal"
# Twice as many lines: as many as an answer can hold.
EXPORTED_MAX = 20_000
ENTRIES_PER_READ = 200


class FileFormat(StrEnum):
    """Text, or a workbook."""

    CSV = "csv"
    XLSX = "xlsx"


class JournalQuery(PageQuery):
    """Entries dated from `from` to `to`, both inclusive."""

    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None


class ExportQuery(Query):
    """The same as a file. Send `Accept` with the workbook's type for `xlsx`."""

    format: FileFormat
    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None


@dataclass(frozen=True, slots=True)
class JournalPage:
    """A page, by date and the order of writing."""

    items: tuple[JournalEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ChartShown:
    """The control accounts, by code."""

    items: tuple[ControlAccount, ...]


def _span_problem(first: date | None, last: date | None) -> Refusal | None:
    if first is None or last is None or first <= last:
        return None
    return Refusal(
        Code.INVALID_INPUT,
        f"from, {first}, is after to, {last}",
        {"field": "from", "from": first, "to": last},
    )


def _journal(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(JournalQuery)
    problem = _span_problem(asked.from_, asked.to)
    if problem is not None:
        return problem
    after = _after(asked.cursor, asked.from_)
    found, following = _entries(read.books, after, asked.limit)
    within = tuple(entry for entry in found if asked.to is None or entry.day <= asked.to)
    return Reply(JournalPage(within, following if len(within) == len(found) else None))


def _after(cursor: str | None, first: date | None) -> str | None:
    """A key begins with its date: what comes after the bare date comes on that day or later."""
    return max(cursor or "", first.isoformat() if first else "") or None


def _entries(
    books: Books, after: str | None, limit: int
) -> tuple[tuple[JournalEntry, ...], str | None]:
    page = books.ids(JournalEntry, after=after, limit=limit)
    found = books.get_many(JournalEntry, page.ids)
    return tuple(found[name] for name in page.ids if name in found), page.next_key


def _every(books: Books, first: date | None, last: date | None) -> Iterator[JournalEntry]:
    after = _after(None, first)
    while True:
        found, after = _entries(books, after, ENTRIES_PER_READ)
        for entry in found:
            if last is not None and entry.day > last:
                return
            yield entry
        if after is None:
            return


def _export(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(ExportQuery)
    problem = _span_problem(asked.from_, asked.to)
    if problem is not None:
        return problem
    entries: list[JournalEntry] = []
    for entry in _every(read.books, asked.from_, asked.to):
        entries.append(entry)
        if len(entries) > EXPORTED_MAX:
            return Refusal(
                Code.TOO_MANY_ITEMS,
                f"more than {EXPORTED_MAX} entries do not fit into one answer",
                {"most": EXPORTED_MAX},
                remedy="ask for fewer days",
            )
    name = f"journal-{read.books.scope.client}.{asked.format.value}"
    if asked.format is FileFormat.CSV:
        file = Download(csv_of(entries), CSV, name)
    else:
        file = Download(xlsx_of(entries), XLSX, name)
    return too_large(file) or Reply(file)


def _chart(read: OfClient) -> Reply:
    return Reply(ChartShown(CHART))


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/journal", "listJournal", "Entries of the control journal", TAG, JournalPage,
                JournalQuery,
            ),
            _journal,
        ),
        read_operation(
            Reading(
                "/journal/export", "exportJournal", "The journal as CSV or XLSX", TAG,
                Produces((CSV, XLSX)), ExportQuery, frozenset({Code.TOO_MANY_ITEMS}),
            ),
            _export,
        ),
        read_operation(
            Reading(
                "/chart-of-accounts", "readChart", "The control accounts", TAG, ChartShown
            ),
            _chart,
        ),
    )
)  # fmt: skip
