"""What the suite runs in: a store, its views, a clock to move, a way to wait for late reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from rowcol.domain.client import Head
from rowcol.domain.log import Fact, sealed
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.store import Aggregate, Books, Command, Commit, CounterMove, Store, VersionCheck
from rowcol.service.view_ports import Views
from tests.support.domain.builders import NOW

FIRM = Scope("oak")
BLUEBIRD = Scope("oak", "bluebird")
CEDAR = Scope("oak", "cedar")
RIVAL = Scope("elm", "bluebird")


@dataclass
class MovableClock:
    """Time that moves only when told to."""

    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant

    def move(self, **by: float) -> datetime:
        self.instant += timedelta(**by)
        return self.instant


@dataclass
class World:
    """One store under test. `settle` returns when indexes and streams have caught up."""

    store: Store
    views: Views
    clock: MovableClock
    settle: Callable[[], None] = field(default=lambda: None)
    token: str = field(default_factory=lambda: uuid4().hex)
    """A request token that no other test uses: DynamoDB remembers them for ten minutes."""

    def books(self, scope: Scope = BLUEBIRD) -> Books:
        return self.store.books(scope)

    def save(self, *aggregates: Aggregate, scope: Scope = BLUEBIRD) -> None:
        """Store new aggregates and wait for the indexes."""
        for aggregate in aggregates:
            assert self.books(scope).save(aggregate)
        self.settle()


@dataclass(frozen=True)
class Planned:
    """What a commit is made of, beside the head it is made on."""

    puts: Sequence[Aggregate] = ()
    facts: Sequence[Fact] = (Fact("noted", {"n": 1}),)
    checks: Sequence[VersionCheck] = ()
    command: Command | None = None
    token: str | None = None
    counters: Sequence[CounterMove] = ()


def commit_on(scope: Scope, head: Head, planned: Planned, at: datetime) -> Commit:
    """A commit whose entries continue the head's chain."""
    entries = []
    sequence, chain = head.sequence, head.chain
    for fact in planned.facts:
        sequence += 1
        entries.append(sealed(scope, sequence, at, SYSTEM, fact, chain))
        chain = entries[-1].hash
    after = replace(head, sequence=sequence, chain=chain)
    parts = (planned.puts, tuple(entries), planned.checks, planned.command, planned.token)
    return Commit(scope, after, *parts, counters=planned.counters)


def next_commit(books: Books, planned: Planned, at: datetime = NOW) -> Commit:
    """A commit on the head as it is now."""
    return commit_on(books.scope, books.head("USD"), planned, at)
