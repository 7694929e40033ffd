"""Rows with facets: three orders, bounds, both directions, pages; and many rows at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rowcol.domain.scope import Scope, ScopeError
from rowcol.service.view_ports import (
    Facets,
    FacetSpan,
    UnsortableAmount,
    ViewOrder,
    ViewRow,
    amount_key,
    facet_key,
)
from tests.conformance.world import BLUEBIRD, CEDAR, RIVAL, World
from tests.support.domain.builders import NOW

VIEW = "payments"
FIRST_DAY = date(2026, 11, 9)
STATUSES = ("pending", "done", "held", "done", "canceled", "done", "pending")
AMOUNTS = (900, 10_000, 0, 10**15, 85, 10_000, 9)
DAYS = (3, 0, 40, 3, 1, 0, 60)


def facets(number: int = 0, **changes: object) -> Facets:
    """Facets of the row of this number; ties in every order among the numbers."""
    shown = Facets(
        status=STATUSES[number],
        type="vendor_payment",
        day=FIRST_DAY + timedelta(days=DAYS[number]),
        amount=AMOUNTS[number],
        currency="USD",
        counterparty_id="vendor-1" if number % 2 else None,
        counterparty_name="Acme Paper Ü",
        posting="posted",
        verification="none",
        created_at=NOW,
        origin="decision",
        deleted=number == 4,
    )
    return replace(shown, **changes)  # type: ignore[arg-type]  # names of facets


def row(key: str, shown: Facets | None, sequence: int = 1, scope: Scope = BLUEBIRD) -> ViewRow:
    return ViewRow(scope, VIEW, key, sequence, {"id": key, "sequence": sequence}, shown)


ROWS = {f"pay_{number}": facets(number) for number in range(len(STATUSES))}


def fill(world: World) -> None:
    world.views.apply([row(key, shown) for key, shown in ROWS.items()])
    world.views.apply([row("bare", None)])
    world.settle()


def sorted_keys(order: ViewOrder) -> list[str]:
    return sorted(ROWS, key=lambda key: facet_key(order, ROWS[key], key))


def keys_of(world: World, order: ViewOrder, span: FacetSpan) -> list[str]:
    """Keys over all pages; every page but the last is full."""
    found: list[str] = []
    while True:
        page = world.views.facets(BLUEBIRD, VIEW, order, span)
        found += [one.key for one in page.rows]
        if page.next_key is None:
            return found
        assert len(page.rows) == span.limit
        span = replace(span, after=page.next_key)


class OrderedViews:
    @pytest.mark.parametrize("order", ViewOrder)
    def test_rows_come_in_each_order_both_ways(self, world: World, order: ViewOrder) -> None:
        fill(world)
        upwards = sorted_keys(order)
        assert keys_of(world, order, FacetSpan()) == upwards
        assert keys_of(world, order, FacetSpan(descending=True)) == upwards[::-1]

    def test_the_orders_are_those_of_the_facts(self, world: World) -> None:
        fill(world)
        page = world.views.facets(BLUEBIRD, VIEW, ViewOrder.AMOUNT, FacetSpan())
        assert [one.facets.amount for one in page.rows] == sorted(AMOUNTS)
        page = world.views.facets(BLUEBIRD, VIEW, ViewOrder.DATE, FacetSpan(descending=True))
        assert [(one.facets.day - FIRST_DAY).days for one in page.rows] == sorted(DAYS)[::-1]
        page = world.views.facets(BLUEBIRD, VIEW, ViewOrder.STATUS, FacetSpan())
        shown = [(one.facets.status, one.facets.day) for one in page.rows]
        assert shown == sorted(shown)

    def test_facets_come_back_as_they_went_in(self, world: World) -> None:
        fill(world)
        page = world.views.facets(BLUEBIRD, VIEW, ViewOrder.DATE, FacetSpan())
        assert {one.key: one.facets for one in page.rows} == ROWS
        for key, shown in ROWS.items():
            assert world.views.get(BLUEBIRD, VIEW, key) == row(key, shown)
        assert world.views.get(BLUEBIRD, VIEW, "bare") == row("bare", None)
        whole = {one.key: one.facets for one in world.views.page(BLUEBIRD, VIEW).rows}
        assert whole == {**ROWS, "bare": None}

    @pytest.mark.parametrize("order", ViewOrder)
    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_cover_an_order_once(
        self, world: World, order: ViewOrder, limit: int, descending: bool
    ) -> None:
        fill(world)
        expected = sorted_keys(order)[:: -1 if descending else 1]
        assert keys_of(world, order, FacetSpan(descending=descending, limit=limit)) == expected

    @pytest.mark.parametrize("limit", [1, 3, 50])
    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize(
        ("order", "first", "last"),
        [
            (ViewOrder.DATE, "2026-11-10", "2026-11-12"),
            (ViewOrder.DATE, "2026-11-12", "2026-11-12"),
            (ViewOrder.DATE, "2026-11", "2026-11"),
            (ViewOrder.DATE, None, "2026-11-09"),
            (ViewOrder.DATE, "2026-12", None),
            (ViewOrder.DATE, "2026-11-13", "2026-11-12"),
            (ViewOrder.AMOUNT, amount_key(9), amount_key(900)),
            (ViewOrder.AMOUNT, amount_key(10_000), amount_key(10_000)),
            (ViewOrder.AMOUNT, amount_key(10_001), None),
            (ViewOrder.STATUS, "done#", "done#"),
            (ViewOrder.STATUS, "done#2026-11-10", "done#2026-12-31"),
            (ViewOrder.STATUS, "done#2026-11-09#pay_5", "held#"),
            (ViewOrder.STATUS, "no such", "no such"),
        ],
    )
    def test_bounds_are_inclusive_and_a_last_takes_in_what_begins_with_it(
        self,
        world: World,
        order: ViewOrder,
        first: str | None,
        last: str | None,
        descending: bool,
        limit: int,
    ) -> None:
        fill(world)
        texts = {key: facet_key(order, ROWS[key], key) for key in sorted_keys(order)}
        expected = [
            key
            for key, text in texts.items()
            if (first is None or text >= first)
            and (last is None or text <= last or text.startswith(last))
        ]
        span = FacetSpan(first, last, descending=descending, limit=limit)
        assert keys_of(world, order, span) == expected[:: -1 if descending else 1]

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize(
        "made_up", ["", "zzz", "\n", "2026-11-10", "x/y", "y" * 3000, "\ud800", "2026-12-19#pay_2"]
    )
    def test_a_made_up_page_key_only_moves_within_the_order(
        self, world: World, made_up: str, descending: bool
    ) -> None:
        fill(world)
        world.views.apply([row("secret", facets(0), scope=CEDAR)])
        world.settle()
        span = FacetSpan("2026-11", "2026-12", descending=descending, after=made_up)
        page = world.views.facets(BLUEBIRD, VIEW, ViewOrder.DATE, span)
        inside = sorted_keys(ViewOrder.DATE)[:-1]
        texts = {key: facet_key(ViewOrder.DATE, ROWS[key], key) for key in inside}
        expected = [
            key
            for key, text in texts.items()
            if not made_up or (text < made_up if descending else text > made_up)
        ]
        assert [one.key for one in page.rows] == expected[:: -1 if descending else 1]

    def test_an_ordered_page_goes_on_after_its_last_row_has_moved(self, world: World) -> None:
        fill(world)
        span = FacetSpan(limit=2)
        first = world.views.facets(BLUEBIRD, VIEW, ViewOrder.AMOUNT, span)
        moved = first.rows[-1].key
        world.views.apply([row(moved, replace(ROWS[moved], amount=0), 2)])
        world.settle()
        rest = keys_of(world, ViewOrder.AMOUNT, replace(span, after=first.next_key))
        assert rest == sorted_keys(ViewOrder.AMOUNT)[2:]

    def test_a_newer_state_moves_a_row_and_an_older_one_does_not(self, world: World) -> None:
        fill(world)
        changed = replace(ROWS["pay_0"], status="done", day=date(2027, 2, 1), amount=1)
        world.views.apply([row("pay_0", changed, 5), row("pay_0", ROWS["pay_0"], 4)])
        world.settle()
        assert keys_of(world, ViewOrder.DATE, FacetSpan())[-1] == "pay_0"
        assert keys_of(world, ViewOrder.AMOUNT, FacetSpan())[1] == "pay_0"
        pending = keys_of(world, ViewOrder.STATUS, FacetSpan("pending#", "pending#"))
        assert pending == ["pay_6"]

    def test_a_row_that_loses_its_facets_leaves_every_order(self, world: World) -> None:
        fill(world)
        world.views.apply([row("pay_0", None, 2), row("bare", facets(0), 2)])
        world.settle()
        for order in ViewOrder:
            found = keys_of(world, order, FacetSpan())
            assert "pay_0" not in found
            assert "bare" in found

    def test_an_order_belongs_to_one_clients_view(self, world: World) -> None:
        fill(world)
        for scope, view in ((CEDAR, VIEW), (RIVAL, VIEW), (BLUEBIRD, "bills")):
            page = world.views.facets(scope, view, ViewOrder.DATE, FacetSpan())
            assert (page.rows, page.next_key) == ((), None)
            assert world.views.get_many(scope, view, ROWS) == {}

    def test_many_rows_come_in_the_order_asked_for(self, world: World) -> None:
        names = [f"pay_{number:03d}" for number in range(120)]
        world.views.apply([row(name, None, number) for number, name in enumerate(names)])
        world.settle()
        asked = [*reversed(names), "missing", names[3]]
        found = world.views.get_many(BLUEBIRD, VIEW, iter(asked))
        assert list(found) == list(reversed(names))
        assert found["pay_007"] == row("pay_007", None, 7)
        assert world.views.get_many(BLUEBIRD, VIEW, []) == {}

    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_are_full_whatever_a_query_brings(self, world: World, descending: bool) -> None:
        """A query ends at a megabyte; a page does not."""
        keys = [f"pay_{number:02d}" for number in range(14)]
        wide = facets(0, counterparty_name="x" * 150_000)
        world.views.apply([row(key, wide) for key in keys])
        world.settle()
        span = FacetSpan(limit=12, descending=descending)
        assert keys_of(world, ViewOrder.DATE, span) == keys[:: -1 if descending else 1]

    @pytest.mark.parametrize("name", ["", "a/b", "a#b"])
    def test_an_ordered_read_refuses_a_name_that_could_leave_the_scope(
        self, world: World, name: str
    ) -> None:
        with pytest.raises(ScopeError):
            world.views.facets(BLUEBIRD, name, ViewOrder.DATE, FacetSpan())
        with pytest.raises(ScopeError):
            world.views.get_many(BLUEBIRD, name, ["pay_1"])
        with pytest.raises(ScopeError):
            world.views.get_many(BLUEBIRD, VIEW, ["pay_1", ""])

    def test_what_cannot_be_sorted_is_refused(self, world: World) -> None:
        for amount in (-1, 10**16):
            with pytest.raises(UnsortableAmount):
                world.views.apply([row("pay_0", facets(0, amount=amount))])
        with pytest.raises(ScopeError):
            world.views.apply([row("x" * 245, facets(0))])
        world.views.apply([row("x" * 245, None)])
        assert world.views.get(BLUEBIRD, VIEW, "pay_0") is None
