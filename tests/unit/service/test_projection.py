"""Folding the stream: twice, out of order, with poison in the middle, with entries lost."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest

from local.memory_views import MemoryViews
from local.view_texts import texts_of, texts_of_the_log
from rowcol.domain.folded import PATIENCE, Folded
from rowcol.domain.log import Entry, Fact
from rowcol.domain.scope import Scope
from rowcol.domain.tray import Severity, TrayItem, TrayState, tray_id
from rowcol.service.environment import Environment
from rowcol.service.project import BILLS, PAYMENTS, TRAY
from rowcol.service.projection import Arrived, project_batch
from rowcol.service.store import StoreUnavailable
from rowcol.service.view_ports import FacetSpan, ViewOrder, ViewRow
from rowcol.service.view_state import ITEM, SUBJECT, Missing, folded, marks
from tests.support.desk import SCOPE, Desk
from tests.support.domain import builders
from tests.support.events.logs import UNKNOWN, bill_fact, deliver, payment_fact, write

LATER = PATIENCE.total_seconds() + 1


@pytest.fixture
def desk() -> Desk:
    return Desk()


def bills(desk: Desk) -> dict[str, int]:
    """Keys and positions of the bills that the views show."""
    rows = desk.environment.views.page(SCOPE, BILLS, limit=500).rows
    return {row.key: row.sequence for row in rows}


def lacking(desk: Desk) -> list[Missing]:
    return [missing for _, missing in marks(desk.environment.views, SCOPE)]


def item(desk: Desk) -> TrayItem | None:
    return desk.books.get(TrayItem, tray_id(SUBJECT, ITEM))


def catch_up(desk: Desk, after: int) -> None:
    """Deliver what was logged after a position."""
    deliver(desk.environment, *desk.books.entries(after))


# ---- replays and order


def test_each_entry_is_folded_and_the_position_follows(desk: Desk) -> None:
    entries = write(desk, bill_fact("b1"), payment_fact("pay_1"), bill_fact("b2"))
    done = deliver(desk.environment, *entries)
    assert (done.rows, done.failed_from) == (3, None)
    assert bills(desk) == {"b1": 1, "b2": 3}
    assert folded(desk.environment.views, SCOPE) == Folded(3)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_with_repeats_gives_the_same_bytes(order: Sequence[int]) -> None:
    desk = Desk()
    entries = write(
        desk,
        bill_fact("b1", number=1),
        payment_fact("pay_1", status="scheduled"),
        bill_fact("b1", number=2),
        payment_fact("pay_1", status="pending"),
    )
    for place in order:
        deliver(desk.environment, entries[place], entries[0])
        deliver(desk.environment, entries[place])
    assert texts_of(desk.environment.views, SCOPE) == texts_of_the_log(desk.books)
    assert folded(desk.environment.views, SCOPE) == Folded(4)
    assert item(desk) is None


def test_a_batch_may_hold_several_clients(desk: Desk) -> None:
    entries = write(desk, bill_fact("b1"), bill_fact("b2"))
    other = Scope("maple", "cedar")
    strange = [Arrived(other, one.sequence, UnicodeError("not ours")) for one in entries]
    done = project_batch(desk.environment, [*strange, *(Arrived.of(one) for one in entries)])
    assert done.failed_from == 0
    assert bills(desk) == {"b1": 1, "b2": 2}
    assert folded(desk.environment.views, SCOPE) == folded(desk.environment.views, other)


# ---- payments in lists


def test_a_payment_carries_what_lists_need(desk: Desk) -> None:
    payment = builders.payment(id="pay_1")
    [entry] = write(desk, payment_fact("pay_1"))
    deliver(desk.environment, entry)
    row = desk.environment.views.get(SCOPE, PAYMENTS, "pay_1")
    assert row is not None
    facets = row.facets
    assert facets is not None
    assert (facets.status, facets.type, facets.origin) == ("pending", "vendor_payment", "decision")
    assert (facets.amount, facets.currency) == (125000, "USD")
    assert (facets.day, facets.created_at) == (payment.pay_on, payment.created_at)
    assert (facets.counterparty_id, facets.counterparty_name) == ("vendor-1", "Acme Supplies")
    assert (facets.posting, facets.verification, facets.deleted) == ("draft", "awaiting", False)


def test_a_deleted_payment_stays_as_a_row_that_lists_skip(desk: Desk) -> None:
    at = "2026-11-20T15:00:00.000000Z"
    deliver(desk.environment, *write(desk, payment_fact("pay_1", deleted_at=at)))
    row = desk.environment.views.get(SCOPE, PAYMENTS, "pay_1")
    assert row is not None
    assert row.facets is not None
    assert row.facets.deleted


def test_words_of_newer_code_are_taken_as_they_are(desk: Desk) -> None:
    deliver(desk.environment, *write(desk, payment_fact("pay_1", status="asleep", mood="good")))
    row = desk.environment.views.get(SCOPE, PAYMENTS, "pay_1")
    assert row is not None
    assert row.facets is not None
    assert (row.facets.status, row.row["mood"]) == ("asleep", "good")


# ---- poison

POISON: dict[str, Fact] = {
    "a version nobody knows": bill_fact("b9", UNKNOWN),
    "not the shape of its version": payment_fact("pay_9", 1),
    "no id": Fact("bill.reported", {"bill": {"place": 1}}),
    "an amount that is none": payment_fact("pay_9", amount={"minor": "1", "currency": "USD"}),
    "a date that is none": payment_fact("pay_9", pay_on="2026-02-30"),
    "an id that is no key": bill_fact("b" * 300),
}


@pytest.mark.parametrize("kind", POISON)
def test_poison_keeps_nothing_else_back(desk: Desk, kind: str) -> None:
    entries = write(desk, bill_fact("b1"), POISON[kind], bill_fact("b2"), payment_fact("pay_1"))
    done = deliver(desk.environment, *entries)
    assert done.failed_from == 1
    assert bills(desk) == {"b1": 1, "b2": 3}
    assert desk.environment.views.get(SCOPE, PAYMENTS, "pay_1") is not None
    [missing] = lacking(desk)
    assert (missing.first, missing.last) == (2, 2)
    found = item(desk)
    assert found is not None
    assert (found.state, found.severity) == (TrayState.OPEN, Severity.HIGH)
    assert found.found == f"position 2: {type(done.poison[1]).__name__}"


def test_an_unknown_version_is_named_as_such(desk: Desk) -> None:
    done = deliver(desk.environment, *write(desk, bill_fact("b1", UNKNOWN)))
    assert [type(error).__name__ for error in done.poison.values()] == ["UnknownEventVersion"]
    assert lacking(desk) == [Missing(1, 1, "UnknownEventVersion")]
    assert bills(desk) == {}


def test_a_record_that_is_no_entry_is_poison_at_the_place_of_its_keys(desk: Desk) -> None:
    first, second = write(desk, bill_fact("b1"), bill_fact("b2"))
    broken = Arrived(SCOPE, first.sequence, KeyError("type"))
    done = project_batch(desk.environment, [broken, Arrived.of(second)])
    assert done.failed_from == 0
    assert bills(desk) == {"b2": 2}
    assert lacking(desk) == [Missing(1, 1, "KeyError")]


def test_repeats_of_poison_say_it_once(desk: Desk) -> None:
    entries = write(desk, bill_fact("b1", UNKNOWN), bill_fact("b2"))
    for _ in range(6):
        assert deliver(desk.environment, *entries).failed_from == 0
        desk.clock.pause(30)
    assert len(desk.books.entries(2)) == 1  # the tray item was opened once
    found = item(desk)
    assert found is not None
    assert found.occurrence == 1
    assert len(lacking(desk)) == 1


def test_poison_after_poison_leaves_the_item_as_it_is(desk: Desk) -> None:
    """Or a tray item that cannot be folded would open itself for ever."""
    deliver(desk.environment, *write(desk, bill_fact("b1", UNKNOWN)))
    opened = desk.books.entries(1)
    broken = [Arrived(SCOPE, one.sequence, KeyError("type")) for one in opened]
    project_batch(desk.environment, broken)
    assert len(desk.books.entries(2)) == 0
    assert [one.first for one in lacking(desk)] == [1, 2]


def test_a_log_without_a_client_is_marked_without_a_tray(desk: Desk) -> None:
    nobody = Scope("maple", "nobody")
    project_batch(desk.environment, [Arrived(nobody, 1, KeyError("type"))])
    [(_, missing)] = marks(desk.environment.views, nobody)
    assert missing == Missing(1, 1, "KeyError")


# ---- entries that never come


def test_lost_entries_are_missed_by_those_after_them(desk: Desk) -> None:
    entries = write(desk, *(bill_fact(f"b{number}") for number in range(1, 6)))
    deliver(desk.environment, entries[0])
    deliver(desk.environment, entries[4])  # 2 to 4 went to the dead letters
    assert (lacking(desk), item(desk)) == ([], None)  # they may still come
    desk.clock.pause(LATER)
    deliver(desk.environment, *write(desk, bill_fact("b6")))
    assert lacking(desk) == [Missing(2, 4, "NotDelivered")]
    found = item(desk)
    assert found is not None
    assert found.found == "position 2 to 4: NotDelivered"
    assert folded(desk.environment.views, SCOPE) == Folded(6)


def test_entries_of_one_write_that_change_places_are_not_missed(desk: Desk) -> None:
    first, second, third = write(desk, bill_fact("b1"), bill_fact("b2"), bill_fact("b3"))
    deliver(desk.environment, third)
    deliver(desk.environment, second)
    deliver(desk.environment, first)
    desk.clock.pause(LATER)
    deliver(desk.environment, *write(desk, bill_fact("b4")))
    assert (lacking(desk), item(desk)) == ([], None)


def test_a_stream_that_begins_in_the_middle_lacks_the_beginning(desk: Desk) -> None:
    write(desk, *(bill_fact(f"b{number}") for number in range(1, 6)))
    desk.clock.pause(60)
    deliver(desk.environment, *write(desk, bill_fact("b6")))
    desk.clock.pause(LATER)
    deliver(desk.environment, *write(desk, bill_fact("b7")))
    assert lacking(desk) == [Missing(1, 5, "NotDelivered")]


# ---- trouble with the store


class Failing(MemoryViews):
    """Views that fail at the n-th write, or refuse rows of one key for what they are."""

    def __init__(self, fail_at: int | None = None, refused: str = "") -> None:
        super().__init__()
        self.count, self.fail_at, self.refused = 0, fail_at, refused

    def apply(self, rows: Sequence[ViewRow]) -> None:
        for row in rows:
            self.count += 1
            if self.fail_at is not None and self.count >= self.fail_at:
                raise StoreUnavailable("down")
            if row.key == self.refused:
                raise ValueError("too large")
            super().apply([row])


def environment_with(desk: Desk, views: MemoryViews) -> Environment:
    at = desk.environment
    return Environment(at.store, views, at.rails, at.executions, at.surroundings)


def stored(views: MemoryViews, view: str = BILLS) -> list[str]:
    return [row.key for row in views.page(SCOPE, view, limit=100).rows]


def test_a_row_that_the_table_refuses_is_poison(desk: Desk) -> None:
    views = Failing(refused="b2")
    environment = environment_with(desk, views)
    done = deliver(environment, *write(desk, bill_fact("b1"), bill_fact("b2"), bill_fact("b3")))
    assert (done.failed_from, done.rows) == (1, 2)
    assert stored(views) == ["b1", "b3"]
    assert [one for _, one in marks(views, SCOPE)] == [Missing(2, 2, "ValueError")]


@pytest.mark.parametrize("fail_at", range(1, 12))
def test_a_store_that_fails_anywhere_is_made_good_by_the_repeat(fail_at: int) -> None:
    desk = Desk()
    entries = write(desk, bill_fact("b1"), bill_fact("b2", UNKNOWN), bill_fact("b3"))
    views = Failing(fail_at)
    environment = environment_with(desk, views)
    try:
        done = deliver(environment, *entries)
        assert done.failed_from is not None
    except StoreUnavailable:
        pass
    views.fail_at = None
    deliver(environment, *entries)
    assert stored(views) == ["b1", "b3"]
    assert [one for _, one in marks(views, SCOPE)] == [Missing(2, 2, "UnknownEventVersion")]
    assert folded(views, SCOPE) == Folded(3)
    assert len(desk.books.entries(3)) == 1


def test_what_comes_after_an_unanswered_write_is_not_called_done(desk: Desk) -> None:
    views = Failing(fail_at=2)
    environment = environment_with(desk, views)
    entries = write(desk, bill_fact("b1"), bill_fact("b2"), bill_fact("b3", UNKNOWN))
    done = deliver(environment, *entries)
    assert (done.failed_from, done.poison) == (0, {})
    assert item(desk) is None
    assert folded(views, SCOPE) == Folded()


def test_the_item_is_shown_among_the_others_once_it_is_folded(desk: Desk) -> None:
    deliver(desk.environment, *write(desk, bill_fact("b1", UNKNOWN)))
    catch_up(desk, 1)
    [row] = desk.environment.views.page(SCOPE, TRAY).rows
    assert (row.row["item"], row.row["state"]) == (ITEM, "open")


def test_rows_are_read_in_order_by_their_facets(desk: Desk) -> None:
    entries = write(
        desk,
        payment_fact("pay_1", amount={"minor": 700, "currency": "USD"}),
        payment_fact("pay_2", amount={"minor": 30, "currency": "USD"}),
    )
    deliver(desk.environment, *entries)
    page = desk.environment.views.facets(SCOPE, PAYMENTS, ViewOrder.AMOUNT, FacetSpan())
    assert [row.key for row in page.rows] == ["pay_2", "pay_1"]


def test_times_of_entries_and_not_the_clock_tell_what_is_late(desk: Desk) -> None:
    entries: tuple[Entry, ...] = write(desk, bill_fact("b1"), bill_fact("b2"))
    desk.clock.pause(timedelta(days=1).total_seconds())
    deliver(desk.environment, entries[1])
    deliver(desk.environment, entries[0])
    assert lacking(desk) == []
