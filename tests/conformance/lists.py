"""Lists of a client in key order, page by page; and the list of all clients."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.link import Feed, Link, StoredLine
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.service.store import Page
from tests.conformance.world import BLUEBIRD, CEDAR, FIRM, RIVAL, World
from tests.support.domain import builders
from tests.support.storage import samples

DAYS = ("2026-11-20", "2026-10-31", "2026-11-02", "2026-12-01", "2026-11-30")


class Lists:
    def test_ids_come_in_list_key_order(self, world: World) -> None:
        world.save(*(samples.line(f"line-{day}", day) for day in DAYS))
        ordered = tuple(f"line-{day}" for day in sorted(DAYS))
        assert world.books().ids(StoredLine) == Page(ordered, None)

    def test_a_prefix_narrows_the_list(self, world: World) -> None:
        world.save(*(samples.line(f"line-{day}", day) for day in DAYS))
        november = ("line-2026-11-02", "line-2026-11-20", "line-2026-11-30")
        assert world.books().ids(StoredLine, prefix="2026-11") == Page(november, None)
        assert world.books().ids(StoredLine, prefix="2027") == Page((), None)

    @pytest.mark.parametrize("prefix", ["", "2026-"])
    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
    def test_pages_cover_a_list_once(self, world: World, prefix: str, limit: int) -> None:
        world.save(*(samples.line(f"line-{day}", day) for day in DAYS))
        found: list[str] = []
        after, pages = None, 0
        while True:
            page = world.books().ids(StoredLine, prefix=prefix, after=after, limit=limit)
            found, after, pages = [*found, *page.ids], page.next_key, pages + 1
            if after is None:
                break
        assert found == [f"line-{day}" for day in sorted(DAYS)]
        assert pages == -(-len(DAYS) // limit)

    def test_a_page_goes_on_after_its_last_row_has_gone(self, world: World) -> None:
        world.save(*(samples.tray_item(f"item-{number}") for number in range(4)))
        books = world.books()
        first = books.ids(TrayItem, prefix="open#", limit=2)
        gone = books.get(TrayItem, first.ids[-1])
        assert gone is not None
        world.save(replace(gone, state=TrayState.CLOSED))
        rest = books.ids(TrayItem, prefix="open#", after=first.next_key, limit=9)
        assert rest == Page(("item-2", "item-3"), None)

    @pytest.mark.parametrize("made_up", ["", "zzz", "a", "open#item-1", "x/y#z", "\n", "y" * 3000])
    def test_a_made_up_page_key_only_moves_within_the_list(
        self, world: World, made_up: str
    ) -> None:
        world.save(*(samples.tray_item(f"item-{number}") for number in range(3)))
        world.save(samples.tray_item("secret"), scope=CEDAR)
        for prefix in ("", "open#"):
            page = world.books().ids(TrayItem, prefix=prefix, after=made_up)
            expected = [f"item-{number}" for number in range(3) if f"open#item-{number}" > made_up]
            assert page == Page(tuple(expected), None)

    def test_what_is_not_listed_is_in_no_list(self, world: World) -> None:
        world.save(Link("qbo-bill-1", 0, "b1"), samples.line("line-1"))
        books = world.books()
        assert books.ids(Link) == Page((), None)
        known = books.get(StoredLine, "line-1")
        assert known is not None
        world.save(replace(known, removed=True))
        assert books.ids(StoredLine) == Page((), None)
        assert books.get(StoredLine, "line-1") is not None

    def test_a_changed_list_key_moves_the_row(self, world: World) -> None:
        world.save(samples.bill("b1"), samples.bill("b2"))
        books = world.books()
        known = books.get(Bill, "b1")
        assert known is not None
        before = known.list_key
        held = replace(known, reserve=samples.full_bill().reserve)
        assert held.list_key != before
        world.save(held)
        assert books.ids(Bill, prefix="held#") == Page(("b1",), None)
        assert sorted(books.ids(Bill).ids) == ["b1", "b2"]

    def test_a_list_of_megabytes_is_walked_whole(self, world: World) -> None:
        names = [f"feed-{number:02d}" for number in range(12)]
        world.save(*(samples.feed(name, "x" * 200_000) for name in names))
        found: list[str] = []
        after = None
        while True:
            page = world.books().ids(Feed, after=after, limit=100)
            found, after = [*found, *page.ids], page.next_key
            if after is None:
                break
        assert found == names

    def test_all_clients_are_known_without_the_firms_own_books(self, world: World) -> None:
        assert world.store.scopes() == ()
        for scope in (BLUEBIRD, CEDAR, RIVAL, FIRM, Scope("oak-2", "aspen")):
            world.save(builders.client(id=scope.client, version=0), scope=scope)
        expected = (RIVAL, BLUEBIRD, CEDAR, Scope("oak-2", "aspen"))
        assert world.store.scopes() == expected

    def test_a_clients_books_know_of_no_other_client(self, world: World) -> None:
        for scope in (BLUEBIRD, CEDAR, RIVAL, FIRM):
            world.save(builders.client(id=scope.client, version=0), scope=scope)
        assert world.books(BLUEBIRD).ids(Client) == Page(("bluebird",), None)
        assert world.books(FIRM).ids(Client) == Page((FIRM_WIDE,), None)
        assert world.books(Scope("oak", "aspen")).ids(Client) == Page((), None)
        assert world.books(BLUEBIRD).ids(Client, prefix="c") == Page((), None)
        assert world.books(BLUEBIRD).ids(Client, after="bluebird") == Page((), None)
