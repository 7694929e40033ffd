"""The store in memory: the promises of DynamoDB's adapter, held to the same conformance suite.

Values are frozen dataclasses and are kept by reference, which makes thousands of simulated runs
fast. What a log entry or a command's answer holds is checked to be plain JSON, as a table would.
`on_call` is told of every boundary call before its effect ("get", "commit:before", "save:before",
...) and after a write ("commit:after", "save:after"); it may raise, to play a crash there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from local.memory_commits import CommittedRows, Key
from local.memory_expiring import ExpiringRows, Runs
from rowcol.domain.client import Client, Head
from rowcol.domain.log import Entry
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.store import (
    Aggregate,
    Books,
    Command,
    Commit,
    Counter,
    Due,
    Page,
    Wanted,
    places_of,
)
from rowcol.storage import keys

A = TypeVar("A", bound=Aggregate)
RECENT = timedelta(hours=2)


def quiet(_call: str) -> None:
    """No hook."""


class MemoryStore:
    """All books of all firms, one lock around every write. `clock` tells what has expired."""

    def __init__(
        self, clock: Callable[[], datetime], on_call: Callable[[str], None] = quiet
    ) -> None:
        self.clock = clock
        self.on_call = on_call
        self.lock = threading.RLock()
        self.items: dict[Key, Any] = {}
        self.listed: dict[tuple[str, str, str], dict[str, str]] = {}
        self.due_items: dict[Key, tuple[datetime, datetime]] = {}
        self.logs: dict[Scope, list[Entry]] = {}
        self.commands: dict[tuple[Scope, str], Command] = {}
        self.tokens: dict[tuple[Scope, str], Commit] = {}
        self.counters: dict[tuple[Scope, str], Counter] = {}
        self.uses: dict[tuple[Scope, str], datetime] = {}
        self.runs: Runs = {}

    def books(self, scope: Scope) -> Books:
        """The books of one scope."""
        return MemoryBooks(self, scope)

    def due(self, now: datetime, limit: int = 200) -> tuple[Due, ...]:
        """Due items, oldest first; half of `limit` is kept for recent ones when they need it."""
        self.on_call("due")
        recent = now - RECENT
        with self.lock:
            found = [
                (indexed_at >= recent, Due(Scope(key[0], key[1]), key[2], key[3], due_at))
                for key, (due_at, indexed_at) in self.due_items.items()
                if due_at <= now
            ]
        found.sort(key=lambda pair: (pair[1].due_at, pair[1].kind, pair[1].id))
        kept = min(limit // 2, sum(is_recent for is_recent, _ in found))
        older = [pair for pair in found if not pair[0]][: limit - kept]
        fresh = [pair for pair in found if pair[0]][: limit - len(older)]
        return tuple(due for _, due in sorted(older + fresh, key=lambda pair: pair[1].due_at))

    def scopes(self) -> tuple[Scope, ...]:
        """Every registered client, the firms' own books left out."""
        self.on_call("scopes")
        with self.lock:
            found = [key[:2] for key in self.items if key[2] == Client.kind]
        return tuple(Scope(*pair) for pair in sorted(found) if pair[1] != FIRM_WIDE)

    def clients(self, firm: str) -> tuple[str, ...]:
        """Registered clients of a firm."""
        self.on_call("clients")
        own = Scope(firm)
        with self.lock:
            found = [key[1] for key in self.items if key[0] == own.firm and key[2] == Client.kind]
        return tuple(sorted(name for name in found if name != FIRM_WIDE))

    def across(self, firm: str, kind: type[A], ids: Mapping[str, str]) -> dict[str, A]:
        """One aggregate of each of several clients."""
        self.on_call("across")
        for client, name in ids.items():
            keys.record_key(Scope(firm, client), str(kind.kind), name)
        with self.lock:
            found = {
                client: self.items.get((firm, client, str(kind.kind), name))
                for client, name in ids.items()
            }
        return {client: item for client, item in found.items() if item is not None}

    def version_of(self, key: Key) -> int:
        """The stored version, 0 for what is not there."""
        item = self.items.get(key)
        return item.version if item is not None else 0

    def write(self, key: Key, aggregate: Aggregate) -> None:
        """Store an aggregate one version up and keep the indexes. The caller holds the lock."""
        self.items[key] = replace(cast(Any, aggregate), version=aggregate.version + 1)
        names = self.listed.setdefault(key[:3], {})
        names.pop(key[3], None)
        if aggregate.list_key is not None:
            names[key[3]] = keys.sort_key(aggregate.list_key)
        self.due_items.pop(key, None)
        if aggregate.due_at is not None:
            self.due_items[key] = (aggregate.due_at, max(aggregate.due_at, self.clock()))


class MemoryBooks(CommittedRows, ExpiringRows):
    """One scope's view of a MemoryStore."""

    def __init__(self, store: MemoryStore, scope: Scope) -> None:
        self._store = store
        self._scope = scope

    @property
    def scope(self) -> Scope:
        """Whose books these are."""
        return self._scope

    def head(self, currency: str) -> Head:
        """The client head."""
        self._store.on_call("get")
        found = self._store.items.get(self._key(Head.kind, Head.id))
        return cast(Head, found) if found is not None else Head(currency)

    def get(self, kind: type[A], id: str) -> A | None:
        """One aggregate."""
        self._store.on_call("get")
        return cast("A | None", self._store.items.get(self._key(str(kind.kind), id)))

    def get_many(self, kind: type[A], ids: Iterable[str]) -> dict[str, A]:
        """Several aggregates, in the order asked for."""
        self._store.on_call("get_many")
        with self._store.lock:
            found = {name: self._store.items.get(self._key(str(kind.kind), name)) for name in ids}
        return {name: item for name, item in found.items() if item is not None}

    def get_together(self, wanted: Wanted) -> dict[tuple[str, str], Aggregate]:
        """Aggregates of several kinds; one alone is one read, as DynamoDB's adapter has it."""
        places = places_of(wanted)
        self._store.on_call("get" if len(places) == 1 else "get_many")
        with self._store.lock:
            found = {place: self._store.items.get(self._key(*place)) for place in places}
        return {place: item for place, item in found.items() if item is not None}

    def ids(
        self, kind: type[A], prefix: str = "", after: str | None = None, limit: int = 100
    ) -> Page:
        """Ids in list-key order; a page key is the last row's list key."""
        self._store.on_call("ids")
        with self._store.lock:
            names = self._store.listed.get((self._scope.firm, self._scope.client, str(kind.kind)))
            rows = sorted((key, name) for name, key in (names or {}).items())
        rest = [
            row for row in rows if row[0].startswith(prefix) and (after is None or row[0] > after)
        ]
        more = rest[limit - 1][0] if len(rest) > limit else None
        return Page(tuple(name for _, name in rest[:limit]), more)

    def save(self, aggregate: Aggregate) -> bool:
        """One conditional put beside the log."""
        self._store.on_call("save:before")
        key = self._key(aggregate.kind, aggregate.id)
        with self._store.lock:
            if self._store.version_of(key) != aggregate.version:
                return False
            self._store.write(key, aggregate)
        self._store.on_call("save:after")
        return True

    def entries(self, after: int = 0, limit: int = 500) -> tuple[Entry, ...]:
        """Log entries after a sequence number."""
        self._store.on_call("entries")
        return tuple(self._store.logs.get(self._scope, [])[after : after + limit])

    def entries_of_payment(self, payment_id: str) -> tuple[Entry, ...]:
        """The payment's own stream."""
        self._store.on_call("entries")
        keys.payment_partition(self._scope, payment_id)
        log = self._store.logs.get(self._scope, [])
        return tuple(entry for entry in log if entry.payment_id == payment_id)
