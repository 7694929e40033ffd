"""Reading and saving single aggregates: versions, shapes, and that no key leaves its scope."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.client import Head
from rowcol.domain.link import Feed, Link
from rowcol.domain.scope import ScopeError
from rowcol.domain.tray import TrayItem
from tests.conformance.world import BLUEBIRD, CEDAR, FIRM, RIVAL, World
from tests.support.storage import samples

BAD_IDS = ("", "a/b", "a#b", "..", "a b", "x" * 65, "ü", "a\n", "a\x00", "bluebird/bill/b1")


class Aggregates:
    def test_what_was_never_stored_is_not_there(self, world: World) -> None:
        books = world.books()
        assert books.get(Bill, "bill-1") is None
        assert books.get_many(Bill, ["bill-1"]) == {}
        assert books.head("EUR") == Head("EUR")
        assert books.command("key-1") is None
        assert books.entries() == ()
        assert books.entries_of_payment("pay_1") == ()

    @pytest.mark.parametrize("sample", samples.everything(), ids=lambda sample: sample.kind)
    def test_each_kind_comes_back_as_it_went_in(self, world: World, sample: Any) -> None:
        books = world.books()
        assert books.save(sample)
        assert books.get(type(sample), sample.id) == replace(sample, version=1)

    def test_each_save_counts_the_version(self, world: World) -> None:
        books = world.books()
        assert books.save(samples.feed(cursor="a"))
        for cursor in ("b", None, "d"):
            known = books.get(Feed, "ledger")
            assert known is not None
            assert books.save(replace(known, cursor=cursor))
        assert books.get(Feed, "ledger") == replace(samples.feed(cursor="d"), version=4)

    def test_an_older_version_never_replaces_a_newer_one(self, world: World) -> None:
        books, stored = world.books(), replace(samples.feed(cursor="b"), version=2)
        assert books.save(samples.feed(cursor="a"))
        assert books.save(replace(stored, version=1))
        for version in (0, 1, 3):
            assert not books.save(replace(samples.feed(cursor="x"), version=version))
        assert books.get(Feed, "ledger") == stored

    def test_what_does_not_exist_has_no_later_version(self, world: World) -> None:
        assert not world.books().save(replace(samples.feed(), version=1))
        assert world.books().get(Feed, "ledger") is None

    def test_many_are_read_in_the_order_asked_for(self, world: World) -> None:
        books = world.books()
        names = [f"link-{number:03d}" for number in range(120)]
        for name in names:
            assert books.save(Link(name, 0, "bill-1"))
        asked = [*reversed(names), "missing", names[3]]
        found = books.get_many(Link, iter(asked))
        assert list(found) == list(reversed(names))
        assert found["link-007"] == Link("link-007", 1, "bill-1")
        assert books.get_many(Link, []) == {}

    def test_one_id_of_two_kinds_is_two_things(self, world: World) -> None:
        books = world.books()
        world.save(samples.bill("x"), samples.tray_item("x"))
        wanted = {Bill: ["x", "missing"], TrayItem: ["x", "x"], Link: ["x"]}
        found = books.get_together(wanted)
        assert {place: type(one) for place, one in found.items()} == {
            ("bill", "x"): Bill,
            ("tray", "x"): TrayItem,
        }
        assert books.get_together({}) == {} == world.books(CEDAR).get_together(wanted)
        assert isinstance(books.get(Bill, "x"), Bill)
        assert isinstance(books.get(TrayItem, "x"), TrayItem)
        assert books.get(Link, "x") is None

    def test_the_longest_id_is_fine(self, world: World) -> None:
        world.save(samples.bill("x" * 64))
        assert world.books().get(Bill, "x" * 64) is not None

    @pytest.mark.parametrize("other", [CEDAR, FIRM, RIVAL], ids=["client", "firm", "rival"])
    def test_nobody_reads_or_writes_in_another_scope(self, world: World, other: Any) -> None:
        world.save(samples.bill("b1"))
        books = world.books(other)
        assert books.get(Bill, "b1") is None
        assert books.get_many(Bill, ["b1"]) == {}
        assert books.ids(Bill).ids == ()
        assert books.save(samples.bill("b1", live_payment_id="pay_9"))
        assert world.books(BLUEBIRD).get(Bill, "b1") == replace(samples.bill("b1"), version=1)

    @pytest.mark.parametrize("name", BAD_IDS)
    def test_an_id_that_could_leave_the_scope_is_refused(self, world: World, name: str) -> None:
        books = world.books()
        with pytest.raises(ScopeError):
            books.get(Bill, name)
        with pytest.raises(ScopeError):
            books.get_many(Bill, ["good", name])
        with pytest.raises(ScopeError):
            books.save(samples.bill(name))
        with pytest.raises(ScopeError):
            books.command(name)
        with pytest.raises(ScopeError):
            books.entries_of_payment(name)
