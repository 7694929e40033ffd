"""Take an import back: its lines give up their claim, and one that nobody else holds goes.

What something rests on is not pulled away unseen. A line that proves a payment keeps the import,
named, until its match is taken back; or the matches that RowCol made by itself are freed with it,
and their payments are looked at again. A line that the bank's feed shows too stays, as the feed's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from rowcol.domain.link import Link, StoredLine
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import key_of
from rowcol.domain.statements.file import FileState, StatementFile
from rowcol.domain.statements.parts import (
    AppliedFile,
    PartLine,
    StatementPart,
    applied_id,
    part_id,
)
from rowcol.service.change import Change
from rowcol.service.statements.apply import NO_FILE, RESUMED_AFTER, give_turn
from rowcol.service.statements.facts import ShownLine, shown_file, shown_line
from rowcol.service.store import Books

CLAIMED_TOLD_MAX = 20
# A line that goes may show its twin again: two items each, of the 100 of a transaction.
LINES_PER_STEP = 45
STEPS_PER_PART = 2
PARTS_READ = 50
_UNDOABLE = frozenset({FileState.APPLIED})
_ALREADY = frozenset({FileState.UNDOING, FileState.UNDONE})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A line that would go, and what rests on it."""

    line_id: str
    line: int
    posted_on: date
    amount: Money
    claimed_by: str


def claimed_lines(books: Books, file: StatementFile) -> list[Claimed]:
    """Lines that undoing would take while something rests on them, in the order of the file."""
    found: list[Claimed] = []
    for at in range(0, file.parts, PARTS_READ):
        names = [part_id(file.id, place) for place in range(at, min(at + PARTS_READ, file.parts))]
        parts = books.get_many(StatementPart, names).values()
        of_line = {each.id: each.line for part in parts for each in part.lines}
        stored = books.get_many(StoredLine, of_line).values()
        going = [each for each in stored if _goes(each, file.id) and not each.hidden]
        links = books.get_many(Link, [key_of("bank", each.id) for each in going])
        for each in going:
            link = links.get(key_of("bank", each.id))
            if link is not None and link.is_claimed:
                line = each.line
                found.append(
                    Claimed(each.id, of_line[each.id], line.posted_on, line.amount, link.bill_id)
                )
    return sorted(found, key=lambda each: (each.line, each.line_id))


def _goes(stored: StoredLine, file_id: str) -> bool:
    return not stored.removed and stored.imports == (file_id,)


def begin_undo(
    change: Change, file_id: str, claimed: list[Claimed], *, free_matches: bool
) -> StatementFile | Refusal:
    """Have an import undone; one that is undone already is shown as it is.

    Refused: `not_found`; `wrong_state` unless it is applied; `in_use` while something rests on its
    lines, unless matches made without a person are to be freed.
    """
    file = change.get(StatementFile, file_id)
    if file is None or file.state is FileState.DELETED:
        return NO_FILE
    if file.state in _ALREADY:
        return file
    if file.state not in _UNDOABLE:
        return Refusal(
            Code.WRONG_STATE,
            f"the statement is {file.state.value}",
            {"state": file.state.value},
            remedy="only an import that is applied can be undone",
        )
    if claimed and not free_matches:
        return Refusal(
            Code.IN_USE,
            f"{len(claimed)} lines of this import are matched",
            {"lines": len(claimed), "first": tuple(claimed[:CLAIMED_TOLD_MAX])},
            remedy="take these matches back first, or undo with free_matches: those that were made "
            "without a person are freed, and what they proved is looked for again",
        )
    begun = replace(
        file,
        state=FileState.UNDOING,
        free_matches=free_matches,
        undone_by=change.actor.id,
        steps_undone=0,
        kept_back=0,
        due=change.now + RESUMED_AFTER,
    )
    change.put(begun)
    change.state("statement.undo_started", statement=shown_file(begun), free_matches=free_matches)
    return begun


def steps_of(file: StatementFile) -> int:
    """How many writes taking an import back needs."""
    return file.parts * STEPS_PER_PART


def undo_step(change: Change, file_id: str, undone: int) -> StatementFile | None:
    """Take half a part back, the last one first; None when somebody else did, or it is over."""
    file = change.get(StatementFile, file_id)
    if file is None or file.state is not FileState.UNDOING or file.steps_undone != undone:
        return None
    place, half = divmod(undone, STEPS_PER_PART)
    part = change.get(StatementPart, part_id(file_id, file.parts - 1 - place))
    lines = part.lines[half * LINES_PER_STEP :][:LINES_PER_STEP] if part is not None else ()
    change.load(StoredLine, [each.id for each in lines])
    change.load(Link, [key_of("bank", each.id) for each in lines])
    told: list[ShownLine] = []
    kept_back = 0
    for each in lines:
        gone, kept = _given_up(change, file, each)
        kept_back += kept
        if gone is not None:
            told.append(shown_line(gone.line, gone.twin))
    moved = replace(
        file,
        steps_undone=undone + 1,
        removed=file.removed + len(told),
        kept_back=file.kept_back + kept_back,
        due=change.now + RESUMED_AFTER,
    )
    change.put(moved)
    change.state(
        "statement.lines_removed", statement=shown_file(moved), statement_lines=tuple(told)
    )
    return moved


def _given_up(change: Change, file: StatementFile, each: PartLine) -> tuple[StoredLine | None, int]:
    """The line when it went, and 1 when it had to stay."""
    stored = change.get(StoredLine, each.id)
    if stored is None or stored.removed or file.id not in stored.imports:
        return None, 0
    left = tuple(name for name in stored.imports if name != file.id)
    if left:
        change.put(replace(stored, imports=left))
        return None, 0
    claim = change.get(Link, key_of("bank", each.id))
    if claim is not None and claim.is_claimed and not stored.hidden:
        return None, 1
    twin = change.get(StoredLine, stored.twin) if stored.twin is not None else None
    if twin is not None and twin.twin == stored.id:
        change.put(replace(twin, twin=None, hidden=False))
    change.put(replace(stored, imports=(), removed=True, twin=None, hidden=False))
    return stored, 0


def end_undo(change: Change, file_id: str) -> StatementFile | None:
    """All parts are taken back. What had to stay keeps the import: it can be undone again."""
    file = change.get(StatementFile, file_id)
    if file is None or file.state is not FileState.UNDOING:
        return None
    state = FileState.APPLIED if file.kept_back else FileState.UNDONE
    undone_at = None if file.kept_back else change.now
    undone = replace(file, state=state, undone_at=undone_at, due=None)
    change.put(undone)
    for account_id in undone.bank_account_ids:
        note = change.get(AppliedFile, applied_id(undone.sha256 or "", account_id))
        if note is not None and note.file_id == file_id and not file.kept_back:
            change.put(replace(note, file_id=None))
    give_turn(change, file_id, is_gone=not file.kept_back)
    change.state("statement.undone", statement=shown_file(undone))
    return undone
