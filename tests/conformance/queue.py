"""Open work of a firm: rows that are open are in it, in order; those that are over have left it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from rowcol.domain.money import Money
from rowcol.domain.queue import Queued, QueueKind, urgency
from rowcol.domain.scope import Scope, ScopeError
from rowcol.domain.tray import Severity
from rowcol.service.view_ports import QueueRow, ViewRow, queue_key
from tests.conformance.ordered_views import facets
from tests.conformance.world import BLUEBIRD, CEDAR, RIVAL, World
from tests.support.domain.builders import NOW

DAY = date(2026, 11, 20)
FULL = Queued(
    kind=QueueKind.HELD,
    code="bill_changed",
    severity=Severity.HIGH,
    due_on=DAY,
    rail_date=date(2026, 11, 24),
    since=date(2026, 11, 19),
    amount=Money(125_000, "USD"),
    party="Acme Paper Ü",
    invoice_number="INV-7",
    bill_id="b1",
    decision_id="dec_1",
    override_id="ovr_1",
    subject="payment-pay_1",
    words="the amount is not the one decided \u2603",
    link="https://app.ramp.com/bills",
    waiting_in_ramp=True,
    uncovered=True,
    staged_hands="anna",
    decided_hands="bert",
    vendor_id="vendor-9",
    until=NOW,
    afterwards=Queued(QueueKind.TO_DECIDE, "staged", due_on=DAY, amount=Money(0, "USD")),
)


def queued(day: int = 20, **changes: Any) -> Queued:
    """A bill to decide that is due in November."""
    shown = Queued(QueueKind.TO_DECIDE, "staged", due_on=date(2026, 11, day))
    return replace(shown, **changes)


def row(
    key: str, work: Queued | None, sequence: int = 1, scope: Scope = BLUEBIRD, view: str = "bills"
) -> ViewRow:
    return ViewRow(scope, view, key, sequence, {"id": key}, None, work)


def put(world: World, *rows: ViewRow) -> None:
    world.views.apply(rows)
    world.settle()


def keys_of(world: World, firm: str = "oak", client: str | None = None) -> list[str]:
    return [one.key for one in world.views.queue(firm, client)]


class Queue:
    def test_open_work_comes_back_as_it_went_in(self, world: World) -> None:
        assert {field.name for field in fields(FULL) if not getattr(FULL, field.name)} == set()
        rows = {"full": FULL, "bare": Queued(QueueKind.TRAY, "partial"), "empty": queued(party="")}
        put(world, *(row(key, work, 3) for key, work in rows.items()))
        found = {one.key: one for one in world.views.queue("oak")}
        assert found == {
            key: QueueRow(BLUEBIRD, "bills", key, 3, work) for key, work in rows.items()
        }
        for key, work in rows.items():
            assert world.views.get(BLUEBIRD, "bills", key) == row(key, work, 3)
        assert {one.key: one.queue for one in world.views.page(BLUEBIRD, "bills").rows} == rows
        many = world.views.get_many(BLUEBIRD, "bills", rows)
        assert {key: one.queue for key, one in many.items()} == rows

    def test_facets_and_queue_are_apart(self, world: World) -> None:
        both = replace(row("p1", FULL, view="payments"), facets=facets(0))
        put(world, both)
        assert world.views.get(BLUEBIRD, "payments", "p1") == both
        assert keys_of(world) == ["p1"]

    def test_what_is_not_open_is_not_in_it(self, world: World) -> None:
        put(world, row("done", None), row("open", queued()), row("done", None, view="payments"))
        assert keys_of(world) == ["open"]

    def test_work_that_is_done_leaves_and_may_come_again(self, world: World) -> None:
        put(world, row("b1", queued()))
        put(world, row("b1", None, 2))
        assert keys_of(world) == []
        put(world, row("b1", queued(), 1))
        assert keys_of(world) == []
        put(world, row("b1", queued(21), 3))
        assert [one.queue.due_on for one in world.views.queue("oak")] == [date(2026, 11, 21)]
        world.views.remove(row("b1", queued(21), 3))
        world.settle()
        assert keys_of(world) == []

    def test_it_comes_by_client_and_urgency(self, world: World) -> None:
        work = {
            "low": queued(1, severity=Severity.LOW),
            "late": queued(28),
            "soon": queued(3),
            "moved_up": queued(29, rail_date=date(2026, 11, 2)),
            "nearer": queued(3, kind=QueueKind.SECOND_PERSON),
            "high": queued(30, severity=Severity.HIGH),
            "never": queued(due_on=None),
            "old": queued(due_on=None, since=date(2026, 11, 4)),
        }
        rows = [row(key, one) for key, one in work.items()]
        others = [row(key, one, scope=CEDAR) for key, one in work.items()]
        put(world, *others, *rows)
        wanted = ["high", "moved_up", "nearer", "soon", "old", "late", "never", "low"]
        found = world.views.queue("oak")
        assert [one.key for one in found] == wanted * 2
        assert [one.scope for one in found] == [BLUEBIRD] * 8 + [CEDAR] * 8
        texts = [queue_key(one.scope.client, one.view, one.key, one.queue) for one in found]
        assert texts == sorted(texts)
        assert [urgency(one.queue) for one in found[:8]] == sorted(map(urgency, work.values()))

    def test_it_belongs_to_one_firm_and_narrows_to_one_client(self, world: World) -> None:
        near = Scope("oak", "blue"), Scope("oak", "bluebird-2"), Scope("oak2", "bluebird")
        for number, scope in enumerate((BLUEBIRD, CEDAR, RIVAL, *near)):
            put(world, row(f"b{number}", queued(), scope=scope))
        assert keys_of(world) == ["b3", "b0", "b4", "b1"]
        assert keys_of(world, "oak", "bluebird") == ["b0"]
        assert keys_of(world, "oak", "blue") == ["b3"]
        assert keys_of(world, "elm") == ["b2"]
        assert keys_of(world, "elm", "cedar") == keys_of(world, "nobody") == []

    @pytest.mark.parametrize("name", ["", "oak/bluebird", "o#k", "-\n"])
    def test_a_name_that_could_leave_the_firm_is_refused(self, world: World, name: str) -> None:
        with pytest.raises(ScopeError):
            world.views.queue(name)
        with pytest.raises(ScopeError):
            world.views.queue("oak", name)

    def test_a_queue_of_megabytes_is_read_whole(self, world: World) -> None:
        names = [f"b{number:02d}" for number in range(12)]
        put(world, *(row(name, queued(words="x" * 200_000)) for name in names))
        assert keys_of(world) == names

    def test_work_that_cannot_be_sorted_is_refused(self, world: World) -> None:
        with pytest.raises(ScopeError):
            put(world, row("x" * 240, queued()))
        assert world.views.get(BLUEBIRD, "bills", "x" * 240) is None
