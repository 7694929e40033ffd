"""Routes that read the tray, and the client's log with its proof."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.log import ChainProof, Entry
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem
from rowcol.edge.operation import Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.service.audit import verify_log
from rowcol.service.project import TRAY

SEQUENCE_DIGITS_MAX = 12


@dataclass(frozen=True, slots=True)
class TrayRow:
    """A tray item as the log shows it at position `sequence`."""

    item: TrayItem
    sequence: int


@dataclass(frozen=True, slots=True)
class TrayPage:
    """A page, by id."""

    items: tuple[TrayRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries in the order of the log, as they were hashed."""

    items: tuple[Entry, ...]
    next_cursor: str | None


def _tray(read: OfClient) -> Reply:
    asked = read.page
    page = read.environment.views.page(
        read.books.scope, TRAY, after=asked.cursor, limit=asked.limit
    )
    items = [{"item": row.row, "sequence": row.sequence} for row in page.rows]
    return Reply({"items": items, "next_cursor": page.next_key})


def _log(read: OfClient) -> Reply | Refusal:
    after, limit = read.page.cursor or "0", read.page.limit
    if not (after.isascii() and after.isdigit() and len(after) <= SEQUENCE_DIGITS_MAX):
        return Refusal(Code.INVALID_INPUT, "cursor is a sequence number", {"field": "cursor"})
    entries = read.books.entries(int(after), limit)
    following = str(entries[-1].sequence) if len(entries) == limit else None
    return Reply(LogPage(entries, following))


def _proof(read: OfClient) -> Reply:
    return Reply(verify_log(read.books, read.client.currency))


READS: Operations = table(
    (
        read_operation(
            Reading("/tray", "listTray", "What does not agree", "Hygiene", TrayPage, PageQuery),
            _tray,
        ),
        read_operation(
            Reading("/audit", "listAudit", "The client's log", "Audit", LogPage, PageQuery), _log
        ),
        read_operation(
            Reading("/audit/verify", "verifyAudit", "Verify the log's chain", "Audit", ChainProof),
            _proof,
        ),
    )
)
