"""Applying and undoing die between any two calls, run twice, and run out of time: the same end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from rowcol.domain.statements.file import FileState, StatementFile
from rowcol.service.due_work import sweep_due
from rowcol.service.statements import command
from rowcol.service.statements.run import carry_on
from tests.support.desk import SCOPE
from tests.support.statement_desk import ImportDesk, feed_line
from tests.support.statement_files import Entry, chase

START = date(2026, 10, 1)
LINES = [Entry(START + timedelta(at // 8), -100 - at, f"SHOP {at % 3}") for at in range(200)]
CALLS_MAX = 100


class Died(BaseException):
    """The process ends here; no code may catch it."""


def fresh() -> ImportDesk:
    """A client whose feed shows every third line, and another import every fifth."""
    desk = ImportDesk()
    desk.feed(*(feed_line(LINES[at], f"feed{at}") for at in range(0, 200, 3)))
    desk.take(chase(LINES[:20]))
    return desk


def die_at(desk: ImportDesk, number: int) -> None:
    """Before and after every write the process may die; at one of these it does."""
    count = 0

    def on_call(call: str) -> None:
        nonlocal count
        count += call.endswith((":before", ":after"))
        if count == number:
            raise Died

    desk.store.on_call = on_call


def live(desk: ImportDesk) -> None:
    desk.store.on_call = lambda _call: None


def state_of(desk: ImportDesk) -> list[tuple[object, ...]]:
    """Every line with all that the books say of it, but versions."""
    return sorted(
        (each.id, each.removed, each.hidden, each.twin or "", *each.imports)
        for each in desk.stored()
    )


def finished(desk: ImportDesk, name: str) -> StatementFile:
    """What the minute sweep and the worker make of it."""
    for _ in range(20):
        desk.clock.pause(61)
        sweep_due(desk.environment)
        while desk.called:
            carry_on(desk.environment, SCOPE, desk.called.pop(), None)
        if desk.file(name).state in (FileState.APPLIED, FileState.UNDONE):
            break
    return desk.file(name)


def ends_the_same(
    prepare: Callable[[ImportDesk], str], act: Callable[[ImportDesk, str], object]
) -> int:
    desk = fresh()
    name = prepare(desk)
    act(desk, name)
    wanted, end = state_of(desk), desk.file(name)
    for number in range(1, CALLS_MAX):
        desk = fresh()
        assert prepare(desk) == name
        die_at(desk, number)
        try:
            act(desk, name)
        except Died:
            pass
        else:
            return number
        live(desk)
        if desk.file(name).state not in (FileState.APPLYING, FileState.UNDOING, end.state):
            act(desk, name)  # nothing was begun: the person asks again
        found = finished(desk, name)
        assert state_of(desk) == wanted, number
        assert (found.added, found.linked, found.known, found.removed) == (
            end.added, end.linked, end.known, end.removed,
        ), number  # fmt: skip
    raise AssertionError("it makes more writes than are tried")


def test_applying_dies_anywhere() -> None:
    def prepare(desk: ImportDesk) -> str:
        return desk.preview(chase(LINES)).id

    assert ends_the_same(prepare, lambda desk, name: desk.apply(name)) > 10


def test_undoing_dies_anywhere() -> None:
    def prepare(desk: ImportDesk) -> str:
        return desk.apply(desk.preview(chase(LINES)).id).id

    assert ends_the_same(prepare, lambda desk, name: desk.undo(name)) > 10


@pytest.mark.parametrize("is_undo", [False, True])
def test_work_in_small_turns_is_the_same_work(is_undo: bool) -> None:
    whole, parts = fresh(), fresh()
    name = whole.preview(chase(LINES)).id
    assert parts.preview(chase(LINES)).id == name
    if is_undo:
        whole.apply(name)
        parts.apply(name)
    whole.undo(name) if is_undo else whole.apply(name)
    now = parts.clock.now()
    who = parts.who(name)
    if is_undo:
        command.undo(parts.environment, SCOPE, who, name, now, free_matches=False)
    else:
        command.apply(parts.environment, SCOPE, who, name, now)
    turns = 0
    while parts.called:
        # Time for one write, then the process hands over.
        turns += 1
        calls = 0

        def on_call(call: str) -> None:
            nonlocal calls
            calls += call == "commit:after"
            if calls >= 2:
                parts.clock.pause(1)

        parts.store.on_call = on_call
        until = parts.clock.now() + timedelta(seconds=1)
        command.go_on(parts.environment, SCOPE, parts.file(parts.called.pop()), until)
    live(parts)
    assert turns > 1
    assert state_of(parts) == state_of(whole)
    assert parts.file(name).state is (FileState.UNDONE if is_undo else FileState.APPLIED)


def test_two_workers_on_one_file_add_every_line_once() -> None:
    desk = fresh()
    name = desk.preview(chase(LINES)).id
    inside = 0

    def on_call(call: str) -> None:
        nonlocal inside
        if call == "commit:before" and inside < 3:
            inside += 1
            carry_on(desk.environment, SCOPE, name, None)

    who = desk.who(name)
    command.apply(desk.environment, SCOPE, who, name, desk.clock.now())
    desk.store.on_call = on_call
    carry_on(desk.environment, SCOPE, name, None)
    live(desk)
    once = fresh()
    once.apply(once.preview(chase(LINES)).id)
    assert state_of(desk) == state_of(once)


def test_two_files_of_one_client_take_turns() -> None:
    desk = ImportDesk()
    first, second = desk.preview(chase(LINES)), desk.preview(chase(LINES, opening=5))
    now = desk.clock.now()
    for file in (first, second):
        command.apply(desk.environment, SCOPE, desk.who(file.id), file.id, now)
    assert desk.called == [first.id, second.id]
    desk.called.clear()
    assert carry_on(desk.environment, SCOPE, second.id, None).state is FileState.APPLYING
    assert finished(desk, first.id).state is FileState.APPLIED
    found = finished(desk, second.id)
    assert (found.state, found.added, found.known) == (FileState.APPLIED, 0, len(LINES))
