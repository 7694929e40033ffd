"""Rebuilding views on request: in parts, resumable, and with the same result as the stream's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local.memory_store import MemoryStore
from local.memory_views import MemoryViews
from rowcol.domain.log import Fact, sealed
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.edge import rebuild
from rowcol.edge.task import BadTaskInput
from rowcol.service import project
from rowcol.service.environment import Environment
from rowcol.service.store import Commit

AT = datetime(2026, 11, 2, 14, tzinfo=UTC)
SCOPE = Scope("firm", "client")


@pytest.fixture
def environment() -> Environment:
    """Log and views; nothing else is used here."""
    unused: Any = None
    return Environment(MemoryStore(lambda: AT), MemoryViews(), unused, unused, unused)


def log(environment: Environment, count: int) -> None:
    books = environment.store.books(SCOPE)
    for number in range(count):
        head = books.head("USD")
        fact = Fact("bill.reported", {"bill": {"id": f"bill-{number}", "place": number}})
        entry = sealed(SCOPE, head.sequence + 1, AT, SYSTEM, fact, head.chain)
        after = replace(head, sequence=entry.sequence, chain=entry.hash)
        books.commit(Commit(SCOPE, after, (), (entry,)))


def test_it_goes_on_where_it_stopped_until_nothing_is_left(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "ENTRIES_PER_READ", 2)
    log(environment, 11)
    asked = {"firm": "firm", "client": "client"}
    first = rebuild.rebuild_views(environment, {"rebuild": asked})
    assert first == {"after": 8, "done": False}
    second = rebuild.rebuild_views(environment, {"rebuild": {**asked, "after": first["after"]}})
    assert second == {"after": 11, "done": True}
    assert len(environment.views.page(SCOPE, project.BILLS).rows) == 11


def test_a_client_without_a_log_is_done_at_once(environment: Environment) -> None:
    asked = {"rebuild": {"firm": "firm", "client": "nobody"}}
    assert rebuild.rebuild_views(environment, asked) == {"after": 0, "done": True}


@pytest.mark.parametrize(
    "asked", ["all", {"firm": "firm"}, {"firm": "firm", "client": "client", "after": -1}]
)
def test_odd_requests_are_defects(environment: Environment, asked: object) -> None:
    with pytest.raises(BadTaskInput):
        rebuild.rebuild_views(environment, {"rebuild": asked})
