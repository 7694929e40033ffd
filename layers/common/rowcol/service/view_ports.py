"""The port of read models: rows in key order, and rows with facets in three more orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from rowcol.domain.queue import Queued, urgency
from rowcol.domain.scope import Scope
from rowcol.domain.tray_facts import TrayFacts


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
    """One row of a read model, as of log position `sequence`; older never replaces newer.

    `queue`: why it is open work, None when it is not. `tray`: of an item of the tray.
    """

    scope: Scope
    view: str
    key: str
    sequence: int
    row: dict[str, object]
    facets: Facets | None = None
    queue: Queued | None = None
    tray: TrayFacts | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """What the queue gives of a row: where it is, its position, and why it is open work."""

    scope: Scope
    view: str
    key: str
    sequence: int
    queue: Queued


@dataclass(frozen=True, slots=True)
class TrayRow:
    """What the list of the tray gives of an item: where it is, and its few facts."""

    scope: Scope
    key: str
    tray: TrayFacts


@dataclass(frozen=True, slots=True)
class TrayRows:
    """A page of closed items, and the cursor of the next one."""

    rows: tuple[TrayRow, ...]
    next_key: str | None


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


def queue_key(client: str, view: str, key: str, queued: Queued) -> str:
    """The text by which the queue of a firm sorts a row: client, urgency, then its place."""
    return f"{client}#{urgency(queued)}#{view}#{key}"


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

    def rows_of(
        self, firm: str, view: str, places: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], ViewRow]:
        """Rows of several clients by (client, key); missing ones are left out. A hundred a call."""
        ...

    def tray(self, firm: str, client: str | None = None) -> tuple[TrayRow, ...]:
        """All live items of a firm's tray, or of one client's, by client, severity and age.

        As many reads as they have megabytes; closed ones cost nothing. Eventually consistent.
        """
        ...

    def closed_tray(
        self, firm: str, client: str, after: str | None = None, limit: int = 50
    ) -> TrayRows:
        """Closed items of one client, the latest first; `after` is the page before's `next_key`."""
        ...

    def queue(self, firm: str, client: str | None = None) -> tuple[QueueRow, ...]:
        """All open work of a firm, or of one client, by client and urgency.

        As many reads as the open rows have megabytes; rows that are not open cost nothing.
        Eventually consistent.
        """
        ...
