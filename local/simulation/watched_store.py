"""The store in memory, with somebody who looks at every write and every scope that is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from local.memory_store import MemoryBooks, MemoryStore
from local.simulation.broken import broken
from rowcol.domain.client import Head
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.store import Aggregate, Books, Commit, Committed, Conflict


@dataclass(frozen=True, slots=True)
class Written:
    """One commit that was written: the head and each aggregate as they were before it."""

    commit: Commit
    head: Head
    before: dict[tuple[str, str], Aggregate | None]


class WatchedStore(MemoryStore):
    """Tells `written` of every commit, and refuses scopes outside `allowed` (None: any)."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        on_call: Callable[[str], None],
        written: Callable[[Written], None],
    ) -> None:
        super().__init__(clock, on_call)
        self.written = written
        self.allowed: Scope | None = None

    def books(self, scope: Scope) -> Books:
        """The books of one scope. Raises InvariantBroken."""
        own = self.allowed
        if own is not None and scope not in (own, Scope(own.firm, FIRM_WIDE)):
            broken("no read or write crosses clients", f"{own.client} opened {scope.client}")
        return WatchedBooks(self, scope)


class WatchedBooks(MemoryBooks):
    """Books that report what was written to them."""

    def __init__(self, store: WatchedStore, scope: Scope) -> None:
        super().__init__(store, scope)
        self._watched = store

    def commit(self, commit: Commit) -> Committed | Conflict:
        """As MemoryBooks; reported also when the process dies right after the write."""
        self._watched.on_call("commit:before")
        firm, client = self.scope.firm, self.scope.client
        items = self._watched.items
        head = cast("Head | None", items.get((firm, client, Head.kind, Head.id)))
        before = {
            (put.kind, put.id): cast(
                "Aggregate | None", items.get((firm, client, put.kind, put.id))
            )
            for put in commit.puts
        }
        outcome = self._write_once(commit)
        if isinstance(outcome, Committed):
            self._watched.written(Written(commit, head or Head(commit.head.currency), before))
            self._watched.on_call("commit:after")
        return outcome

    def _write_once(self, commit: Commit) -> Committed | Conflict:
        # The store's own hooks would run before the report; the ones above take their place.
        hook, self._watched.on_call = self._watched.on_call, lambda _call: None
        try:
            return super().commit(commit)
        finally:
            self._watched.on_call = hook
