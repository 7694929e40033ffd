"""What is kept beside a statement file: ids of its lines, bad rows, and which import holds it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.statements.file import Becomes
from rowcol.domain.statements.reading import Problem


@dataclass(frozen=True, slots=True)
class PartLine:
    """A line that an import holds: where it stands in the file, and what became of it."""

    line: int
    id: str
    becomes: Becomes


@dataclass(frozen=True, slots=True)
class StatementPart(Unlisted, NeverDue):
    """Lines of one write of an import, so that undoing finds them without the file."""

    id: str
    version: int
    lines: tuple[PartLine, ...]

    kind = "statement_part"


@dataclass(frozen=True, slots=True)
class BadRows(Unlisted, NeverDue):
    """Rows of a file that could not be read, at most 500 in one of these."""

    id: str
    version: int
    rows: tuple[Problem, ...]

    kind = "statement_bad_rows"


@dataclass(frozen=True, slots=True)
class AppliedFile(Unlisted, NeverDue):
    """Which import holds the lines that one file has of one account; None when it was undone."""

    id: str
    version: int
    file_id: str | None

    kind = "statement_applied"


BAD_ROWS_PER_ITEM = 500


def applied_id(sha256: str, bank_account_id: str) -> str:
    """Id of the note that a file's lines of an account are held."""
    return hashlib.sha256(f"{sha256}|{bank_account_id}".encode()).hexdigest()[:40]


def part_id(file_id: str, place: int) -> str:
    """Id of one part of a file."""
    return f"{file_id}-{place:05d}"


def bad_rows_id(file_id: str, place: int) -> str:
    """Id of one item of a file's bad rows."""
    return f"{file_id}-bad{place}"
