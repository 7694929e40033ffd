"""Reads across the clients of one firm: all of them, none of anybody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rowcol.domain.client import Client, Head
from rowcol.domain.scope import Scope, ScopeError
from rowcol.service.store import Committed
from tests.conformance.world import BLUEBIRD, CEDAR, FIRM, RIVAL, Planned, World, next_commit
from tests.support.domain import builders
from tests.support.storage import samples


def register(world: World, *scopes: Scope) -> None:
    for scope in scopes:
        known = replace(builders.client(id=scope.client), version=0)
        assert world.books(scope).save(known)
    world.settle()


class Across:
    def test_a_firms_clients_are_listed_by_id(self, world: World) -> None:
        assert world.store.clients(FIRM.firm) == ()
        register(world, CEDAR, BLUEBIRD, RIVAL, Scope("oak2", "zebra"), Scope("oa", "ant"), FIRM)
        assert world.store.clients(FIRM.firm) == ("bluebird", "cedar")
        assert world.store.clients(RIVAL.firm) == ("bluebird",)
        assert world.store.clients("oak2") == ("zebra",)
        assert world.store.clients("nobody") == ()

    def test_one_of_each_client_is_read_at_once(self, world: World) -> None:
        register(world, CEDAR, BLUEBIRD)
        asked = {"cedar": "cedar", "missing": "missing", "bluebird": "bluebird"}
        found = world.store.across("oak", Client, asked)
        assert list(found) == ["cedar", "bluebird"]
        assert found["cedar"] == world.books(CEDAR).get(Client, "cedar")
        assert world.store.across("oak", Client, {}) == {}

    def test_heads_are_read_as_they_are(self, world: World) -> None:
        for scope in (BLUEBIRD, CEDAR, RIVAL):
            for _ in range(1 + (scope is CEDAR)):
                commit = next_commit(world.books(scope), Planned())
                assert isinstance(world.books(scope).commit(commit), Committed)
        found = world.store.across("oak", Head, dict.fromkeys(("bluebird", "cedar", "x"), "head"))
        assert {client: head.sequence for client, head in found.items()} == {
            "bluebird": 1,
            "cedar": 2,
        }
        assert found["cedar"] == world.books(CEDAR).head("USD")

    def test_the_same_id_in_another_firm_is_another_thing(self, world: World) -> None:
        world.save(samples.bill("b1"), scope=RIVAL)
        assert world.store.across("oak", type(samples.bill("b1")), {"bluebird": "b1"}) == {}
        assert set(world.store.across("elm", type(samples.bill("b1")), {"bluebird": "b1"})) == {
            "bluebird"
        }

    def test_more_than_a_call_holds_are_read(self, world: World) -> None:
        scopes = [Scope("oak", f"client-{number:03d}") for number in range(130)]
        register(world, *scopes)
        names = [scope.client for scope in reversed(scopes)]
        found = world.store.across("oak", Client, {name: name for name in names})
        assert list(found) == names

    @pytest.mark.parametrize(
        ("firm", "client", "name"),
        [("", "a", "a"), ("oak/x", "a", "a"), ("oak", "a/b", "a"), ("oak", "a", "a/b")],
    )
    def test_an_id_that_could_leave_its_books_is_refused(
        self, world: World, firm: str, client: str, name: str
    ) -> None:
        with pytest.raises(ScopeError):
            world.store.across(firm, Client, {client: name})

    def test_a_name_that_is_no_firm_is_refused(self, world: World) -> None:
        for name in ("", "oak/bluebird", "o#k"):
            with pytest.raises(ScopeError):
                world.store.clients(name)
