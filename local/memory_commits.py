"""The atomic part of a scope's books in memory: commits, with their commands and counters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from rowcol.domain.client import Head
from rowcol.domain.scope import Scope
from rowcol.service import commit_rules, counter_rules
from rowcol.service.store import (
    Aggregate,
    Command,
    Commit,
    Committed,
    Conflict,
    Counter,
    CounterMove,
)
from rowcol.storage import keys

if TYPE_CHECKING:
    from local.memory_store import MemoryStore

Key = tuple[str, str, str, str]
_CHECKED: set[Key] = set()
_CHECKED_MAX = 100_000


def _checked_key(scope: Scope, kind: str, name: str) -> Key:
    """The key of a row. Raises ScopeError: a part could break out of the scope."""
    key = (scope.firm, scope.client, kind, name)
    if key not in _CHECKED:
        keys.record_key(scope, kind, name)
        if len(_CHECKED) >= _CHECKED_MAX:
            _CHECKED.clear()
        _CHECKED.add(key)
    return key


class CommittedRows:
    """The part of a scope's books that is written all or nothing. A table keeps whole seconds."""

    _store: MemoryStore
    _scope: Scope

    def _key(self, kind: str, name: str) -> Key:
        return _checked_key(self._scope, kind, name)

    def counters(self, ids: Iterable[str]) -> dict[str, Counter]:
        """Usage counters, in the order asked for; one that was never moved is zero."""
        self._store.on_call("counters")
        wanted = dict.fromkeys(ids)
        for name in wanted:
            keys.counter_key(self._scope, name)
        with self._store.lock:
            return {name: self._counter(self._scope, name) for name in wanted}

    def _counter(self, scope: Scope, name: str) -> Counter:
        return self._store.counters.get((scope, name), Counter())

    def command(self, key: str) -> Command | None:
        """A stored command answer that has not expired."""
        self._store.on_call("command")
        keys.command_key(self._scope, key)
        return self._live_command(key)

    def _live_command(self, key: str) -> Command | None:
        found = self._store.commands.get((self._scope, key))
        return found if found is not None and found.expires_at > self._store.clock() else None

    def commit(self, commit: Commit) -> Committed | Conflict:
        """All or nothing."""
        self._store.on_call("commit:before")
        commit_rules.check(self._scope, commit)
        with self._store.lock:
            if self._is_repeated(commit):
                return Committed()
            conflicts = self._conflicts(commit)
            if not conflicts and any(map(self._is_overdrawn, commit.counters)):
                raise counter_rules.CounterOverdrawn
            conflicts += self._refused_moves(commit)
            if conflicts:
                return Conflict(tuple(conflicts))
            self._write(commit)
        self._store.on_call("commit:after")
        return Committed()

    def _is_repeated(self, commit: Commit) -> bool:
        known = self._store.tokens.get((self._scope, commit.token or ""))
        if known is not None and known != commit:
            raise commit_rules.TokenReused
        return known is not None

    def _conflicts(self, commit: Commit) -> list[str]:
        version = self._store.version_of
        found = [] if version(self._key(Head.kind, Head.id)) == commit.head.version else [Head.kind]
        found += [
            f"{put.kind}/{put.id}"
            for put in commit.puts
            if version(self._key(put.kind, put.id)) != put.version
        ]
        position = len(self._store.logs.get(self._scope, ()))
        found += ["log" for entry in commit.entries if entry.sequence <= position]
        found += [
            f"{check.kind}/{check.id}"
            for check in commit.checks
            if version((check.scope.firm, check.scope.client, check.kind, check.id))
            != check.version
        ]
        if commit.command is not None and self._live_command(commit.command.key) is not None:
            found.append("command")
        return found

    def _is_overdrawn(self, move: CounterMove) -> bool:
        return counter_rules.is_overdrawn(self._counter(move.scope, move.id), move)

    def _refused_moves(self, commit: Commit) -> list[str]:
        return [
            f"{counter_rules.COUNTER}/{move.id}"
            for move in commit.counters
            if self._is_overdrawn(move)
            or counter_rules.is_above_ceiling(self._counter(move.scope, move.id), move)
        ]

    def _write(self, commit: Commit) -> None:
        for put in (cast(Aggregate, commit.head), *commit.puts):
            self._store.write(self._key(put.kind, put.id), put)
        for move in commit.counters:
            counter = self._counter(move.scope, move.id)
            self._store.counters[(move.scope, move.id)] = counter_rules.moved(counter, move)
        self._store.logs.setdefault(self._scope, []).extend(commit.entries)
        if commit.command is not None:
            # A table keeps the expiry in whole seconds.
            expires_at = commit.command.expires_at.replace(microsecond=0)
            kept = replace(commit.command, expires_at=expires_at)
            self._store.commands[(self._scope, commit.command.key)] = kept
        if commit.token is not None:
            self._store.tokens[(self._scope, commit.token)] = commit
