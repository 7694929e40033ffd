"""Apply a previewed file of Stripe's and take it back, part by part, by whoever has time.

A part's ids are kept before its words, so that undoing finds whatever was written; words are kept
by puts that may be repeated; the file's own count moves last. A crash anywhere repeats one part.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from rowcol.domain.receivables.file_reading import FileRow, StripeReading
from rowcol.domain.receivables.stripe_file import StripeFile, StripePart
from rowcol.domain.receivables.told import ObjectKind, StripeObject, object_id
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.statements.file import AT_WORK, FileState
from rowcol.domain.statements.parts import part_id
from rowcol.service.change import transact
from rowcol.service.environment import Environment
from rowcol.service.receivables.heard import follow_customers
from rowcol.service.receivables.keep import forget, hear
from rowcol.service.receivables.payouts import follow_payouts
from rowcol.service.statements.command import hand_over
from rowcol.service.statements.files import (
    GONE,
    LostStatement,
    Who,
    arrived,
    content_of,
    is_lost,
    is_over,
    nudge_file,
)
from rowcol.service.stripe_files.steps import (
    Step,
    begin_apply,
    begin_undo,
    end_step,
    forget_step,
    give_up,
    part_kept,
    part_undone,
    upload_seen,
)
from rowcol.service.stripe_files.submit import ask_once, looked_at, read

logger = logging.getLogger(__name__)
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
    if is_lost(environment, scope, file):
        return GONE
    found = ask_once(environment, scope, who, begin_apply(file_id))
    return _begun(environment, scope, found, until)


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
    if file.state is FileState.UPLOADING:
        return _read_upload(environment, scope, file)
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


def _read_upload(environment: Environment, scope: Scope, file: StripeFile) -> StripeFile:
    """Look at what was uploaded, if it is there by now; kept once, whoever looks twice."""
    books = environment.store.books(scope)

    def see(found: StripeFile, content: bytes) -> StripeFile:
        return looked_at(books, found, read(environment, content, found.decimal))

    fresh = arrived(environment, scope, file, see)
    if fresh is None:
        return file
    return _written(environment, scope, upload_seen(fresh)) or _file(environment, scope, file.id)


def _apply(
    environment: Environment, scope: Scope, file: StripeFile, until: datetime | None
) -> StripeFile:
    books = environment.store.books(scope)
    try:
        rows = _rows(environment, scope, file)
    except LostStatement as gone:
        logger.warning("file of Stripe's lost", extra={"file": file.id, "detail": str(gone)})
        left = _written(environment, scope, give_up(file.id)) or _file(environment, scope, file.id)
        is_undone = left.state is FileState.UNDOING
        return _undo(environment, scope, left, until) if is_undone else left
    while file.rows_done < len(rows):
        if is_over(environment, until):
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
    reading = read(environment, content_of(environment, scope, file), file.decimal)
    previewed = file.seen.rows if file.seen is not None else None
    if isinstance(reading, StripeReading) and len(reading.rows) == previewed:
        return reading.rows
    raise LostStatement(f"{file.id}: it is not read as it was")


def _follow_payouts(
    environment: Environment, scope: Scope, file: StripeFile, until: datetime | None
) -> bool:
    """Whether all payouts of a file were followed before the time was up. May be repeated."""
    found = sorted(_payouts_of(environment, scope, file))
    for start in range(0, len(found), PAYOUTS_PER_STEP):
        if is_over(environment, until):
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
        if is_over(environment, until):
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

    def leave() -> None:
        _written(environment, scope, forget_step(file_id))

    nudge_file(environment, scope, StripeFile, file_id, leave)
