"""An export from the asking to its file: asked once, worked on by whoever is called, ended once.

A run writes a file of its own and ends the export only when no later run has begun: so runs may die
anywhere, repeat and overlap. A file that no export names goes by itself.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rowcol.domain.export import (
    ATTEMPTS_MAX,
    RUN_LASTS,
    Export,
    ExportAsked,
    ExportFile,
    ExportState,
    told,
)
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.exports.ports import ExportDesk, NoExportDesk, Paused, Turn, Written

logger = logging.getLogger(__name__)


def ask_export(change: Change, name: str, asked: ExportAsked) -> Export:
    """Write down what is asked for; a worker is called after the write."""
    known = change.get(Export, name)
    if known is not None:
        return known
    export = Export(name, 0, asked, change.actor, change.now, due=change.now + RUN_LASTS)
    change.put(export)
    change.state("export.asked", export=told(export))
    return export


def desk_of(environment: Environment) -> ExportDesk:
    """The ports. Raises NoExportDesk."""
    if environment.exports is None:
        raise NoExportDesk
    return environment.exports


def nudge(environment: Environment, scope: Scope, name: str) -> None:
    """From the minute sweep: a run died or was never called. Give up after some."""
    books, now = environment.store.books(scope), environment.now()
    export = books.get(Export, name)
    if export is None or export.due is None or export.due > now:
        return
    if export.state is not ExportState.RUNNING:
        books.save(replace(export, due=None))
    elif export.failures >= ATTEMPTS_MAX:
        _end(environment, scope, export, "gave_up", f"no run of {ATTEMPTS_MAX} came to an end")
    elif books.save(replace(export, due=now + RUN_LASTS)):
        desk_of(environment).carry_on(scope, name)


def carry_out(
    environment: Environment, scope: Scope, name: str, until: datetime | None = None
) -> Export | None:
    """One run: read the list, write the file, store it, end the export. None when there is none.

    What does not come to its end before `until` is handed over to another run, if it can be.
    Raises ExportFilesUnavailable, and defects of the list; the minute sweep calls for another run.
    """
    desk, books = desk_of(environment), environment.store.books(scope)
    if desk.files is None or desk.write is None:
        raise NoExportDesk
    known = books.get(Export, name)
    if known is None or known.state is not ExportState.RUNNING:
        return known
    now = environment.now()
    begun = replace(known, attempts=known.attempts + 1, due=now + RUN_LASTS)
    if not books.save(begun):
        return known  # another run began at the same instant
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"list.{known.asked.format.value}"
        turn = Turn(known.progress, until)
        written = desk.write(scope, known.asked_by, known.asked, place, turn)
        if isinstance(written, Paused):
            return _handed_over(environment, scope, begun, written)
        if isinstance(written, Refusal):
            return _end(environment, scope, begun, written.code.value, written.detail)
        key = f"{scope.firm}/{scope.client}/{name}/{begun.attempts}"
        desk.files.put(key, written.path, written.media_type, written.sha256)
        return _finish(environment, scope, begun, _file(key, written))


def _handed_over(
    environment: Environment, scope: Scope, begun: Export, paused: Paused
) -> Export | None:
    """Keep how far it is, and have it gone on with; should nobody come, the minute sweep does."""
    books = environment.store.books(scope)
    now = books.get(Export, begun.id)
    if now is None or now.state is not ExportState.RUNNING or now.attempts != begun.attempts:
        return now  # a later run goes on
    due = environment.now() + RUN_LASTS
    if books.save(replace(now, progress=paused.progress, pauses=now.pauses + 1, due=due)):
        desk_of(environment).carry_on(scope, begun.id)
    return books.get(Export, begun.id)


def _file(key: str, written: Written) -> ExportFile:
    size = written.path.stat().st_size
    return ExportFile(key, written.rows, size, written.sha256, written.snapshot)


def _finish(
    environment: Environment, scope: Scope, begun: Export, file: ExportFile
) -> Export | None:
    done = replace(begun, state=ExportState.DONE, file=file)
    return _ended(environment, scope, done)


def _end(
    environment: Environment, scope: Scope, begun: Export, code: str, detail: str
) -> Export | None:
    failed = replace(begun, state=ExportState.FAILED, code=code, detail=detail[:500])
    return _ended(environment, scope, failed)


def _ended(environment: Environment, scope: Scope, ended: Export) -> Export | None:
    def plan(change: Change) -> Export | None:
        now = change.get(Export, ended.id)
        if now is None or now.state is not ExportState.RUNNING or now.attempts != ended.attempts:
            return now  # a later run goes on, or another one has ended it
        last = replace(ended, version=now.version, due=None, ended_at=change.now)
        change.put(last)
        change.state("export.ended", export=told(last))
        return last

    outcome = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    return outcome if isinstance(outcome, Export) else None
