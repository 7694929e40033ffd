"""Preview, apply and undo: overlaps add only what is new, and a line goes with its last import."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.statements.file import FileState, StatementFile
from rowcol.service.statements import command
from tests.support.desk import SCOPE
from tests.support.statement_desk import ImportDesk
from tests.support.statement_files import FORMATS, Entry, chase, ofx

START = date(2026, 10, 1)
# Equal entries on one day, as banks have them.
MONTH = [
    Entry(START + timedelta(at // 3), -100 * (at // 2), f"CARD {at // 2}") for at in range(2, 40)
]
TOTAL = sum(each.minor for each in MONTH)


def test_a_file_is_previewed_and_nothing_is_in_the_books() -> None:
    desk = ImportDesk()
    file = desk.preview(chase(MONTH))
    assert file.state is FileState.PREVIEWED
    assert file.seen is not None
    assert (file.seen.lines, file.seen.dialect) == (len(MONTH), "chase_checking")
    assert file.seen.accounts[0].counts == {"added": len(MONTH)}
    assert desk.lines() == []


def test_applying_brings_every_line_once() -> None:
    desk = ImportDesk()
    file = desk.take(chase(MONTH))
    assert (file.state, file.added, file.lines_done) == (FileState.APPLIED, len(MONTH), len(MONTH))
    assert (len(desk.lines()), desk.total) == (len(MONTH), TOTAL)
    again = desk.apply(file.id)
    assert (again.state, again.added, len(desk.lines())) == (file.state, len(MONTH), len(MONTH))


def test_the_very_same_file_again_is_told_and_refused() -> None:
    desk = ImportDesk()
    first = desk.take(chase(MONTH))
    again = desk.preview(chase(MONTH))
    assert again.seen is not None
    assert again.seen.same_file_as == first.id
    refused = desk_refusal(desk, again.id)
    assert (refused.code, refused.numbers) == (Code.ALREADY_EXISTS, {"statement": first.id})


def desk_refusal(desk: ImportDesk, name: str) -> Refusal:
    found = command.apply(desk.environment, SCOPE, desk.who(name), name, None)
    assert isinstance(found, Refusal)
    return found


def test_another_file_of_the_same_days_adds_nothing() -> None:
    desk = ImportDesk()
    desk.take(chase(MONTH))
    again = desk.take(chase(MONTH, opening=100))
    assert (again.added, again.known) == (0, len(MONTH))
    assert len(desk.lines()) == len(MONTH)


@pytest.mark.parametrize("seed", range(30))
def test_overlapping_downloads_of_whole_days_make_the_month(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # the seed is the test's name
    last = MONTH[-1].on
    desk = ImportDesk()
    for turn in range(6):
        one, other = sorted(draw.choices(range((last - START).days + 1), k=2))
        part = [
            each for each in MONTH if START + timedelta(one) <= each.on <= START + timedelta(other)
        ]
        if part:
            desk.take(chase(part, opening=turn))
    desk.take(chase(MONTH, opening=99))
    assert (len(desk.lines()), desk.total) == (len(MONTH), TOTAL), seed


@pytest.mark.parametrize("first", sorted(FORMATS))
def test_another_format_adds_nothing_whichever_came_first(first: str) -> None:
    for second in sorted(FORMATS):
        desk = ImportDesk()
        desk.take(FORMATS[first](MONTH, 0))
        desk.take(FORMATS[second](MONTH, 7))
        assert len(desk.lines()) == len(MONTH), (first, second)


def test_two_references_are_two_entries_and_a_file_without_them_finds_both() -> None:
    desk = ImportDesk()
    entry = Entry(START, -500, "PARKING")
    desk.take(ofx([entry]))
    desk.take(ofx([entry]).replace(b"REF000000", b"REF000009"))
    assert len(desk.lines()) == 2
    assert desk.take(chase([entry, entry])).known == 2
    assert len(desk.lines()) == 2


def test_undo_gives_up_what_no_other_import_holds() -> None:
    desk = ImportDesk()
    first = desk.take(chase(MONTH[:20]))
    second = desk.take(chase(MONTH))
    undone = desk.undo(second.id)
    assert isinstance(undone, StatementFile)
    assert (undone.state, undone.removed) == (FileState.UNDONE, len(MONTH) - 20)
    assert len(desk.lines()) == 20
    third = desk.take(chase(MONTH))
    desk.undo(first.id)
    assert len(desk.lines()) == len(MONTH)
    desk.undo(third.id)
    assert desk.lines() == []
    again = desk.undo(third.id)
    assert isinstance(again, StatementFile)
    assert again.state is FileState.UNDONE


def test_what_was_undone_can_be_imported_again() -> None:
    desk = ImportDesk()
    for _ in range(3):
        file = desk.take(chase(MONTH))
        assert (file.added, desk.total) == (len(MONTH), TOTAL)
        desk.undo(file.id)
        assert desk.lines() == []


def test_bytes_that_were_changed_after_the_look_are_not_applied() -> None:
    desk = ImportDesk()
    file = desk.preview(chase(MONTH))
    desk.files.keep(SCOPE, file.object_name, chase(MONTH[:3]))
    lost = desk.apply(file.id)
    assert (lost.state, desk.lines()) == (FileState.REJECTED, [])
    assert lost.rejection is not None
    assert desk.take(chase(MONTH)).added == len(MONTH)
