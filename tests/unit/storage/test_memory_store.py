"""The suite in memory; and the hooks that simulations play crashes with."""

from __future__ import annotations

import pytest

from local.memory_store import MemoryStore
from local.memory_views import MemoryViews
from rowcol.domain.bill import Bill
from rowcol.service.view_ports import FacetSpan, ViewOrder, ViewRow
from tests.conformance.store_suite import StoreSuite
from tests.conformance.world import BLUEBIRD, MovableClock, Planned, World, next_commit
from tests.support.storage import samples


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def world(self) -> World:
        clock = MovableClock()
        return World(MemoryStore(clock.now), MemoryViews(), clock)


class Crash(Exception):
    """The process dies here."""


class Hook:
    """Records calls and dies at one of them."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.dies_at = ""

    def __call__(self, name: str) -> None:
        self.calls.append(name)
        if name == self.dies_at:
            raise Crash(name)


@pytest.mark.parametrize(("call", "written"), [("commit:before", False), ("commit:after", True)])
def test_a_crash_around_a_commit_leaves_all_or_nothing(call: str, written: bool) -> None:
    hook = Hook()
    books = MemoryStore(MovableClock().now, hook).books(BLUEBIRD)
    commit = next_commit(books, Planned(puts=(samples.bill(),)))
    hook.dies_at = call
    with pytest.raises(Crash):
        books.commit(commit)
    hook.dies_at = ""
    assert (books.get(Bill, "bill-1") is not None) is written
    assert len(books.entries()) == books.head("USD").sequence == int(written)


@pytest.mark.parametrize(("call", "written"), [("save:before", False), ("save:after", True)])
def test_a_crash_around_a_save(call: str, written: bool) -> None:
    hook = Hook()
    books = MemoryStore(MovableClock().now, hook).books(BLUEBIRD)
    hook.dies_at = call
    with pytest.raises(Crash):
        books.save(samples.bill())
    hook.dies_at = ""
    assert (books.get(Bill, "bill-1") is not None) is written


def test_every_boundary_call_is_told_of() -> None:
    hook = Hook()
    store = MemoryStore(MovableClock().now, hook)
    books = store.books(BLUEBIRD)
    books.commit(next_commit(books, Planned()))
    books.get(Bill, "b")
    books.get_many(Bill, ["b"])
    books.ids(Bill)
    books.counters(["lim_1"])
    books.command("key")
    books.entries()
    books.save(samples.bill())
    store.due(MovableClock().now())
    store.scopes()
    assert hook.calls == [
        "get",
        "commit:before",
        "commit:after",
        "get",
        "get_many",
        "ids",
        "counters",
        "command",
        "entries",
        "save:before",
        "save:after",
        "due",
        "scopes",
    ]


def test_every_boundary_call_of_views_is_told_of() -> None:
    hook = Hook()
    views = MemoryViews(hook)
    views.apply([ViewRow(BLUEBIRD, "bills", key, 1, {}) for key in ("b1", "b2")])
    views.page(BLUEBIRD, "bills")
    views.get(BLUEBIRD, "bills", "b1")
    views.get_many(BLUEBIRD, "bills", ["b1"])
    views.facets(BLUEBIRD, "bills", ViewOrder.DATE, FacetSpan())
    names = ["apply", "apply", "page", "get", "get_many", "facets"]
    assert hook.calls == [f"views:{name}" for name in names]
