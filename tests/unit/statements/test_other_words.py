"""The same movements in another file, in other words: asked for, and not counted twice unasked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rowcol.domain.statements.file import AskKind, FileState
from tests.support.statement_desk import ImportDesk
from tests.support.statement_files import Entry, chase, ofx

START = date(2026, 10, 1)
MONTH = [
    Entry(START + timedelta(at // 2), -100 - at % 7, f"LAKESIDE SHOP {at}") for at in range(20)
]
OTHERWISE = [replace(each, text=f"POS {each.text[9:]} SEATTLE WA") for each in MONTH]
TOTAL = sum(each.minor for each in MONTH)


def test_a_month_in_other_words_is_asked_for() -> None:
    desk = ImportDesk()
    desk.take(chase(MONTH))
    asking = desk.preview(ofx(OTHERWISE))
    assert (asking.state, [each.kind for each in asking.asks]) == (
        FileState.ASKING,
        [AskKind.KNOWN_LINES],
    )
    assert "20 lines" in asking.asks[0].message
    assert set(asking.asks[0].choices) == {"same", "separate"}


@pytest.mark.parametrize(("same", "times"), [(True, 1), (False, 2)])
def test_the_answer_is_done(same: bool, times: int) -> None:
    desk = ImportDesk()
    first = desk.take(chase(MONTH))
    file = desk.apply(desk.preview(ofx(OTHERWISE), same_as_known=same).id)
    assert (file.known, file.added) == ((20, 0) if same else (0, 20))
    assert (len(desk.lines()), desk.total) == (20 * times, TOTAL * times)
    # The line goes with the last import that holds it.
    desk.undo(first.id)
    assert desk.total == TOTAL
    desk.undo(file.id)
    assert desk.lines() == []


def test_what_is_new_beside_it_is_added() -> None:
    desk = ImportDesk()
    desk.take(chase(MONTH))
    more = [*OTHERWISE, replace(OTHERWISE[3], text="ANOTHER OF THAT AMOUNT")]
    file = desk.apply(desk.preview(ofx(more), same_as_known=True).id)
    assert (file.known, file.added) == (20, 1)


def test_nothing_is_asked_where_every_line_is_known_by_itself() -> None:
    """A later download of the same days holds more: one equal charge, and one in other words."""
    desk = ImportDesk()
    desk.take(chase(MONTH[:10]))
    more = [*MONTH[:10], MONTH[9], replace(MONTH[9], text="ANOTHER")]
    file = desk.preview(chase(more))
    assert file.state is FileState.PREVIEWED
    assert desk.apply(file.id).added == 2


def test_other_checks_of_one_amount_are_others() -> None:
    desk = ImportDesk()
    desk.take(chase([Entry(START, -500, "CHECK 1041")]))
    assert desk.preview(chase([Entry(START, -500, "CHECK 1042")])).state is FileState.PREVIEWED


def test_files_previewed_side_by_side_are_asked_for_when_they_are_applied() -> None:
    desk = ImportDesk()
    first, second = desk.preview(chase(MONTH)), desk.preview(ofx(OTHERWISE))
    assert second.state is FileState.PREVIEWED
    desk.apply(first.id)
    asking = desk.apply(second.id)
    assert (asking.state, [each.kind for each in asking.asks]) == (
        FileState.ASKING,
        [AskKind.KNOWN_LINES],
    )
    assert desk.total == TOTAL
    # Whoever comes next is not kept waiting.
    assert desk.take(chase(MONTH[:3])).state is FileState.APPLIED


def test_two_references_of_the_bank_are_two_in_whatever_words() -> None:
    """Some banks give only what is new since the last download."""
    desk = ImportDesk()
    desk.take(ofx([MONTH[0]]))
    later = ofx([replace(MONTH[0], text="ANOTHER")]).replace(b"REF000000", b"REF000001")
    assert desk.take(later).added == 1
