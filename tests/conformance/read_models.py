"""Rows of read models: newer states replace older ones; pages stay within one client's view."""

from __future__ import annotations

import pytest

from rowcol.domain.scope import ScopeError
from rowcol.service.view_ports import ViewRow
from tests.conformance.world import BLUEBIRD, CEDAR, RIVAL, World


def row(key: str, sequence: int = 1, view: str = "bills", **content: object) -> ViewRow:
    return ViewRow(BLUEBIRD, view, key, sequence, {"id": key, **content})


class ReadModels:
    def test_a_row_comes_back_as_it_went_in(self, world: World) -> None:
        deep = row("b1", 7, amount={"minor": 125000, "currency": "USD"}, parts=[1, None, "ü", True])
        world.views.apply([deep])
        world.settle()
        assert world.views.get(BLUEBIRD, "bills", "b1") == deep
        assert world.views.page(BLUEBIRD, "bills").rows == (deep,)

    def test_a_row_that_was_never_stored_is_not_there(self, world: World) -> None:
        assert world.views.get(BLUEBIRD, "bills", "b1") is None
        page = world.views.page(BLUEBIRD, "bills")
        assert (page.rows, page.next_key) == ((), None)

    def test_only_a_newer_state_replaces_a_row(self, world: World) -> None:
        order = [3, 1, 2, 3, 5, 4]
        for number, sequence in enumerate(order):
            world.views.apply([row("b1", sequence, number=number)])
        world.settle()
        found = world.views.get(BLUEBIRD, "bills", "b1")
        assert found == row("b1", 5, number=4)

    def test_a_state_may_be_told_anew(self, world: World) -> None:
        world.views.apply([row("b1", 3, number=1)])
        world.views.apply([row("b1", 3, number=2)])
        world.settle()
        assert world.views.get(BLUEBIRD, "bills", "b1") == row("b1", 3, number=2)

    def test_a_row_is_taken_away_only_as_it_was_read(self, world: World) -> None:
        world.views.apply([row("b1", 3)])
        assert not world.views.remove(row("b1", 2))
        assert not world.views.remove(row("b1", 4))
        assert not world.views.remove(row("b2", 3))
        assert world.views.remove(row("b1", 3))
        assert not world.views.remove(row("b1", 3))
        world.settle()
        assert world.views.get(BLUEBIRD, "bills", "b1") is None
        world.views.apply([row("b1", 1)])
        world.settle()
        assert world.views.get(BLUEBIRD, "bills", "b1") == row("b1", 1)

    def test_one_stale_row_keeps_no_other_back(self, world: World) -> None:
        world.views.apply([row("b1", 9)])
        world.views.apply([row("b1", 3), row("b2", 3)])
        world.settle()
        assert [found.sequence for found in world.views.page(BLUEBIRD, "bills").rows] == [9, 3]

    def test_nobody_changes_a_row_by_holding_on_to_it(self, world: World) -> None:
        held = row("b1", 1, parts=[1])
        world.views.apply([held])
        held.row["id"] = "changed"
        world.settle()
        found = world.views.get(BLUEBIRD, "bills", "b1")
        assert found == row("b1", 1, parts=[1])
        found.row["id"] = "changed"
        assert world.views.get(BLUEBIRD, "bills", "b1") == row("b1", 1, parts=[1])

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
    def test_pages_cover_a_view_once(self, world: World, limit: int) -> None:
        keys = [f"2026-11-0{number}" for number in range(5)]
        world.views.apply([row(key) for key in reversed(keys)])
        world.settle()
        found: list[str] = []
        after, pages = None, 0
        while True:
            page = world.views.page(BLUEBIRD, "bills", "2026", after, limit)
            found, after, pages = (
                [*found, *(one.key for one in page.rows)],
                page.next_key,
                pages + 1,
            )
            if after is None:
                break
        assert found == keys
        assert pages == -(-len(keys) // limit)

    def test_a_prefix_narrows_a_page(self, world: World) -> None:
        world.views.apply([row(key) for key in ("a1", "a2", "b1")])
        world.settle()
        assert [one.key for one in world.views.page(BLUEBIRD, "bills", "a").rows] == ["a1", "a2"]
        assert world.views.page(BLUEBIRD, "bills", "c").rows == ()

    @pytest.mark.parametrize("made_up", ["", "zzz", "\n", "a1", "x/y", "y" * 3000])
    def test_a_made_up_page_key_only_moves_within_the_view(
        self, world: World, made_up: str
    ) -> None:
        world.views.apply([row(key) for key in ("a1", "a2")])
        world.settle()
        found = world.views.page(BLUEBIRD, "bills", after=made_up)
        assert [one.key for one in found.rows] == [key for key in ("a1", "a2") if key > made_up]

    def test_a_view_belongs_to_one_client(self, world: World) -> None:
        world.views.apply([row("b1"), row("p1", view="payments")])
        world.settle()
        for scope in (CEDAR, RIVAL):
            assert world.views.get(scope, "bills", "b1") is None
            assert world.views.page(scope, "bills").rows == ()
        assert [one.key for one in world.views.page(BLUEBIRD, "bills").rows] == ["b1"]

    @pytest.mark.parametrize("name", ["", "a/b", "a#b"])
    def test_a_name_that_could_leave_the_scope_is_refused(self, world: World, name: str) -> None:
        with pytest.raises(ScopeError):
            world.views.apply([row("b1", view=name)])
        with pytest.raises(ScopeError):
            world.views.page(BLUEBIRD, name)
        with pytest.raises(ScopeError):
            world.views.get(BLUEBIRD, name, "b1")
        with pytest.raises(ScopeError):
            world.views.apply([row("")])

    def test_a_view_of_megabytes_is_walked_whole(self, world: World) -> None:
        keys = [f"b{number:02d}" for number in range(8)]
        world.views.apply([row(key, 1, text="x" * 200_000) for key in keys])
        world.settle()
        found: list[str] = []
        after = None
        while True:
            page = world.views.page(BLUEBIRD, "bills", after=after, limit=50)
            found, after = [*found, *(one.key for one in page.rows)], page.next_key
            if after is None:
                break
        assert found == keys
