"""The store port: aggregates, the one log, commands. One state change is one atomic write.

A `Books` is bound to one scope and refuses every key outside it (ScopeError). Aggregates carry the
version they were read at; a write succeeds only if that is still the stored version (0: must not
exist yet), and stores version + 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from rowcol.domain.client import Head
from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import SyncRun


class Aggregate(Protocol):
    """What can be stored: a frozen dataclass with a kind, an id, a version and its index keys."""

    @property
    def kind(self) -> str:
        """Name of the kind in keys."""
        ...

    @property
    def id(self) -> str:
        """Id within scope and kind."""
        ...

    @property
    def version(self) -> int:
        """Version as read; 0 when it was never stored."""
        ...

    @property
    def list_key(self) -> str | None:
        """Sort key in the per-client list of its kind, or None when it is not listed."""
        ...

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at it, or None."""
        ...


A = TypeVar("A", bound=Aggregate)
# Ids by kind.
Wanted: TypeAlias = Mapping[type[Any], Iterable[str]]


def places_of(wanted: Wanted) -> list[tuple[str, str]]:
    """(kind, id) of each, once."""
    every = ((str(kind.kind), name) for kind, ids in wanted.items() for name in ids)
    return list(dict.fromkeys(every))


@dataclass(frozen=True, slots=True)
class Command:
    """A command's idempotency record: same key and input give the same answer again."""

    key: str
    input_hash: str
    answer: dict[str, object]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class VersionCheck:
    """An aggregate that must still have the version it was read at, though it is not written.

    Only of the commit's own scope or of its firm (a person's membership, for instance).
    """

    scope: Scope
    kind: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class CounterMove:
    """A change of one usage counter, in minor units: `total` (reserved and used), `used` of it.

    Only of the commit's own scope or of its firm. With a `ceiling` a move that raises the total
    holds only if the total stays at or below it; one that does not raise it is never refused. No
    version: writers that fit do not disturb each other.
    """

    scope: Scope
    id: str
    total: int
    used: int
    ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """A usage counter as read, in minor units. One that was never moved is zero."""

    total: int = 0
    used: int = 0

    @property
    def reserved(self) -> int:
        """What is promised and not used yet."""
        return self.total - self.used


@dataclass(frozen=True, slots=True)
class Commit:
    """One atomic state change of one client.

    `head` carries the version it was read at and already the new sequence, chain and totals;
    `entries` continue the chain; at most 100 items in all, which TransactionTooLarge guards.
    """

    scope: Scope
    head: Head
    puts: Sequence[Aggregate]
    entries: Sequence[Entry]
    checks: Sequence[VersionCheck] = ()
    command: Command | None = None
    token: str | None = None
    counters: Sequence[CounterMove] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """Everything was written."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written: what had changed meanwhile ("head", "bill/<id>", "member/<id>", ...).

    "counter/<id>": its ceiling does not allow the move.
    None of them, when another write was merely under way on the same items.
    """

    items: tuple[str, ...]


class TransactionTooLarge(Exception):
    """A commit of more than 100 items: the use case must work in chunks. A defect."""


class StoreUnavailable(Exception):
    """The store could not answer. Nothing is known to be written; retry with the same token."""


@dataclass(frozen=True, slots=True)
class Page:
    """Ids of one page of a list and where the next page starts (None: no more)."""

    ids: tuple[str, ...]
    next_key: str | None


@dataclass(frozen=True, slots=True)
class SyncPage:
    """Runs of feeds, the latest first, and where the next page starts (None: no more)."""

    runs: tuple[SyncRun, ...]
    next_key: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """Something whose time has come."""

    scope: Scope
    kind: str
    id: str
    due_at: datetime


class Books(Protocol):
    """The books of one client (or, with client "-", of the firm)."""

    @property
    def scope(self) -> Scope:
        """Whose books these are."""
        ...

    def head(self, currency: str) -> Head:
        """The client head, consistently read; a fresh one (version 0) when there is none yet."""
        ...

    def get(self, kind: type[A], id: str) -> A | None:
        """One aggregate, consistently read."""
        ...

    def get_many(self, kind: type[A], ids: Iterable[str]) -> dict[str, A]:
        """Several aggregates, consistently read; missing ones are left out. Any number of ids."""
        ...

    def get_together(self, wanted: Wanted) -> dict[tuple[str, str], Aggregate]:
        """Aggregates of several kinds by (kind, id), as `get_many`: a hundred a call."""
        ...

    def ids(
        self,
        kind: type[A],
        prefix: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Page:
        """Ids in list-key order whose list key starts with `prefix` (eventually consistent)."""
        ...

    def counters(self, ids: Iterable[str]) -> dict[str, Counter]:
        """Counters of this scope, consistently read; all asked ids are in the answer."""
        ...

    def command(self, key: str) -> Command | None:
        """A stored command answer, consistently read."""
        ...

    def commit(self, commit: Commit) -> Committed | Conflict:
        """Write all or nothing.

        Raises ScopeError, TransactionTooLarge, StoreUnavailable; CounterOverdrawn for a counter
        that would go below zero though nothing else had changed.
        """
        ...

    def save(self, aggregate: Aggregate) -> bool:
        """One conditional put beside the log: bank lines, cursors, tokens. False on conflict."""
        ...

    def is_first_use(self, name: str, until: datetime) -> bool:
        """True for one caller only until then, whoever else asks for the same name meanwhile.

        `name` is an id, such as a hash. One conditional put beside records and log.
        """
        ...

    def note_sync(self, run: SyncRun, until: datetime) -> None:
        """Keep a run of a feed beside the log until then. One put; a repeat changes nothing."""
        ...

    def syncs(self, after: str | None = None, limit: int = 50) -> SyncPage:
        """Runs of feeds, the latest first; `after` is the next_key of the page before."""
        ...

    def entries(self, after: int = 0, limit: int = 500) -> tuple[Entry, ...]:
        """Log entries after a sequence number, in order, consistently read."""
        ...

    def entries_of_payment(self, payment_id: str) -> tuple[Entry, ...]:
        """The payment's own stream, in order (eventually consistent)."""
        ...


class Store(Protocol):
    """All books. Only system code, and reads of what one person may see, walk across clients."""

    def books(self, scope: Scope) -> Books:
        """The books of one scope."""
        ...

    def due(self, now: datetime, limit: int = 200) -> tuple[Due, ...]:
        """What is due by `now`, oldest first, of all firms (eventually consistent; may repeat)."""
        ...

    def scopes(self) -> tuple[Scope, ...]:
        """Every client of every firm."""
        ...

    def clients(self, firm: str) -> tuple[str, ...]:
        """Ids of one firm's clients, in order (eventually consistent). One read per thousands."""
        ...

    def across(self, firm: str, kind: type[A], ids: Mapping[str, str]) -> dict[str, A]:
        """One aggregate of each of several clients of a firm, consistently read.

        `ids` by client, and so is the answer, in the same order; missing ones are left out. A
        hundred a call. Raises ScopeError for an id that could leave its client's books.
        """
        ...
