"""List payments from the read model: filtered and sorted on facets, bounded work a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rowcol.domain.scope import Scope
from rowcol.service.project import PAYMENTS
from rowcol.service.view_ports import (
    FacetRow,
    Facets,
    FacetSpan,
    ViewOrder,
    ViewRow,
    Views,
    amount_key,
    facet_key,
)

# Facet rows one answer looks at, at the most: about half a megabyte of index.
SCANNED_MAX = 2_000
READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What a list is narrowed to; empty or None means no narrowing. Amounts in minor units."""

    statuses: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    postings: frozenset[str] = frozenset()
    verifications: frozenset[str] = frozenset()
    counterparty_id: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    amount_from: int | None = None
    amount_to: int | None = None

    def takes(self, facets: Facets) -> bool:
        """Whether a row belongs to the list. Deleted records never do."""
        chosen = (
            (self.statuses, facets.status),
            (self.types, facets.type),
            (self.origins, facets.origin),
            (self.postings, facets.posting),
            (self.verifications, facets.verification),
        )
        return (
            not facets.deleted
            and all(not wanted or found in wanted for wanted, found in chosen)
            and self.counterparty_id in (None, facets.counterparty_id)
            and (self.first_day is None or self.first_day <= facets.day)
            and (self.last_day is None or facets.day <= self.last_day)
            and (self.amount_from is None or self.amount_from <= facets.amount)
            and (self.amount_to is None or facets.amount <= self.amount_to)
        )


@dataclass(frozen=True, slots=True)
class Sorting:
    """In which order, from where on, and how many."""

    order: ViewOrder = ViewOrder.DATE
    descending: bool = True
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Rows of one page. `next_after` is set whenever more may follow, also after a short page."""

    rows: tuple[ViewRow, ...]
    next_after: str | None


def list_payments(
    views: Views, scope: Scope, wanted: PaymentFilter, sorting: Sorting
) -> PaymentPage:
    """One page of a client's payments.

    Looks at SCANNED_MAX facet rows at the most; a filter that matches few of them gives a short
    page and where to go on.
    """
    order = _order(wanted, sorting)
    found: list[FacetRow] = []
    after, scanned = sorting.after, 0
    while scanned < SCANNED_MAX and len(found) < sorting.limit:
        span = _span(wanted, sorting, order, after, READ_AT_ONCE)
        page = views.facets(scope, PAYMENTS, order, span)
        for row in page.rows:
            after = facet_key(order, row.facets, row.key)
            scanned += 1
            if wanted.takes(row.facets):
                found.append(row)
                if len(found) == sorting.limit:
                    break
        else:
            if page.next_key is None:
                after = None
                break
            continue
        # The page was left in the middle, or just at its end.
        last = page.rows[-1]
        if page.next_key is None and facet_key(order, last.facets, last.key) == after:
            after = None
    rows = views.get_many(scope, PAYMENTS, [row.key for row in found])
    return PaymentPage(tuple(rows[row.key] for row in found if row.key in rows), after)


def every_payment(
    views: Views, scope: Scope, first_day: date | None, last_day: date | None
) -> Iterator[FacetRow]:
    """Facets of all payments of a span of days, oldest first, read as they are asked for."""
    wanted = PaymentFilter(first_day=first_day, last_day=last_day)
    sorting = Sorting(descending=False)
    after: str | None = None
    while True:
        page = views.facets(
            scope, PAYMENTS, ViewOrder.DATE, _span(wanted, sorting, ViewOrder.DATE, after, 1_000)
        )
        yield from (row for row in page.rows if not row.facets.deleted)
        after = page.next_key
        if after is None:
            return


def _order(wanted: PaymentFilter, sorting: Sorting) -> ViewOrder:
    """One status by date is a range of the order by status: nothing else is looked at."""
    if sorting.order is ViewOrder.DATE and len(wanted.statuses) == 1:
        return ViewOrder.STATUS
    return sorting.order


def _span(
    wanted: PaymentFilter,
    sorting: Sorting,
    order: ViewOrder,
    after: str | None,
    limit: int,
) -> FacetSpan:
    first: str | None = None
    last: str | None = None
    match order:
        case ViewOrder.DATE:
            first, last = _day(wanted.first_day), _day(wanted.last_day)
        case ViewOrder.AMOUNT:
            first, last = _amount(wanted.amount_from), _amount(wanted.amount_to)
        case ViewOrder.STATUS:
            ordered = sorted(wanted.statuses)
            if len(ordered) == 1:
                [status] = ordered
                first = f"{status}#{_day(wanted.first_day) or ''}"
                last = f"{status}#{_day(wanted.last_day) or ''}"
            elif ordered:
                first, last = f"{ordered[0]}#", f"{ordered[-1]}#"
    return FacetSpan(first, last, sorting.descending, after, limit)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _amount(minor: int | None) -> str | None:
    return amount_key(minor) if minor is not None else None
