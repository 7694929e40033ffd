"""Apply a previewed file of Stripe's and take it back, part by part, by whoever has time.

A part's ids are kept before its words, so that undoing finds whatever was written; words are kept
by puts that may be repeated; the file's own count moves last. A crash anywhere repeats one part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from rowcol.domain.receivables.file_reading import FileRow, StripeReading
from rowcol.domain.receivables.stripe_file import StripeFile, StripePart
from rowcol.domain.receivables.told import ObjectKind, StripeObject, object_id
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.statements.file import AT_WORK, WAITING, FileState
from rowcol.domain.statements.parts import part_id
from rowcol.service.change import transact
from rowcol.service.environment import Environment
from rowcol.service.receivables.heard import follow_customers
from rowcol.service.receivables.keep import forget, hear
from rowcol.service.receivables.payouts import follow_payouts
from rowcol.service.statements.apply import RESUMED_AFTER
from rowcol.service.statements.asking import Who
from rowcol.service.statements.command import hand_over
from rowcol.service.statements.look import desk_of
from rowcol.service.statements.ports import FILE_BYTES_MAX
from rowcol.service.statements.run import LostStatement
from rowcol.service.stripe_files.steps import (
    Step,
    begin_apply,
    begin_undo,
    end_step,
    forget_step,
    part_kept,
    part_undone,
)
from rowcol.service.stripe_files.submit import ask_once, read

ROWS_PER_PART = 100
PARTS_READ = 50
PAYOUTS_PER_STEP = 20


def apply(
    environment: Environment, scope: Scope, who: Who, file_id: str, until: datetime | None
) -> StripeFile | Refusal:
    """Bring a previewed file into the books; what is left at `until` is done elsewhere.

    Refused: `not_found`; `wrong_state` unless it is previewed and kept; `already_exists` when the
    very same file is held.
    """
    file = environment.store.books(scope).get(StripeFile, file_id)
    waits = file is not None and file.state is FileState.PREVIEWED
    if file is not None and waits and not _is_kept(environment, scope, file):
        words = "the file is not kept any more"
        return Refusal(Code.WRONG_STATE, words, {"state": file.state}, remedy="send it again")
    found = ask_once(environment, scope, who, begin_apply(file_id))
    return _begun(environment, scope, found, until)


def _is_kept(environment: Environment, scope: Scope, file: StripeFile) -> bool:
    return desk_of(environment).files.has(scope, file.object_name)


def undo(
    environment: Environment, scope: Scope, who: Who, file_id: str, until: datetime | None
) -> StripeFile | Refusal:
    """Take back what only this file says; what other files or events say stays.

    Refused: `not_found`, `wrong_state` unless it is applied.
    """
    return _begun(environment, scope, ask_once(environment, scope, who, begin_undo(file_id)), until)


def _begun(
    environment: Environment,
    scope: Scope,
    found: StripeFile | Refusal,
    until: datetime | None,
) -> StripeFile | Refusal:
    if isinstance(found, Refusal) or found.state not in AT_WORK:
        return found
    file = carry_on(environment, scope, found.id, until)
    if file.state in AT_WORK:
        hand_over(environment, scope, file.id)
    return file


def carry_on(
    environment: Environment, scope: Scope, file_id: str, until: datetime | None
) -> StripeFile:
    """Do what is to be done with a file until it is over or it is `until`. The file as it is then.

    Raises LostStatement, FilesUnavailable, Contention; each leaves the file as its last write did.
    """
    file = _file(environment, scope, file_id)
    if file.state is FileState.APPLYING:
        return _apply(environment, scope, file, until)
    if file.state is FileState.UNDOING:
        return _undo(environment, scope, file, until)
    return file


def _file(environment: Environment, scope: Scope, file_id: str) -> StripeFile:
    file = environment.store.books(scope).get(StripeFile, file_id)
    if file is None:
        raise LostStatement(file_id)
    return file


def _written(environment: Environment, scope: Scope, step: Step) -> StripeFile | None:
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, step)
    return result if isinstance(result, StripeFile) else None


def _is_over(environment: Environment, until: datetime | None) -> bool:
    return until is not None and environment.now() >= until


def _apply(
    environment: Environment, scope: Scope, file: StripeFile, until: datetime | None
) -> StripeFile:
    books = environment.store.books(scope)
    rows = _rows(environment, scope, file)
    while file.rows_done < len(rows):
        if _is_over(environment, until):
            return file
        part = rows[file.rows_done : file.rows_done + ROWS_PER_PART]
        words = [word for row in part for word in row.told]
        names = tuple(dict.fromkeys(object_id(word.kind, word.stripe_id) for word in words))
        held = StripePart(part_id(file.id, file.parts), 0, names)
        if books.get(StripePart, held.id) is None:
            books.save(held)
        kept = hear(books, words, file.id)
        follow_customers(environment, scope, kept)
        moved = _written(environment, scope, part_kept(file, len(part), len(kept.changed)))
        if moved is None:  # somebody else is further, or it is over
            return _file(environment, scope, file.id)
        file = moved
    if not _follow_payouts(environment, scope, file, until):
        return file
    ended = _written(environment, scope, end_step(file, FileState.APPLYING))
    return ended or _file(environment, scope, file.id)


def _rows(environment: Environment, scope: Scope, file: StripeFile) -> tuple[FileRow, ...]:
    content = desk_of(environment).files.read(scope, file.object_name, FILE_BYTES_MAX)
    if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
        raise LostStatement(f"{file.id}: its bytes are gone or others")
    reading = read(environment, content, file.decimal)
    if not isinstance(reading, StripeReading):
        raise LostStatement(f"{file.id}: it is not read as it was")
    return reading.rows


def _follow_payouts(
    environment: Environment, scope: Scope, file: StripeFile, until: datetime | None
) -> bool:
    """Whether all payouts of a file were followed before the time was up. May be repeated."""
    found = sorted(_payouts_of(environment, scope, file))
    for start in range(0, len(found), PAYOUTS_PER_STEP):
        if _is_over(environment, until):
            return False
        follow_payouts(environment, scope, found[start : start + PAYOUTS_PER_STEP])
    return True


def _payouts_of(environment: Environment, scope: Scope, file: StripeFile) -> set[str]:
    prefix = f"{ObjectKind.PAYOUT.value}-"
    books = environment.store.books(scope)
    names = {name for part in _parts(environment, scope, file) for name in part.names}
    wanted = [name for name in names if name.startswith(prefix)]
    return {one.stripe_id for one in books.get_many(StripeObject, wanted).values()}


def _parts(environment: Environment, scope: Scope, file: StripeFile) -> Iterable[StripePart]:
    books = environment.store.books(scope)
    for start in range(0, file.parts, PARTS_READ):
        places = range(start, min(start + PARTS_READ, file.parts))
        yield from books.get_many(StripePart, [part_id(file.id, at) for at in places]).values()


def _undo(
    environment: Environment, scope: Scope, file: StripeFile, until: datetime | None
) -> StripeFile:
    books = environment.store.books(scope)
    while file.parts_undone < file.parts:
        if _is_over(environment, until):
            return file
        part = books.get(StripePart, part_id(file.id, file.parts - 1 - file.parts_undone))
        kept = forget(books, part.names if part is not None else (), file.id)
        follow_customers(environment, scope, kept)
        moved = _written(environment, scope, part_undone(file))
        if moved is None:
            return _file(environment, scope, file.id)
        file = moved
    if not _follow_payouts(environment, scope, file, until):
        return file
    ended = _written(environment, scope, end_step(file, FileState.UNDOING))
    return ended or _file(environment, scope, file.id)


def nudge(environment: Environment, scope: Scope, file_id: str) -> None:
    """The minute sweep's part: have a file gone on with, forget one that was never applied."""
    books = environment.store.books(scope)
    file, now = books.get(StripeFile, file_id), environment.now()
    if file is None or file.due is None or file.due > now:
        return
    if file.state in AT_WORK:
        if books.save(replace(file, due=now + RESUMED_AFTER)):
            desk_of(environment).carry_on(scope, file_id)
    elif file.state in WAITING:
        _written(environment, scope, forget_step(file_id))
