"""Bills of a client that a person can take up now: to be staged, or staged and to be decided.

Read from the open work alone: one read of the client's queue (a megabyte each), and one read per
hundred ready bills. What is over costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from rowcol.domain.link import Feed
from rowcol.domain.money import Money
from rowcol.domain.plain import from_plain
from rowcol.domain.queue import Queued, QueueKind, urgency
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.project import BILLS
from rowcol.service.store import Books

RAIL_FEED = "rail"
_IN_THE_WAY = frozenset(map(str, (Code.BILL_NOT_OPEN, Code.BILL_NOT_APPROVED)))


class ReadyFor(StrEnum):
    """What comes next: to be staged, or decided."""

    STAGING = "staging"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class ReadyBill:
    """A bill as the log shows it at `sequence`; `place` is its place among the ready ones."""

    bill: dict[str, Any]
    sequence: int
    ready_for: ReadyFor
    due_on: date | None
    rail_date: date | None
    vendor_id: str | None
    vendor_name: str
    amount: Money
    place: str


@dataclass(frozen=True, slots=True)
class VendorReady:
    """Ready bills of one vendor: how many, how much of each currency, the earliest days."""

    vendor_id: str | None
    vendor_name: str
    count: int
    amounts: tuple[Money, ...]
    due_on: date | None
    rail_date: date | None


@dataclass(frozen=True, slots=True)
class _Rail:
    """What is needed of a snapshot's reading."""

    amount: Money
    vendor_name: str = ""
    vendor_id: str | None = None


def synced_at(books: Books) -> datetime | None:
    """When all open bills were last read from Ramp; None before the first time. One read."""
    feed = books.get(Feed, RAIL_FEED)
    return feed.read_through if feed is not None else None


def ready_bills(environment: Environment, scope: Scope) -> tuple[ReadyBill, ...]:
    """All of a client's ready bills, the most urgent first."""
    now = environment.now()
    found: dict[str, tuple[ReadyFor, Queued]] = {}
    for row in environment.views.queue(scope.firm, scope.client):
        queued = row.queue.at(now) if row.view == BILLS else None
        wanted = _ready_for(queued) if queued is not None else None
        if queued is not None and wanted is not None:
            found[row.key] = (wanted, queued)
    rows = environment.views.get_many(scope, BILLS, found)
    ready = (_ready(rows[key].row, rows[key].sequence, *found[key]) for key in found if key in rows)
    return tuple(sorted(ready, key=lambda one: one.place))


def _ready_for(queued: Queued) -> ReadyFor | None:
    """Bills that lack something, or wait for approval in Ramp, are not ready."""
    match queued.kind:
        case QueueKind.TO_DECIDE:
            return ReadyFor.DECISION if queued.code not in _IN_THE_WAY else None
        case QueueKind.TO_STAGE:
            return ReadyFor.STAGING if not queued.waiting_in_ramp else None
        case QueueKind.TO_RELEASE:
            # Nobody here took it up, and Ramp waits for its own release: it can still be staged.
            return ReadyFor.STAGING if queued.due_on is not None else None
        case _:
            return None


def _ready(bill: dict[str, Any], sequence: int, wanted: ReadyFor, queued: Queued) -> ReadyBill:
    rail = from_plain(_Rail, bill["rail"])
    return ReadyBill(
        bill,
        sequence,
        wanted,
        queued.due_on,
        queued.rail_date,
        rail.vendor_id,
        rail.vendor_name,
        rail.amount,
        f"{urgency(queued)}#{bill['id']}",
    )


def by_vendor(ready: Iterable[ReadyBill]) -> tuple[VendorReady, ...]:
    """Ready bills summed up by vendor, by name; those without a vendor's id by their name alone."""
    groups: dict[tuple[str | None, str], list[ReadyBill]] = {}
    for one in ready:
        key = (one.vendor_id, "" if one.vendor_id else one.vendor_name)
        groups.setdefault(key, []).append(one)
    told = [_vendor(group) for group in groups.values()]
    return tuple(sorted(told, key=lambda one: (one.vendor_name, one.vendor_id or "")))


def _vendor(group: list[ReadyBill]) -> VendorReady:
    sums: dict[str, Money] = {}
    for one in group:
        currency = one.amount.currency
        sums[currency] = sums.get(currency, Money.zero(currency)) + one.amount
    first = group[0]
    return VendorReady(
        first.vendor_id,
        first.vendor_name,
        len(group),
        tuple(sums[currency] for currency in sorted(sums)),
        min((one.due_on for one in group if one.due_on is not None), default=None),
        min((one.rail_date for one in group if one.rail_date is not None), default=None),
    )
