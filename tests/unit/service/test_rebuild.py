"""A rebuild gives the bytes of a fold into an empty table, whatever was in the table before."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from local.memory_views import MemoryViews
from local.view_texts import texts_of, texts_of_the_log
from rowcol.domain.folded import Folded
from rowcol.domain.log import Entry
from rowcol.domain.plain import to_plain
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service import check_views, rebuild
from rowcol.service.check_views import CheckStep, check_step
from rowcol.service.project import BILLS, PAYMENTS, TRAY
from rowcol.service.rebuild import START, Cursor, Step, rebuild_views
from rowcol.service.view_ports import ViewRow
from rowcol.service.view_state import (
    BEHIND,
    ITEM,
    NOT_DELIVERED,
    SUBJECT,
    Missing,
    folded,
    keep_folded,
    mark,
    marks,
    say_behind,
)
from tests.support.desk import SCOPE, Desk
from tests.support.domain import builders
from tests.support.events.logs import UNKNOWN, bill_fact, deliver, payment_fact, write

HOLD = to_plain(builders.held("bill_changed"))


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several steps even for a short log."""
    for module in (rebuild, check_views):
        monkeypatch.setattr(module, "ROWS_PER_STEP", 3)
        monkeypatch.setattr(module, "ENTRIES_PER_READ", 4)
        monkeypatch.setattr(module, "READS_PER_STEP", 2)


@pytest.fixture
def desk() -> Desk:
    """Thirty entries, of which the views know everything."""
    desk = Desk()
    for number in range(10):
        held = payment_fact(f"pay_{number % 5}", status="hold", hold=HOLD)
        write(desk, bill_fact(f"b{number % 4}", number=number), held)
        write(desk, payment_fact(f"pay_{number % 3}", status="done"))
    deliver(desk.environment, *log(desk))
    return desk


def rebuilt(desk: Desk) -> list[Step]:
    """All steps of a rebuild."""
    steps: list[Step] = []
    cursor: Cursor | None = START
    while cursor is not None:
        steps.append(rebuild_views(desk.environment, SCOPE, cursor))
        cursor = steps[-1].next
    return steps


def log(desk: Desk) -> tuple[Entry, ...]:
    return desk.books.entries(0, 10_000)


def views_of(desk: Desk) -> MemoryViews:
    views = desk.environment.views
    assert isinstance(views, MemoryViews)
    return views


def row(key: str, sequence: int, view: str = BILLS, **content: object) -> ViewRow:
    return ViewRow(SCOPE, view, key, sequence, {"id": key, **content})


def clear(views: MemoryViews) -> None:
    views.rows.clear()


def corrupt(views: MemoryViews) -> None:
    for place, (sequence, _, facets, queue, tray) in list(views.rows.items()):
        views.rows[place] = (sequence, '{"id":"?"}', facets, queue, tray)


def forget_facets(views: MemoryViews) -> None:
    for place, (sequence, text, _, queue, tray) in list(views.rows.items()):
        views.rows[place] = (sequence, text, None, queue, tray)


def forget_the_queue(views: MemoryViews) -> None:
    for place, (sequence, text, facets, _, tray) in list(views.rows.items()):
        views.rows[place] = (sequence, text, facets, None, tray)


def queue_what_is_over(views: MemoryViews) -> None:
    over = Queued(QueueKind.TRAY, "partial")
    for place, (sequence, text, facets, _, tray) in list(views.rows.items()):
        views.rows[place] = (sequence, text, facets, over, tray)


def from_the_future(views: MemoryViews) -> None:
    for place, (_, text, facets, queue, tray) in list(views.rows.items()):
        views.rows[place] = (900, text, facets, queue, tray)


def strangers(views: MemoryViews) -> None:
    views.apply([row("ghost", 5), row("later", 901), row("pay_77", 2, PAYMENTS), row("x", 1, TRAY)])


def late_positions(views: MemoryViews) -> None:
    keep_folded(views, SCOPE, Folded(900))
    mark(views, SCOPE, Missing(880, 890, NOT_DELIVERED))


DAMAGE: dict[str, Callable[[MemoryViews], None]] = {
    "nothing": lambda views: None,
    "an empty table": clear,
    "other contents": corrupt,
    "rows of older code, without facets": forget_facets,
    "rows of older code, without a queue": forget_the_queue,
    "a queue of work that is over": queue_what_is_over,
    "rows of a log that went further": from_the_future,
    "rows that the log never had": strangers,
    "a position beyond the log": late_positions,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_whatever_was_there_the_bytes_are_the_logs(desk: Desk, kind: str) -> None:
    wanted = texts_of_the_log(desk.books)
    DAMAGE[kind](views_of(desk))
    steps = rebuilt(desk)
    assert texts_of(desk.environment.views, SCOPE) == wanted
    assert len(wanted) == 9
    assert folded(desk.environment.views, SCOPE) == Folded(30)
    assert list(marks(desk.environment.views, SCOPE)) == []
    assert all(step.next is not None for step in steps[:-1])
    assert len(desk.books.entries(30)) == 0  # and nothing was logged


def test_progress_is_positions_of_the_logs_length(desk: Desk) -> None:
    steps = rebuilt(desk)
    assert [step.folded for step in steps if step.folded] == [8, 16, 24, 30]
    assert {step.of for step in steps} == {30}


@pytest.mark.parametrize("place", range(8))
def test_it_goes_on_where_it_stopped_and_a_step_may_come_twice(desk: Desk, place: int) -> None:
    wanted = texts_of_the_log(desk.books)
    corrupt(views_of(desk))
    cursor: Cursor | None = START
    count = 0
    while cursor is not None:
        step = rebuild_views(desk.environment, SCOPE, cursor)
        if count == place:
            assert rebuild_views(desk.environment, SCOPE, cursor).next == step.next
        cursor, count = step.next, count + 1
    assert texts_of(desk.environment.views, SCOPE) == wanted


@pytest.mark.parametrize("seed", range(20))
def test_the_live_projection_may_run_meanwhile(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a schedule, guards nothing
    DAMAGE[chance.choice(list(DAMAGE))](views_of(desk))
    cursor: Cursor | None = START
    position = 30
    while cursor is not None:
        write(desk, bill_fact(f"b{chance.randrange(6)}", now=position), payment_fact("pay_1"))
        if chance.random() < 0.7:
            fresh = desk.books.entries(position, chance.randrange(1, 4))
            deliver(desk.environment, *fresh)
            position += len(fresh)
        cursor = rebuild_views(desk.environment, SCOPE, cursor).next
    deliver(desk.environment, *desk.books.entries(position, 10_000))
    assert texts_of(desk.environment.views, SCOPE) == texts_of_the_log(desk.books)
    assert folded(desk.environment.views, SCOPE) == Folded(len(log(desk)))


def test_a_client_without_a_log_is_done_at_once(desk: Desk) -> None:
    empty = Desk()
    steps = rebuilt(empty)
    assert (steps[-1].folded, steps[-1].of, steps[-1].next) == (0, 0, None)
    assert texts_of(empty.environment.views, SCOPE) == {}


# ---- what is missing, and the tray


def item(desk: Desk) -> TrayItem | None:
    return desk.books.get(TrayItem, tray_id(SUBJECT, ITEM))


def test_a_rebuild_closes_what_the_projection_opened(desk: Desk) -> None:
    views = desk.environment.views
    mark(views, SCOPE, Missing(11, 14, NOT_DELIVERED))
    mark(views, SCOPE, Missing(20, 20, "KeyError"))  # since mended
    say_behind(desk.environment, SCOPE, Missing(11, 14, NOT_DELIVERED))
    clear(views_of(desk))
    mark(views, SCOPE, Missing(11, 14, NOT_DELIVERED))
    rebuilt(desk)
    found = item(desk)
    assert found is not None
    assert (found.state, found.closed_because) == (
        TrayState.CLOSED,
        "the views were rebuilt from the log",
    )
    assert list(marks(views, SCOPE)) == []
    deliver(desk.environment, *desk.books.entries(30))
    assert texts_of(views, SCOPE) == texts_of_the_log(desk.books)


def test_what_still_cannot_be_folded_stays_said(desk: Desk) -> None:
    write(desk, bill_fact("b8", UNKNOWN), bill_fact("b9"))
    steps = rebuilt(desk)
    told = [one for step in steps for one in step.unfoldable]
    assert told == [Missing(31, 31, "UnknownEventVersion")]
    assert [one for _, one in marks(desk.environment.views, SCOPE)] == told
    found = item(desk)
    assert found is not None
    assert found.state is TrayState.OPEN
    assert (BILLS, "b9") in texts_of(desk.environment.views, SCOPE)
    again = rebuilt(desk)
    assert [one for step in again for one in step.unfoldable] == told
    assert found == item(desk)


def test_a_mark_that_comes_as_the_item_is_closed_opens_it_again(desk: Desk) -> None:
    views = desk.environment.views
    say_behind(desk.environment, SCOPE, Missing(1, 1, "KeyError"))

    def somebody_else(call: str) -> None:
        if call == "commit:before":  # the projection saw the item open and wrote none
            desk.store.on_call = lambda _call: None
            mark(views, SCOPE, Missing(40, 40, "KeyError"))

    desk.store.on_call = somebody_else
    rebuilt(desk)
    found = item(desk)
    assert found is not None
    assert (found.state, found.occurrence) == (TrayState.OPEN, 2)
    assert found.found == "position 40: KeyError"


# ---- comparing


def check(desk: Desk) -> list[CheckStep]:
    steps: list[CheckStep] = []
    cursor: Cursor | None = START
    while cursor is not None:
        steps.append(check_step(desk.environment, SCOPE, cursor))
        cursor = steps[-1].next
    return steps


def test_equal_views_are_compared_row_by_row_without_a_write(desk: Desk) -> None:
    before = dict(views_of(desk).rows)
    steps = check(desk)
    assert [step.difference for step in steps] == [None] * len(steps)
    assert sum(step.compared for step in steps) == 9
    assert (steps[-1].folded, steps[-1].of) == (30, 30)
    assert views_of(desk).rows == before


FOUND = {
    "an empty table": ("not_folded", None, None),
    "other contents": ("differs", BILLS, "b0"),
    "rows of older code, without facets": ("differs", PAYMENTS, "pay_0"),
    "rows of older code, without a queue": ("differs", PAYMENTS, "pay_3"),
    "a queue of work that is over": ("differs", BILLS, "b0"),
    "rows of a log that went further": ("not_in_log", BILLS, "b0"),
    "rows that the log never had": ("not_in_log", BILLS, "ghost"),
    "a position beyond the log": ("behind", None, None),
}


@pytest.mark.parametrize("kind", FOUND)
def test_the_first_difference_is_named(desk: Desk, kind: str) -> None:
    DAMAGE[kind](views_of(desk))
    found = check(desk)[-1].difference
    assert found is not None
    assert (found.what, found.view, found.key) == FOUND[kind]


def test_a_missing_and_an_older_row_are_found(desk: Desk) -> None:
    views = views_of(desk)
    latest = views.rows.pop((SCOPE, BILLS, "b2"))
    found = check(desk)[-1].difference
    assert found is not None
    assert (found.what, found.key, found.live) == ("missing", "b2", None)
    first = next(entry for entry in log(desk) if entry.bill_id == "b2")
    deliver(desk.environment, first)
    assert views.rows[(SCOPE, BILLS, "b2")][0] < latest[0]
    found = check(desk)[-1].difference
    assert found is not None
    assert (found.what, found.key) == ("older", "b2")
    rebuilt(desk)
    assert check(desk)[-1].difference is None


def test_entries_that_are_not_folded_yet_are_no_difference(desk: Desk) -> None:
    write(desk, bill_fact("b8"), bill_fact("b9"))
    last = check(desk)[-1]
    assert (last.difference, last.folded, last.of) == (None, 30, 32)


def test_poison_is_a_difference(desk: Desk) -> None:
    deliver(desk.environment, *write(desk, bill_fact("b8", UNKNOWN)))
    found = check(desk)[-1].difference
    assert found is not None
    assert (found.what, found.position) == ("behind", 31)
    for stored, _ in marks(desk.environment.views, SCOPE):
        assert stored.view == BEHIND
        desk.environment.views.remove(stored)
    found = check(desk)[-1].difference
    assert found is not None
    assert (found.what, found.position) == ("unfoldable", 31)
