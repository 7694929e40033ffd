"""Routes that read the client's log with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from rowcol.domain.log import Entry
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import PEOPLE
from rowcol.edge.operation import Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.store import Books

SEQUENCE_DIGITS_MAX = 12


@dataclass(frozen=True, slots=True)
class LogEntry(Entry):
    """An entry as it was hashed, and how old the actor's second factor was then; null for none."""

    second_factor_age_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries in the order of the log."""

    items: tuple[LogEntry, ...]
    next_cursor: str | None


def _log(read: OfClient) -> Reply | Refusal:
    return _page(read.books, read.page)


def _firm_log(call: Call) -> Reply | Refusal:
    return _page(call.environment.store.books(call.scope), call.query_as(PageQuery))


def _page(books: Books, asked: PageQuery) -> Reply | Refusal:
    after, limit = asked.cursor or "0", asked.limit
    if not (after.isascii() and after.isdigit() and len(after) <= SEQUENCE_DIGITS_MAX):
        return Refusal(Code.INVALID_INPUT, "cursor is a sequence number", {"field": "cursor"})
    entries = books.entries(int(after), limit)
    following = str(entries[-1].sequence) if len(entries) == limit else None
    return Reply(LogPage(_shown(entries), following))


def _shown(entries: Sequence[Entry]) -> tuple[LogEntry, ...]:
    return tuple(
        LogEntry(
            **{field.name: _of(entry, field.name) for field in fields(Entry)},
            second_factor_age_seconds=entry.actor.second_factor_age_seconds(entry.at),
        )
        for entry in entries
    )


def _of(entry: Entry, name: str) -> Any:
    return getattr(entry, name)


READS: Operations = table(
    (
        read_operation(
            Reading("/audit", "listAudit", "The client's log", "Audit", LogPage, PageQuery), _log
        ),
    )
)
FIRM_READS: Operations = table(
    (
        Operation(
            "GET",
            "/audit",
            "listFirmAudit",
            "The firm's own log: rights, limits of the firm and of its users",
            "Audit",
            _firm_log,
            PEOPLE,
            {200: LogPage},
            query=PageQuery,
        ),
    )
)
