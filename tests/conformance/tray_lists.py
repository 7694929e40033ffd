"""The tray's list: live items by client, severity and age; closed ones apart, the latest first."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.scope import Scope, ScopeError
from rowcol.domain.tray import Severity, TrayState
from rowcol.domain.tray_facts import TrayFacts, tray_key
from rowcol.service.view_ports import TrayRow, ViewRow
from tests.conformance.world import BLUEBIRD, CEDAR, RIVAL, World
from tests.support.domain.builders import NOW

FULL = TrayFacts(
    TrayState.OPEN,
    Severity.LOW,
    "amount",
    NOW,
    "anna",
    date(2026, 11, 24),
    NOW + timedelta(days=1),
    "asked",
)


def facts(hours: int = 0, **changes: Any) -> TrayFacts:
    """An open item, so many hours after now."""
    bare = TrayFacts(TrayState.OPEN, Severity.MEDIUM, "missing", NOW + timedelta(hours=hours))
    return replace(bare, **changes)


def row(key: str, told: TrayFacts | None, sequence: int = 1, scope: Scope = BLUEBIRD) -> ViewRow:
    return ViewRow(scope, "tray", key, sequence, {"id": key}, None, None, told)


def put(world: World, *rows: ViewRow) -> None:
    world.views.apply(rows)
    world.settle()


def keys_of(world: World, firm: str = "oak", client: str | None = None) -> list[str]:
    return [one.key for one in world.views.tray(firm, client)]


def closed_keys(world: World, after: str | None = None, limit: int = 50) -> list[str]:
    page = world.views.closed_tray("oak", BLUEBIRD.client, after, limit)
    return [one.key for one in page.rows]


class TrayLists:
    def test_an_item_comes_back_as_it_went_in(self, world: World) -> None:
        assert all(getattr(FULL, field.name) for field in fields(FULL))
        told = {"full": FULL, "bare": facts()}
        put(world, *(row(key, one) for key, one in told.items()))
        found = {one.key: one for one in world.views.tray("oak")}
        assert found == {key: TrayRow(BLUEBIRD, key, one) for key, one in told.items()}
        for key, one in told.items():
            assert world.views.get(BLUEBIRD, "tray", key) == row(key, one)

    def test_live_items_come_by_client_severity_and_age(self, world: World) -> None:
        told = {
            "low": facts(severity=Severity.LOW),
            "new": facts(5),
            "old": facts(-5),
            "high": facts(9, severity=Severity.HIGH),
            "excluded": facts(6, state=TrayState.EXCLUDED),
        }
        rows = [row(key, one) for key, one in told.items()]
        put(world, *(row(key, one, scope=CEDAR) for key, one in told.items()), *rows)
        wanted = ["high", "old", "new", "excluded", "low"]
        found = world.views.tray("oak")
        assert [one.key for one in found] == wanted * 2
        assert [one.scope for one in found] == [BLUEBIRD] * 5 + [CEDAR] * 5
        texts = [tray_key(one.scope.client, one.key, one.tray) for one in found]
        assert texts == sorted(texts)

    def test_closed_ones_leave_and_are_told_apart(self, world: World) -> None:
        put(world, row("open", facts()), row("a", facts()), row("b", facts(1)))
        shut = [row(key, facts(n, state=TrayState.CLOSED), 2) for n, key in enumerate("ab")]
        put(world, *shut, row("other", facts(state=TrayState.CLOSED), scope=CEDAR))
        assert keys_of(world) == ["open"]
        assert closed_keys(world) == ["b", "a"]
        first = world.views.closed_tray("oak", BLUEBIRD.client, None, 1)
        assert [one.key for one in first.rows] == ["b"]
        assert closed_keys(world, first.next_key) == ["a"]
        put(world, row("b", facts(), 3))
        assert closed_keys(world) == ["a"]
        assert keys_of(world) == ["b", "open"]

    def test_the_tray_belongs_to_one_firm_and_narrows_to_one_client(self, world: World) -> None:
        near = Scope("oak", "blue"), Scope("oak", "bluebird-2"), Scope("oak2", "bluebird")
        for number, scope in enumerate((BLUEBIRD, CEDAR, RIVAL, *near, Scope("oak"))):
            put(world, row(f"i{number}", facts(), scope=scope))
        assert keys_of(world, "oak", "bluebird") == ["i0"]
        assert keys_of(world, "oak", "blue") == ["i3"]
        assert keys_of(world, "oak", "-") == ["i6"]
        assert sorted(keys_of(world)) == ["i0", "i1", "i3", "i4", "i6"]
        assert keys_of(world, "elm") == ["i2"]
        assert keys_of(world, "elm", "cedar") == keys_of(world, "nobody") == []
        made_up = world.views.closed_tray("oak", "bluebird", "cedar#9999", 50)
        assert made_up.rows == ()

    @pytest.mark.parametrize("name", ["", "oak/closed", "o#k", "-\n"])
    def test_a_name_that_leaves_the_firm_is_refused(self, world: World, name: str) -> None:
        with pytest.raises(ScopeError):
            world.views.tray(name)
        with pytest.raises(ScopeError):
            world.views.tray("oak", name)
        with pytest.raises(ScopeError):
            world.views.closed_tray("oak", name)

    def test_rows_of_several_clients_are_read_at_once(self, world: World) -> None:
        put(
            world,
            row("a", facts()),
            row("a", facts(1), scope=CEDAR),
            row("a", facts(), scope=RIVAL),
        )
        places = [("cedar", "a"), ("bluebird", "a"), ("bluebird", "b"), ("cedar", "a")]
        found = world.views.rows_of("oak", "tray", places)
        assert list(found) == [("cedar", "a"), ("bluebird", "a")]
        assert {row.scope for row in found.values()} == {BLUEBIRD, CEDAR}
        assert world.views.rows_of("oak", "tray", []) == {}
