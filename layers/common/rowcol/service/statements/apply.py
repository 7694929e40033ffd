"""Bring a previewed file's lines into the books, one bounded write after the other.

Beginning says who asked and is one write. Each part is another: its lines, the ids of them, and how
far the file is, so that whoever goes on after a crash begins where the last write ended. A line is
known by its id: written twice, it is the same line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rowcol.domain.link import LineSource, StoredLine
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.statements.file import AT_WORK, Becomes, FileState, StatementFile
from rowcol.domain.statements.mapping import (
    STATEMENT_BOOKS,
    KnownAccount,
    Span,
    StatementBooks,
)
from rowcol.domain.statements.parts import (
    AppliedFile,
    PartLine,
    StatementPart,
    applied_id,
    part_id,
)
from rowcol.service.change import Change
from rowcol.service.statements.facts import ShownLine, shown_file, shown_line
from rowcol.service.statements.planned import PlannedLine

# A file that nobody has written to for so long is carried on by the minute sweep.
RESUMED_AFTER = timedelta(seconds=60)
# A transaction takes 100 items: the file, its part, the head, the log entry, and these.
PUTS_PER_PART = 90
DONE = frozenset({FileState.APPLYING, FileState.APPLIED})
BUSY = Refusal(
    Code.CONFLICT,
    "another file of this client is being worked on",
    remedy="it goes on by itself when that one is done",
)
NO_FILE = Refusal(Code.NOT_FOUND, "no such statement")


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of one write, and how many of the file's rows are done with it."""

    lines: tuple[PlannedLine, ...]
    through: int


def begin_apply(change: Change, file_id: str) -> StatementFile | Refusal:
    """Have a previewed file applied. One that is applied already is shown as it is.

    Refused: `not_found`; `wrong_state` unless it is previewed; `already_exists` when an import
    holds the very same file.
    """
    file = change.get(StatementFile, file_id)
    if file is None or file.state is FileState.DELETED:
        return NO_FILE
    if file.state in DONE:
        return file
    if file.state is not FileState.PREVIEWED or file.seen is None:
        return _not_previewed(file)
    holder = _held(change, file)
    if holder is not None:
        return Refusal(
            Code.ALREADY_EXISTS,
            "the very same file was imported before",
            {"statement": holder},
            remedy="undo that import first, if this one is to take its place",
        )
    begun = replace(
        file,
        state=FileState.APPLYING,
        applied_by=change.actor.id,
        due=change.now + RESUMED_AFTER,
        lines_done=0,
        parts=0,
        steps_undone=0,
        added=0,
        linked=0,
        known=0,
        removed=0,
        kept_back=0,
    )
    change.put(begun)
    _remember_accounts(change, begun)
    change.state("statement.apply_started", statement=shown_file(begun))
    return begun


def _not_previewed(file: StatementFile) -> Refusal:
    remedies = {
        FileState.ASKING: "answer its questions first",
        FileState.UPLOADING: "upload it, and have it read",
        FileState.UNDONE: "send the file again",
        FileState.REJECTED: "send a file that can be read",
    }
    return Refusal(
        Code.WRONG_STATE,
        f"the statement is {file.state.value}",
        {"state": file.state.value, "questions": len(file.asks)},
        remedy=remedies.get(file.state),
    )


def _held(change: Change, file: StatementFile) -> str | None:
    """The import that holds all of it already."""
    found: list[str] = []
    for account_id in file.bank_account_ids:
        note = change.get(AppliedFile, applied_id(file.sha256 or "", account_id))
        if note is None or note.file_id in (None, file.id):
            return None
        found.append(str(note.file_id))
    return found[0] if found else None


def _remember_accounts(change: Change, file: StatementFile) -> None:
    """Which account a file's is, for the next file; a new one becomes the client's."""
    assert file.seen is not None  # it was previewed
    shared = change.get(StatementBooks, STATEMENT_BOOKS) or StatementBooks(STATEMENT_BOOKS, 0)
    known = list(shared.accounts)
    for account in file.seen.accounts:
        name = account.bank_account_id
        if name is None or account.left or not account.ending:
            continue
        told = KnownAccount(account.ending, account.routing, name)
        known = [each for each in known if (each.ending, each.routing) != _named(told)]
        known.append(told)
    ids = tuple(dict.fromkeys((*shared.account_ids, *file.bank_account_ids)))
    spans = (*(each for each in shared.spans if each.file_id != file.id), *_spans(file))
    change.put(replace(shared, accounts=tuple(known), account_ids=ids, spans=spans))
    new = [name for name in file.bank_account_ids if name not in change.client.own_account_ids]
    if new:
        others = (*change.client.other_account_ids, *new)
        change.put(replace(change.client, other_account_ids=others))
        change.state("statement.account_added", statement=shown_file(file), account_id=new[0])


def _spans(file: StatementFile) -> list[Span]:
    """The days of which the file tells everything."""
    found: list[Span] = []
    for account in file.seen.accounts if file.seen is not None else ():
        first, last, name = account.from_on, account.to_on, account.bank_account_id
        if name is not None and not account.left and first is not None and last is not None:
            found.append(Span(file.id, name, first, last))
    return found


def _named(account: KnownAccount) -> tuple[str, str | None]:
    return account.ending, account.routing


def take_turn(change: Change, file_id: str) -> bool:
    """Whether it is this file's turn: one at a time is worked on."""
    file = change.get(StatementFile, file_id)
    if file is None or file.state not in AT_WORK:
        return False
    shared = change.get(StatementBooks, STATEMENT_BOOKS) or StatementBooks(STATEMENT_BOOKS, 0)
    if shared.holder == file_id:
        return True
    holder = change.get(StatementFile, shared.holder) if shared.holder is not None else None
    if holder is not None and holder.state in AT_WORK:
        change.put(replace(file, due=change.now + RESUMED_AFTER))
        return False
    change.put(replace(shared, holder=file_id))
    return True


def give_turn(change: Change, file_id: str, *, is_gone: bool = False) -> None:
    """The next file may be worked on. `is_gone`: this one tells nothing any more."""
    shared = change.get(StatementBooks, STATEMENT_BOOKS)
    if shared is not None and shared.holder == file_id:
        spans = tuple(each for each in shared.spans if not is_gone or each.file_id != file_id)
        change.put(replace(shared, holder=None, spans=spans))


def parts_of(lines: Sequence[PlannedLine], done: int) -> list[Part]:
    """What is left of a file's lines in writes; left-out ones are passed over."""
    parts: list[Part] = []
    taken: list[PlannedLine] = []
    puts = 0
    for at, line in enumerate(lines[done:], done):
        cost = 2 if line.twin is not None else 1
        if puts + cost > PUTS_PER_PART:
            parts.append(Part(tuple(taken), at))
            taken, puts = [], 0
        if line.stored is not None:
            taken.append(line)
            puts += cost
    if taken or len(lines) > (parts[-1].through if parts else done):
        parts.append(Part(tuple(taken), len(lines)))
    return parts


def apply_part(change: Change, file_id: str, part: Part, done: int) -> StatementFile | None:
    """Write one part; None when somebody else has written it, or the file is not applied now."""
    file = change.get(StatementFile, file_id)
    if file is None or file.state is not FileState.APPLYING or file.lines_done != done:
        return None
    change.load(StoredLine, [line.stored.line_id for line in part.lines if line.stored])
    change.load(StoredLine, [line.twin for line in part.lines if line.twin is not None])
    held: list[PartLine] = []
    told: list[ShownLine] = []
    for line in part.lines:
        becomes, fresh = _kept(change, file_id, line)
        held.append(PartLine(line.line.line, fresh.id, becomes))
        if becomes is not Becomes.KNOWN:
            told.append(shown_line(fresh.line, fresh.twin))
    counted = [each.becomes for each in held]
    moved = replace(
        file,
        lines_done=part.through,
        parts=file.parts + 1,
        added=file.added + counted.count(Becomes.ADDED),
        linked=file.linked + counted.count(Becomes.LINKED),
        known=file.known + counted.count(Becomes.KNOWN),
        due=change.now + RESUMED_AFTER,
    )
    change.put(StatementPart(part_id(file_id, file.parts), 0, tuple(held)))
    change.put(moved)
    change.state("statement.lines_added", statement=shown_file(moved), statement_lines=tuple(told))
    return moved


def _kept(change: Change, file_id: str, planned: PlannedLine) -> tuple[Becomes, StoredLine]:
    assert planned.stored is not None  # lines that are left out are in no part
    name = planned.stored.line_id
    known = change.get(StoredLine, name)
    if known is not None and not known.removed:
        if file_id not in known.imports:
            known = replace(known, imports=(*known.imports, file_id))
            change.put(known)
        return Becomes.KNOWN, known
    fresh = StoredLine(
        name,
        known.version if known is not None else 0,
        planned.stored,
        source=LineSource.STATEMENT,
        keys=planned.keys,
        imports=(file_id,),
    )
    twin = change.get(StoredLine, planned.twin) if planned.twin is not None else None
    if twin is not None and not twin.removed and not twin.hidden and twin.twin in (None, name):
        fresh = replace(fresh, twin=twin.id, hidden=True)
        change.put(replace(twin, twin=name))
    change.put(fresh)
    return (Becomes.LINKED if fresh.hidden else Becomes.ADDED), fresh


def end_apply(change: Change, file_id: str) -> StatementFile | None:
    """All parts are written: the import holds the file's lines."""
    file = change.get(StatementFile, file_id)
    if file is None or file.state is not FileState.APPLYING:
        return None
    applied = replace(file, state=FileState.APPLIED, applied_at=change.now, due=None)
    change.put(applied)
    for account_id in applied.bank_account_ids:
        name = applied_id(applied.sha256 or "", account_id)
        note = change.get(AppliedFile, name) or AppliedFile(name, 0, None)
        change.put(replace(note, file_id=file_id))
    give_turn(change, file_id)
    change.state("statement.applied", statement=shown_file(applied))
    return applied
