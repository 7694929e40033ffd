"""A statement file as it is answered: the preview, its questions, its rows, how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.statements.file import (
    AccountSeen,
    Ask,
    FileState,
    Rejection,
    RowSeen,
    StatementFile,
)
from rowcol.domain.statements.mapping import SavedColumns, StatementMapping
from rowcol.domain.statements.reading import Problem, ProblemCode
from rowcol.service.statements.ports import UploadLink


@dataclass(frozen=True, slots=True)
class StatementCounts:
    """Rows of a file. `lines` are the good ones: `added`, `linked`, `known`, `left` of them.

    Before it is applied they say what would become of them. `done`: lines written so far.
    """

    lines: int
    added: int
    linked: int
    known: int
    left: int
    bad: int
    warnings: int
    done: int
    taken_back: int
    kept_back: int


@dataclass(frozen=True, slots=True)
class StatementUpload:
    """Where the file is to be put: with this method and these headers, until then."""

    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row or a file, or was noticed: where, why, and what stood there.

    `line` is the line or row of the file, from 1. `found` is cut, and is the file's own text.
    """

    code: ProblemCode
    message: str
    line: int | None
    found: str


def _problems(found: Sequence[Problem]) -> tuple[RowProblem, ...]:
    return tuple(RowProblem(each.code, each.message, each.line, each.found) for each in found)


@dataclass(frozen=True, slots=True)
class StatementShown:
    """A statement file. `is_balanced`: null where the file has no two balances.

    `questions` must be answered before it is applied. `same_file_as`: an import of the very same
    file. `rejection`: why nothing of it can be imported. Numbers of accounts are their last four
    digits.
    """

    id: str
    state: FileState
    file_name: str
    size_bytes: int
    sha256: str | None
    format: str | None
    dialect: str | None
    accounts: tuple[AccountSeen, ...]
    is_balanced: bool | None
    counts: StatementCounts
    first_rows: tuple[RowSeen, ...]
    warnings: tuple[RowProblem, ...]
    notes: tuple[RowProblem, ...]
    questions: tuple[Ask, ...]
    same_file_as: str | None
    rejection: Rejection | None
    created_at: datetime
    created_by: str
    applied_at: datetime | None
    applied_by: str | None
    undone_at: datetime | None
    undone_by: str | None
    upload: StatementUpload | None = None
    rows: tuple[RowSeen, ...] = ()
    bad_rows: tuple[RowProblem, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class StatementsPage:
    """Files of a client, the latest first."""

    items: tuple[StatementShown, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class MappingShown:
    """A saved mapping."""

    id: str
    name: str
    mapping: SavedColumns
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True, slots=True)
class MappingsShown:
    """All saved mappings of a client."""

    mappings: tuple[MappingShown, ...]


def shown(
    file: StatementFile,
    link: UploadLink | None = None,
    *,
    rows: Sequence[RowSeen] = (),
    bad_rows: Sequence[Problem] = (),
    cursor: str | None = None,
) -> StatementShown:
    """A file as answered, with a page of its rows."""
    seen = file.seen
    accounts = seen.accounts if seen is not None else ()
    gaps = [each.gap for each in accounts if each.gap is not None]
    return StatementShown(
        file.id,
        file.state,
        file.file_name,
        file.size_bytes,
        file.sha256,
        seen.format.value if seen is not None else None,
        seen.dialect if seen is not None else None,
        accounts,
        all(gap.minor == 0 for gap in gaps) if gaps else None,
        _counts(file),
        seen.first_rows if seen is not None else (),
        _problems(seen.warnings) if seen is not None else (),
        _problems(seen.notes) if seen is not None else (),
        file.asks,
        seen.same_file_as if seen is not None else None,
        file.rejection,
        file.created_at,
        file.created_by,
        file.applied_at,
        file.applied_by,
        file.undone_at,
        file.undone_by,
        upload_shown(link),
        tuple(rows),
        _problems(bad_rows),
        cursor,
    )


def _counts(file: StatementFile) -> StatementCounts:
    seen = file.seen
    expected: dict[str, int] = {}
    for account in seen.accounts if seen is not None else ():
        for name, many in account.counts.items():
            expected[name] = expected.get(name, 0) + many
    is_written = file.parts > 0
    return StatementCounts(
        seen.lines if seen is not None else 0,
        file.added if is_written else expected.get("added", 0),
        file.linked if is_written else expected.get("linked", 0),
        file.known if is_written else expected.get("known", 0),
        expected.get("left", 0),
        seen.bad_rows if seen is not None else 0,
        seen.warning_count if seen is not None else 0,
        file.lines_done,
        file.removed,
        file.kept_back,
    )


def upload_shown(link: UploadLink | None) -> StatementUpload | None:
    """A link as answered."""
    return (
        StatementUpload(link.url, "PUT", link.headers, link.expires_at)
        if link is not None
        else None
    )


def mapping_shown(mapping: StatementMapping) -> MappingShown:
    """A saved mapping as answered."""
    return MappingShown(
        mapping.id, mapping.name, mapping.columns, mapping.saved_at, mapping.saved_by
    )
