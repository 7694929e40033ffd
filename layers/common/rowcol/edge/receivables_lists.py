"""Routes that list customers with what they owe and how they pay, and refunds and disputes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from rowcol.domain.receivables.objects import Dispute, Refund, dispute_of, refund_of
from rowcol.domain.receivables.told import ObjectKind, StripeObject
from rowcol.domain.refusal import Refusal
from rowcol.edge.cursor import cursor_of, position_of
from rowcol.edge.operation import Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.receivables import TAG
from rowcol.service.receivables.open_invoices import CustomerRow
from rowcol.service.receivables.overview import customers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """Every customer: those that owe, most overdue first, then those that owe nothing, by name."""

    items: tuple[CustomerRow, ...]
    count: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RefundsPage:
    """Refunds by the instant at which they were made."""

    items: tuple[Refund, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DisputesPage:
    """Disputes: those that are not over by the day of their evidence, then the others."""

    items: tuple[Dispute, ...]
    next_cursor: str | None


class DisputesQuery(PageQuery):
    """`state`: open or over; both when nothing is asked."""

    state: Literal["open", "over"] | None = None


def _customers(read: OfClient) -> Reply | Refusal:
    question = "customers"
    start = position_of(question, read.page.cursor)
    if isinstance(start, Refusal):
        return start
    every = customers(read.books, read.client, read.environment.now())
    end = start + read.page.limit
    following = cursor_of(question, str(end)) if end < len(every) else None
    return Reply(CustomersPage(every[start:end], len(every), following))


def _refunds(read: OfClient) -> Reply:
    return _objects(read, f"{ObjectKind.REFUND.value}#", refund_of, RefundsPage)


def _disputes(read: OfClient) -> Reply:
    state = read.call.query_as(DisputesQuery).state
    prefix = f"{ObjectKind.DISPUTE.value}#{f'{state}#' if state is not None else ''}"
    return _objects(read, prefix, dispute_of, DisputesPage)


def _objects(
    read: OfClient,
    prefix: str,
    of: Callable[[StripeObject], T | None],
    page_of: Callable[[tuple[T, ...], str | None], object],
) -> Reply:
    """A page of objects of Stripe's of which enough was told."""
    page = read.books.ids(StripeObject, prefix, read.page.cursor, read.page.limit)
    found = read.books.get_many(StripeObject, page.ids)
    told = (of(found[name]) for name in page.ids if name in found and not found[name].is_gone)
    return Reply(page_of(tuple(one for one in told if one is not None), page.next_key))


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/receivables/customers", "listCustomers",
                "Every customer: what it owes and how it pays", TAG, CustomersPage, PageQuery,
            ),
            _customers,
        ),
        read_operation(
            Reading(
                "/receivables/refunds", "listRefunds", "Refunds at Stripe", TAG, RefundsPage,
                PageQuery,
            ),
            _refunds,
        ),
        read_operation(
            Reading(
                "/receivables/disputes", "listDisputes", "Disputes at Stripe", TAG, DisputesPage,
                DisputesQuery,
            ),
            _disputes,
        ),
    )
)  # fmt: skip
