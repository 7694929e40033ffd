"""A list as a file: what was asked for, by whom, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rowcol.domain.plain import instant_text
from rowcol.domain.scope import Actor

# A file goes by itself; the lifecycle of the bucket says the same.
KEPT = timedelta(days=7)
# A run that has not ended by then is over: functions end after 15 minutes.
RUN_LASTS = timedelta(minutes=16)
ATTEMPTS_MAX = 4


class ExportFormat(StrEnum):
    """Text, a workbook, the lines of a log that its proof is made of; a proof, or a page of it."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    JSON = "json"
    HTML = "html"


class ExportState(StrEnum):
    """Where an export is. `failed`: it will not be tried again; `code` says why."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """Which list, with what in its path and its filter, as which file.

    `with_bom`: a text file begins with a mark by which Excel knows UTF-8.
    """

    list: str
    format: ExportFormat
    path: dict[str, str] = field(default_factory=dict)
    filter: dict[str, str] = field(default_factory=dict)
    with_bom: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """When the list was read. `is_consistent`: the log gained nothing meanwhile.

    `position`, `position_after`: the log's last entry before and after.
    """

    at: datetime
    position: int
    position_after: int

    @property
    def is_consistent(self) -> bool:
        """Whether all rows are of one moment."""
        return self.position == self.position_after


@dataclass(frozen=True, slots=True)
class ExportFile:
    """What came out: where it is kept, and what it is."""

    key: str
    rows: int
    size_bytes: int
    sha256: str
    snapshot: SnapshotTaken


@dataclass(frozen=True, slots=True)
class Export:
    """The row of an export. `attempts` fences: only the last run that began may end it.

    `due`: when the minute sweep has it tried again. `progress`: where the next run goes on, of what
    takes more than one; `pauses`: runs that got somewhere and handed over.
    """

    id: str
    version: int
    asked: ExportAsked
    asked_by: Actor
    created_at: datetime
    state: ExportState = ExportState.RUNNING
    due: datetime | None = None
    attempts: int = 0
    file: ExportFile | None = None
    code: str | None = None
    detail: str | None = None
    ended_at: datetime | None = None
    progress: str | None = None
    pauses: int = 0

    kind = "export"

    @property
    def list_key(self) -> str | None:
        """By when it was asked for."""
        return f"{instant_text(self.created_at)}#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at it."""
        return self.due

    @property
    def failures(self) -> int:
        """Runs that came to nothing, the present one included."""
        return self.attempts - self.pauses

    def is_kept(self, now: datetime) -> bool:
        """Whether its file is still there."""
        return self.file is not None and self.ended_at is not None and now < self.ended_at + KEPT


@dataclass(frozen=True, slots=True)
class ExportTold:
    """An export as the log shows it: what was taken out, by whom, and when."""

    id: str
    asked: ExportAsked
    asked_by: Actor
    created_at: datetime
    state: ExportState
    file: ExportFile | None
    code: str | None
    detail: str | None
    ended_at: datetime | None


def told(export: Export) -> ExportTold:
    """What the log keeps of it."""
    return ExportTold(
        export.id,
        export.asked,
        export.asked_by,
        export.created_at,
        export.state,
        export.file,
        export.code,
        export.detail,
        export.ended_at,
    )
