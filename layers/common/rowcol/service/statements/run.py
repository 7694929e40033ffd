"""Carry files on: in the request until its time is up, by the worker, after a crash by the sweep.

Whoever runs, and however many at once: the file's own count of what is done lets each write happen
once, and what is read twice is written once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from rowcol.domain.client import Client
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.statements.file import (
    AT_WORK,
    FORGETTABLE,
    FileState,
    StatementFile,
)
from rowcol.domain.statements.reading import Outcome, Problem, Reading
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.spending import keep_spending
from rowcol.service.statements.apply import (
    apply_part,
    end_apply,
    give_turn,
    parts_of,
    take_turn,
)
from rowcol.service.statements.facts import shown_file
from rowcol.service.statements.files import (
    LostStatement,
    arrived,
    content_of,
    is_over,
    lost,
    nudge_file,
)
from rowcol.service.statements.freeing import free_line, proved_by_lines
from rowcol.service.statements.look import bad_row_items, look, read
from rowcol.service.statements.planned import plan_lines
from rowcol.service.statements.rejoin import rejoin
from rowcol.service.statements.undo import (
    claimed_lines,
    end_undo,
    steps_of,
    undo_step,
)
from rowcol.service.store import Command
from rowcol.service.sync.bank import match_cash

logger = logging.getLogger(__name__)
R = TypeVar("R")


def carry_on(
    environment: Environment, scope: Scope, file_id: str, until: datetime | None
) -> StatementFile:
    """Do what is to be done with a file until it is over or it is `until`. The file as it is then.

    Raises LostStatement, FilesUnavailable, Contention, and what the store raises; each leaves the
    file as the last write left it, and it goes on from there.
    """
    file = _file(environment, scope, file_id)
    if file.state is FileState.UPLOADING:
        return _read_upload(environment, scope, file)
    if file.state not in AT_WORK:
        return file
    if not _written(environment, scope, lambda change: take_turn(change, file_id)):
        return _file(environment, scope, file_id)
    if file.state is FileState.APPLYING:
        return _apply(environment, scope, file_id, until)
    return _undo(environment, scope, file_id, until)


def _file(environment: Environment, scope: Scope, file_id: str) -> StatementFile:
    file = environment.store.books(scope).get(StatementFile, file_id)
    if file is None:
        raise LostStatement(file_id)
    return file


def _written(environment: Environment, scope: Scope, plan: Callable[[Change], R]) -> R:
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    assert not isinstance(result, Refusal | Command)  # no step refuses, and none has a key
    return result


def _read_upload(environment: Environment, scope: Scope, file: StatementFile) -> StatementFile:
    """Look at what was uploaded, if it is there by now."""
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    assert client is not None  # it has a file
    rows: list[Problem] = []

    def see(found: StatementFile, content: bytes) -> StatementFile:
        looked = look(books, client, found, read(environment, books, client, found, content))
        rows.extend(looked.bad_rows)
        return looked.file

    fresh = arrived(environment, scope, file, see)
    return file if fresh is None else _put(environment, scope, fresh, tuple(rows))


def _put(
    environment: Environment, scope: Scope, fresh: StatementFile, rows: tuple[Problem, ...] = ()
) -> StatementFile:
    """Keep what was seen of an upload, once."""
    books = environment.store.books(scope)

    def plan(change: Change) -> StatementFile:
        current = change.get(StatementFile, fresh.id)
        if current is None or current.state is not FileState.UPLOADING:
            return current or fresh
        kept = replace(fresh, version=current.version)
        change.put(kept)
        for item in bad_row_items(books, fresh.id, rows):
            change.put(item)
        change.state("statement.previewed", statement=shown_file(kept))
        return kept

    return _written(environment, scope, plan)


def _apply(
    environment: Environment, scope: Scope, file_id: str, until: datetime | None
) -> StatementFile:
    books = environment.store.books(scope)
    # Read after the turn was taken: nobody else adds lines of statements from here on.
    file, client = _file(environment, scope, file_id), books.get(Client, scope.client)
    assert client is not None  # it has a file
    try:
        content = content_of(environment, scope, file)
        reading = _as_looked_at(file, read(environment, books, client, file, content))
    except LostStatement as gone:
        logger.warning("statement lost", extra={"statement": file_id, "detail": str(gone)})
        given_up = _written(environment, scope, partial(_lost, file_id=file_id))
        is_undone = given_up.state is FileState.UNDOING
        return _undo(environment, scope, file_id, until) if is_undone else given_up
    planned = plan_lines(books, client, file, reading)
    if planned.asks and not file.lines_done:
        looked = look(books, client, file.waiting(FileState.PREVIEWED), reading)
        return _written(environment, scope, partial(_asked_again, looked=looked.file))
    done, parts = file.lines_done, parts_of(planned.lines, file.lines_done)
    for part in parts:
        if is_over(environment, until):
            return _file(environment, scope, file_id)
        moved = _written(
            environment,
            scope,
            partial(apply_part, file_id=file_id, part=part, done=done),
        )
        if moved is None:
            return _file(environment, scope, file_id)
        done = part.through
    if done < len(planned.lines):
        raise LostStatement(f"{file_id}: {done} of {len(planned.lines)} lines")
    accounts = file.bank_account_ids
    days = {line.line.posted_on for line in planned.lines if line.stored is not None}
    rejoin(environment, scope, accounts, days)
    # Before the end is written: a crash in between matches once more, and that changes nothing.
    match_cash(environment, scope, None, min(days, default=None))
    keep_spending(environment, scope, len(planned.lines))
    ended = _written(environment, scope, lambda change: end_apply(change, file_id))
    return ended or _file(environment, scope, file_id)


def _as_looked_at(file: StatementFile, outcome: Outcome) -> Reading:
    """The reading, if it is the one that was previewed. Raises LostStatement."""
    seen = file.seen
    if isinstance(outcome, Reading) and seen is not None:
        counts = [len(each.lines) for each in outcome.statements]
        if counts == [each.lines for each in seen.accounts]:
            return outcome
    raise LostStatement(f"{file.id}: it is not read as it was")


def _asked_again(change: Change, looked: StatementFile) -> StatementFile:
    """The books are others than at the preview, so that there is a question: nothing is applied."""
    current = change.get(StatementFile, looked.id)
    assert current is not None  # it was just read
    if current.version != looked.version:
        return current
    change.put(looked)
    give_turn(change, looked.id, is_gone=True)
    change.state("statement.previewed", statement=shown_file(looked))
    return looked


def _lost(change: Change, file_id: str) -> StatementFile:
    """A file that is not the one that was looked at is not applied: what it brought goes again."""
    file = change.get(StatementFile, file_id)
    assert file is not None  # it was just read
    if file.state is not FileState.APPLYING:
        return file
    given_up = lost(file, change.now)
    change.put(given_up)
    if given_up.state is FileState.UNDOING:
        change.state("statement.undo_started", statement=shown_file(given_up), free_matches=False)
        return given_up
    give_turn(change, file_id, is_gone=True)
    change.state("statement.previewed", statement=shown_file(given_up))
    return given_up


def _undo(
    environment: Environment, scope: Scope, file_id: str, until: datetime | None
) -> StatementFile:
    books = environment.store.books(scope)
    file = _file(environment, scope, file_id)
    if file.free_matches and file.steps_undone == 0:
        proved = proved_by_lines(books)
        for claimed in claimed_lines(books, file):
            if is_over(environment, until):
                return _file(environment, scope, file_id)
            _written(environment, scope, partial(free_line, line_id=claimed.line_id, proved=proved))
    for undone in range(file.steps_undone, steps_of(file)):
        if is_over(environment, until):
            return _file(environment, scope, file_id)
        moved = _written(environment, scope, partial(undo_step, file_id=file_id, undone=undone))
        if moved is None:
            return _file(environment, scope, file_id)
    match_cash(environment, scope, None)
    ended = _written(environment, scope, lambda change: end_undo(change, file_id))
    return ended or _file(environment, scope, file_id)


def nudge(environment: Environment, scope: Scope, file_id: str) -> None:
    """The minute sweep's part: go on with a file that nobody works on, forget what is too old."""

    def leave() -> None:
        _written(environment, scope, lambda change: forget(change, file_id))

    nudge_file(environment, scope, StatementFile, file_id, leave)


def forget(change: Change, file_id: str) -> StatementFile | None:
    """Delete what was never applied; None when there is nothing to delete."""
    file = change.get(StatementFile, file_id)
    if file is None or file.state not in FORGETTABLE:
        return None
    gone = replace(file, state=FileState.DELETED, due=None, seen=None, asks=())
    change.put(gone)
    change.state("statement.deleted", statement=shown_file(gone))
    return gone
