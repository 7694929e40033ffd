"""The store port: aggregates, the one log, commands. One state change is one atomic write.

A `Books` is bound to one scope and refuses every key outside it (ScopeError). Aggregates carry the
version they were read at; a write succeeds only if that is still the stored version (0: must not
exist yet), and stores version + 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from rowcol.domain.client import Head
from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope


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

    def entries(self, after: int = 0, limit: int = 500) -> tuple[Entry, ...]:
        """Log entries after a sequence number, in order, consistently read."""
        ...

    def entries_of_payment(self, payment_id: str) -> tuple[Entry, ...]:
        """The payment's own stream, in order (eventually consistent)."""
        ...


class Store(Protocol):
    """All books. Only system code walks across clients."""

    def books(self, scope: Scope) -> Books:
        """The books of one scope."""
        ...

    def due(self, now: datetime, limit: int = 200) -> tuple[Due, ...]:
        """What is due by `now`, oldest first, of all firms (eventually consistent; may repeat)."""
        ...

    def scopes(self) -> tuple[Scope, ...]:
        """Every client of every firm."""
        ...


class ViewOrder(StrEnum):
    """Orders in which rows with facets can be read besides their key."""

    DATE = "date"
    AMOUNT = "amount"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Facets:
    """The few facts of a row that lists filter, sort and count by. Amount in minor units.

    Orders: DATE by `day` and key, AMOUNT by `amount` and key, STATUS by `status`, `day` and key.
    """

    status: str
    type: str
    day: date
    amount: int
    currency: str
    counterparty_id: str | None
    counterparty_name: str
    posting: str
    verification: str
    created_at: datetime
    origin: str
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One row of a read model, as of log position `sequence`; older never replaces newer."""

    scope: Scope
    view: str
    key: str
    sequence: int
    row: dict[str, object]
    facets: Facets | None = None


@dataclass(frozen=True, slots=True)
class FacetRow:
    """What an ordered read gives of a row: its key and its facets, not the row itself."""

    key: str
    facets: Facets


@dataclass(frozen=True, slots=True)
class FacetPage:
    """A page of an ordered read and the cursor of the next one."""

    rows: tuple[FacetRow, ...]
    next_key: str | None


@dataclass(frozen=True, slots=True)
class ViewPage:
    """A page of rows and the cursor of the next one."""

    rows: tuple[ViewRow, ...]
    next_key: str | None


@dataclass(frozen=True, slots=True)
class FacetSpan:
    """Which part of an ordered read: bounds on the order's text key, both inclusive, and a page.

    `first` and `last` are texts as `facet_key` writes them, or prefixes of them (a `last` takes in
    all that begins with it); `after` is the `next_key` of the page before.
    """

    first: str | None = None
    last: str | None = None
    descending: bool = False
    after: str | None = None
    limit: int = 100


# Money's largest amount has sixteen digits.
AMOUNT_DIGITS = 16


class UnsortableAmount(Exception):
    """An amount below zero or beyond what Money holds: its text would sort in the wrong place."""


def amount_key(minor: int) -> str:
    """An amount in minor units as the text by which AMOUNT sorts. Raises UnsortableAmount."""
    if not 0 <= minor < 10**AMOUNT_DIGITS:
        raise UnsortableAmount(str(minor))
    return f"{minor:0{AMOUNT_DIGITS}d}"


def facet_key(order: ViewOrder, facets: Facets, key: str) -> str:
    """The text by which an order sorts a row; equal facts are ordered by the row's key."""
    match order:
        case ViewOrder.DATE:
            return f"{facets.day.isoformat()}#{key}"
        case ViewOrder.AMOUNT:
            return f"{amount_key(facets.amount)}#{key}"
        case ViewOrder.STATUS:
            return f"{facets.status}#{facets.day.isoformat()}#{key}"


class Views(Protocol):
    """Read models: rebuildable from the log and from nothing else."""

    def apply(self, rows: Sequence[ViewRow]) -> None:
        """Store rows; each unless a state of a higher sequence is stored."""
        ...

    def remove(self, row: ViewRow) -> bool:
        """Take a row away if it is still as it was read; False when it moved on."""
        ...

    def page(
        self,
        scope: Scope,
        view: str,
        prefix: str = "",
        after: str | None = None,
        limit: int = 50,
    ) -> ViewPage:
        """Rows of one view in key order."""
        ...

    def get(self, scope: Scope, view: str, key: str) -> ViewRow | None:
        """One row, consistently read."""
        ...

    def get_many(self, scope: Scope, view: str, keys: Iterable[str]) -> dict[str, ViewRow]:
        """Several rows; missing ones are left out. Any number of keys."""
        ...

    def facets(self, scope: Scope, view: str, order: ViewOrder, span: FacetSpan) -> FacetPage:
        """Facets of rows in an order; fewer rows than the limit only at the end."""
        ...


class Executions(Protocol):
    """The workflow engine: executions are disposable, the store is the truth."""

    def start(self, scope: Scope, payment_id: str, attempt: int) -> None:
        """Start the custody execution named by payment and attempt; a repeat is harmless."""
        ...

    def resume(self, token: str, output: dict[str, object]) -> bool:
        """Complete a waiting task. False when the token is gone (the sweep starts again)."""
        ...

    def clear_date(self, scope: Scope, bill_id: str) -> None:
        """Have an open wish to clear Ramp's date carried out soon, elsewhere; repeats are safe."""
        ...

    def refresh_balance(self, scope: Scope) -> None:
        """Have a client's balance read live soon, beside this process."""
        ...
