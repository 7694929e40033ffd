"""What exports need from outside. Adapters: storage/export_files.py, edge/exports/write.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from rowcol.domain.export import ExportAsked, SnapshotTaken
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, Scope


class ExportFilesUnavailable(Exception):
    """The place of files does not answer: the same may be asked again."""


class ExportFiles(Protocol):
    """Finished files, which go by themselves."""

    def put(self, key: str, file: Path, media_type: str, sha256: str) -> None:
        """Store a file. Raises ExportFilesUnavailable."""
        ...

    def link(self, key: str, file_name: str, seconds: int) -> str:
        """Where whoever has the link can fetch it for so long."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """A local file with a list in it."""

    path: Path
    media_type: str
    rows: int
    sha256: str
    snapshot: SnapshotTaken


@dataclass(frozen=True, slots=True)
class Turn:
    """One run: where the one before it paused, and when it has to pause itself."""

    progress: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """The time was up before the end; `progress`: where the next run goes on."""

    progress: str


Write = Callable[[Scope, Actor, ExportAsked, Path, Turn], "Written | Paused | Refusal"]


@dataclass(frozen=True, slots=True)
class ExportDesk:
    """`carry_on` has an export worked on soon, elsewhere; repeats are safe.

    `write` reads a list with the rights that who asked has by then, into a file.
    """

    carry_on: Callable[[Scope, str], None]
    files: ExportFiles | None = None
    write: Write | None = None


class NoExportDesk(Exception):
    """This process was not given what exporting needs: a defect of its wiring."""
