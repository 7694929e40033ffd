"""A statement file as the log shows it: who, what and how much, never a number of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money
from rowcol.domain.statements.file import FileState, StatementFile


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file: its hash, what it holds, and what became of its lines."""

    id: str
    state: FileState
    sha256: str | None
    size_bytes: int
    format: str | None
    lines: int
    bad_rows: int
    bank_account_ids: tuple[str, ...]
    added: int
    linked: int
    known: int
    removed: int
    kept_back: int


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line that an import added or took back; `twin` is the feed's line of the movement."""

    id: str
    account_id: str
    posted_on: date
    amount: Money
    twin: str | None = None


def shown_file(file: StatementFile) -> ShownFile:
    """What the log keeps of a file."""
    seen = file.seen
    return ShownFile(
        file.id,
        file.state,
        file.sha256,
        file.size_bytes,
        seen.format.value if seen is not None else None,
        seen.lines if seen is not None else 0,
        seen.bad_rows if seen is not None else 0,
        file.bank_account_ids,
        file.added,
        file.linked,
        file.known,
        file.removed,
        file.kept_back,
    )


def shown_line(line: BankLine, twin: str | None = None) -> ShownLine:
    """What the log keeps of a line: its text stays in the books."""
    return ShownLine(line.line_id, line.account_id, line.posted_on, line.amount, twin)
