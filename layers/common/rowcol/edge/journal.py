"""Routes that read the control journal: its entries and the chart of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from rowcol.domain.chart import CHART, ControlAccount
from rowcol.domain.journal import JournalEntry
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.operation import Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.store import Books

TAG = "Journal"


class JournalQuery(PageQuery):
    """Entries dated from `from` to `to`, both inclusive."""

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
                "/chart-of-accounts", "readChart", "The control accounts", TAG, ChartShown
            ),
            _chart,
        ),
    )
)  # fmt: skip
