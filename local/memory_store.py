"""The store in memory: the same promises as DynamoDB's adapter, held to the same conformance suite.

Values are frozen dataclasses and are kept by reference, which makes thousands of simulated runs fast. `on_call` is
told of every boundary call ("commit:before", "commit:after", "get", ...) and may raise, to play a crash there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from rowcol.domain.client import Client, Head
from rowcol.domain.log import Entry
from rowcol.domain.plain import canonical
from rowcol.domain.scope import FIRM_WIDE, Scope, ScopeError, valid_id
from rowcol.service.store import (
    Aggregate,
    Books,
    Command,
    Commit,
    Committed,
    Conflict,
    Due,
    Page,
    TransactionTooLarge,
    VersionCheck,
    ViewPage,
    ViewRow,
)

A = TypeVar("A", bound=Aggregate)
ITEMS_MAX = 100
Key = tuple[str, str, str, str]


def _quiet(_call: str) -> None:
    """No hook."""


class MemoryStore:
    """All books of all firms, one lock around every operation. `clock` decides when a command record has expired."""

    def __init__(
        self, clock: Callable[[], datetime], on_call: Callable[[str], None] = _quiet
    ) -> None:
        self.clock = clock
        self.on_call = on_call
        self.lock = threading.RLock()
        self.items: dict[Key, Any] = {}
        self.logs: dict[Scope, list[Entry]] = {}
        self.commands: dict[tuple[Scope, str], Command] = {}
        self.tokens: dict[str, Commit] = {}

    def books(self, scope: Scope) -> Books:
        """The books of one scope."""
        return MemoryBooks(self, scope)

    def due(self, now: datetime, limit: int = 200) -> tuple[Due, ...]:
        """Due items, oldest first."""
        self.on_call("due")
        with self.lock:
            found = [
                Due(Scope(key[0], key[1]), key[2], key[3], item.due_at)
                for key, item in self.items.items()
                if key[2] != Head.kind and item.due_at is not None and item.due_at <= now
            ]
        return tuple(sorted(found, key=lambda due: (due.due_at, due.kind, due.id))[:limit])

    def scopes(self) -> tuple[Scope, ...]:
        """Every registered client, the firm's own books left out."""
        self.on_call("scopes")
        with self.lock:
            return tuple(
                sorted(
                    (
                        Scope(key[0], key[1])
                        for key in self.items
                        if key[2] == Client.kind and key[1] != FIRM_WIDE
                    ),
                    key=lambda scope: (scope.firm, scope.client),
                )
            )


class MemoryBooks:
    """One scope's view of a MemoryStore."""

    def __init__(self, store: MemoryStore, scope: Scope) -> None:
        self._store = store
        self._scope = scope

    @property
    def scope(self) -> Scope:
        """Whose books these are."""
        return self._scope

    def _key(self, kind: str, id: str) -> Key:
        if id != FIRM_WIDE and not valid_id(id):
            raise ScopeError(f"bad id {id[:80]!r}")
        return (self._scope.firm, self._scope.client, kind, id)

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
            found = {id: self._store.items.get(self._key(str(kind.kind), id)) for id in ids}
        return {id: item for id, item in found.items() if item is not None}

    def ids(
        self, kind: type[A], prefix: str = "", after: str | None = None, limit: int = 100
    ) -> Page:
        """Ids in list-key order."""
        self._store.on_call("ids")
        with self._store.lock:
            keys = sorted(
                (item.list_key, key[3])
                for key, item in self._store.items.items()
                if key[:3] == (self._scope.firm, self._scope.client, str(kind.kind))
                and item.list_key is not None
                and item.list_key.startswith(prefix)
            )
        rest = [pair for pair in keys if after is None or f"{pair[0]}\n{pair[1]}" > after]
        page = rest[:limit]
        more = f"{page[-1][0]}\n{page[-1][1]}" if len(rest) > limit else None
        return Page(tuple(id for _, id in page), more)

    def command(self, key: str) -> Command | None:
        """A stored command answer that has not expired."""
        self._store.on_call("command")
        found = self._store.commands.get((self._scope, key))
        return found if found is not None and found.expires_at > self._store.clock() else None

    def commit(self, commit: Commit) -> Committed | Conflict:
        """All or nothing."""
        self._store.on_call("commit:before")
        self._check_scope(commit)
        with self._store.lock:
            if commit.token is not None and commit.token in self._store.tokens:
                return Committed()
            conflict = self._conflicts(commit)
            if conflict:
                return Conflict(tuple(conflict))
            self._write(commit)
        self._store.on_call("commit:after")
        return Committed()

    def _check_scope(self, commit: Commit) -> None:
        if commit.scope != self._scope:
            raise ScopeError("commit of another scope")
        if any(
            (entry.firm, entry.client) != (self._scope.firm, self._scope.client)
            for entry in commit.entries
        ):
            raise ScopeError("entry of another scope")
        if any(
            check.scope not in (self._scope, Scope(self._scope.firm)) for check in commit.checks
        ):
            raise ScopeError("check of another scope")
        count = (
            1
            + len(commit.puts)
            + len(commit.entries)
            + len(commit.checks)
            + (commit.command is not None)
        )
        if count > ITEMS_MAX:
            raise TransactionTooLarge(str(count))
        for entry in commit.entries:
            canonical(entry.data)

    def _conflicts(self, commit: Commit) -> list[str]:
        found: list[str] = []
        if self._version(Head.kind, Head.id) != commit.head.version:
            found.append("head")
        found += [
            f"{put.kind}/{put.id}"
            for put in commit.puts
            if self._version(put.kind, put.id) != put.version
        ]
        found += [
            f"{check.kind}/{check.id}"
            for check in commit.checks
            if self._version_of(check) != check.version
        ]
        log = self._store.logs.get(self._scope, [])
        if commit.entries and commit.entries[0].sequence != len(log) + 1:
            found.append("log")
        if commit.command is not None and self._live_command(commit.command.key):
            found.append("command")
        return found

    def _live_command(self, key: str) -> bool:
        known = self._store.commands.get((self._scope, key))
        return known is not None and known.expires_at > self._store.clock()

    def _version(self, kind: str, id: str) -> int:
        item = self._store.items.get(self._key(kind, id))
        return item.version if item is not None else 0

    def _version_of(self, check: VersionCheck) -> int:
        item = self._store.items.get((check.scope.firm, check.scope.client, check.kind, check.id))
        return item.version if item is not None else 0

    def _write(self, commit: Commit) -> None:
        written: list[Aggregate] = [cast(Aggregate, commit.head), *commit.puts]
        for put in written:
            self._store.items[self._key(put.kind, put.id)] = replace(
                cast(Any, put), version=put.version + 1
            )
        self._store.logs.setdefault(self._scope, []).extend(commit.entries)
        if commit.command is not None:
            self._store.commands[(self._scope, commit.command.key)] = commit.command
        if commit.token is not None:
            self._store.tokens[commit.token] = commit

    def save(self, aggregate: Aggregate) -> bool:
        """One conditional put beside the log."""
        self._store.on_call("save:before")
        with self._store.lock:
            if self._version(aggregate.kind, aggregate.id) != aggregate.version:
                return False
            key = self._key(aggregate.kind, aggregate.id)
            self._store.items[key] = replace(cast(Any, aggregate), version=aggregate.version + 1)
        self._store.on_call("save:after")
        return True

    def entries(self, after: int = 0, limit: int = 500) -> tuple[Entry, ...]:
        """Log entries after a sequence number."""
        self._store.on_call("entries")
        return tuple(self._store.logs.get(self._scope, [])[after : after + limit])

    def entries_of_payment(self, payment_id: str) -> tuple[Entry, ...]:
        """The payment's own stream."""
        self._store.on_call("entries")
        return tuple(
            entry
            for entry in self._store.logs.get(self._scope, [])
            if entry.payment_id == payment_id
        )


class MemoryViews:
    """Read models in memory."""

    def __init__(self, on_call: Callable[[str], None] = _quiet) -> None:
        self.on_call = on_call
        self.rows: dict[tuple[Scope, str, str], ViewRow] = {}

    def apply(self, rows: Sequence[ViewRow]) -> None:
        """Store rows that are newer than what is there."""
        self.on_call("views:apply")
        for row in rows:
            key = (row.scope, row.view, row.key)
            known = self.rows.get(key)
            if known is None or known.sequence < row.sequence:
                self.rows[key] = row

    def page(
        self, scope: Scope, view: str, prefix: str = "", after: str | None = None, limit: int = 50
    ) -> ViewPage:
        """Rows in key order."""
        names = sorted(
            key[2]
            for key in self.rows
            if key[:2] == (scope, view)
            and key[2].startswith(prefix)
            and (after is None or key[2] > after)
        )
        page = names[:limit]
        return ViewPage(
            tuple(self.rows[(scope, view, name)] for name in page),
            page[-1] if len(names) > limit else None,
        )

    def get(self, scope: Scope, view: str, key: str) -> ViewRow | None:
        """One row."""
        return self.rows.get((scope, view, key))
