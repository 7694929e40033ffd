"""The writes of a file of Stripe's: each moves the file by one step, once, whoever comes twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.receivables.stripe_file import StripeFile, StripePart, shown_stripe_file
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.statements.file import FORGETTABLE, FileState
from rowcol.domain.statements.parts import AppliedFile, applied_id, part_id
from rowcol.service.change import Change
from rowcol.service.statements.apply import RESUMED_AFTER
from rowcol.service.statements.files import lost
from rowcol.service.stripe_files.submit import ACCOUNT, NO_FILE, keep

_DONE = frozenset({FileState.APPLYING, FileState.APPLIED})
_UNDONE = frozenset({FileState.UNDOING, FileState.UNDONE})
Step = Callable[[Change], StripeFile | None]


def begin_apply(file_id: str) -> Callable[[Change], StripeFile | Refusal]:
    """Have a previewed file applied. One that is applied already is shown as it is.

    Refused: `not_found`, `wrong_state`, `already_exists` when the very same file is held.
    """

    def plan(change: Change) -> StripeFile | Refusal:
        file = change.get(StripeFile, file_id)
        if file is None or file.state is FileState.DELETED:
            return NO_FILE
        if file.state in _DONE:
            return file
        if file.state is not FileState.PREVIEWED:
            return _wrong(file, "send the file again, with `decimal` if it asks for it")
        held = change.get(AppliedFile, applied_id(file.sha256 or "", ACCOUNT))
        if held is not None and held.file_id not in (None, file.id):
            return Refusal(
                Code.ALREADY_EXISTS,
                "the very same file was imported before",
                {"file": held.file_id},
                remedy="undo that import first, if this one is to take its place",
            )
        begun = replace(
            file, state=FileState.APPLYING, applied_by=change.actor.id, rows_done=0, parts=0,
            parts_undone=0, changed_objects=0, due=change.now + RESUMED_AFTER,
        )  # fmt: skip
        return _moved(change, begun, "stripe_file.apply_started")

    return plan


def begin_undo(file_id: str) -> Callable[[Change], StripeFile | Refusal]:
    """Have an applied file taken back. Refused: `not_found`, `wrong_state`."""

    def plan(change: Change) -> StripeFile | Refusal:
        file = change.get(StripeFile, file_id)
        if file is None or file.state is FileState.DELETED:
            return NO_FILE
        if file.state in _UNDONE:
            return file
        if file.state is not FileState.APPLIED:
            return _wrong(file, "only an import that is applied can be undone")
        begun = replace(
            file, state=FileState.UNDOING, undone_by=change.actor.id, parts_undone=0,
            due=change.now + RESUMED_AFTER,
        )  # fmt: skip
        return _moved(change, begun, "stripe_file.undo_started")

    return plan


def _wrong(file: StripeFile, remedy: str) -> Refusal:
    words = f"the file is {file.state.value}"
    return Refusal(Code.WRONG_STATE, words, {"state": file.state}, remedy=remedy)


def _moved(change: Change, file: StripeFile, fact: str) -> StripeFile:
    change.put(file)
    change.state(fact, stripe_file=shown_stripe_file(file))
    return file


def part_kept(before: StripeFile, rows: int, changed: int) -> Step:
    """One more part is written; nothing when somebody else has written it."""

    def step(change: Change) -> StripeFile | None:
        file = change.get(StripeFile, before.id)
        is_ours = file is not None and file.state is FileState.APPLYING
        if file is None or not is_ours or file.rows_done != before.rows_done:
            return None
        moved = replace(
            file, rows_done=file.rows_done + rows, parts=file.parts + 1,
            changed_objects=file.changed_objects + changed, due=change.now + RESUMED_AFTER,
        )  # fmt: skip
        return _moved(change, moved, "stripe_file.rows_kept")

    return step


def part_undone(before: StripeFile) -> Step:
    """One more part is taken back; nothing when somebody else has."""

    def step(change: Change) -> StripeFile | None:
        file = change.get(StripeFile, before.id)
        is_ours = file is not None and file.state is FileState.UNDOING
        if file is None or not is_ours or file.parts_undone != before.parts_undone:
            return None
        due = change.now + RESUMED_AFTER
        moved = replace(file, parts_undone=file.parts_undone + 1, due=due)
        return _moved(change, moved, "stripe_file.rows_taken_back")

    return step


def end_step(before: StripeFile, state: FileState) -> Step:
    """All parts are done: the import holds its rows, or holds them no more."""

    def step(change: Change) -> StripeFile | None:
        file = change.get(StripeFile, before.id)
        if file is None or file.state is not state:
            return None
        name = applied_id(file.sha256 or "", ACCOUNT)
        note = change.get(AppliedFile, name) or AppliedFile(name, 0, None)
        if state is FileState.APPLYING:
            change.put(replace(note, file_id=file.id))
            done = replace(file, state=FileState.APPLIED, applied_at=change.now, due=None)
            return _moved(change, done, "stripe_file.applied")
        if note.file_id == file.id:
            change.put(replace(note, file_id=None))
        done = replace(file, state=FileState.UNDONE, undone_at=change.now, due=None)
        return _moved(change, done, "stripe_file.undone")

    return step


def upload_seen(fresh: StripeFile) -> Step:
    """What was uploaded was looked at; nothing when somebody else has."""

    def step(change: Change) -> StripeFile | None:
        file = change.get(StripeFile, fresh.id)
        if file is None or file.state is not FileState.UPLOADING:
            return None
        return keep(change, replace(fresh, version=file.version))

    return step


def give_up(file_id: str) -> Step:
    """Its bytes are not those that were looked at: it is rejected, and what it brought goes."""

    def step(change: Change) -> StripeFile | None:
        file = change.get(StripeFile, file_id)
        if file is None or file.state is not FileState.APPLYING:
            return None
        # Ids of a part are kept before its words: of the one at hand some may be there.
        begun = change.get(StripePart, part_id(file.id, file.parts)) is not None
        left = lost(replace(file, parts=file.parts + begun), change.now)
        is_undone = left.state is FileState.UNDOING
        return _moved(
            change, left, "stripe_file.undo_started" if is_undone else "stripe_file.previewed"
        )

    return step


def forget_step(file_id: str) -> Step:
    """Delete what was never applied."""

    def step(change: Change) -> StripeFile | None:
        file = change.get(StripeFile, file_id)
        if file is None or file.state not in FORGETTABLE:
            return None
        gone = replace(file, state=FileState.DELETED, due=None, seen=None, question=None)
        return _moved(change, gone, "stripe_file.forgotten")

    return step
