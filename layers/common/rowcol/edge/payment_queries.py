"""Routes that read payments: lists and statistics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from rowcol.domain.calendar import local_date
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Origin, Payment, PaymentType, Posting, Verification
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.operation import Operations, Query, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.service.payment_list import PaymentFilter, Sorting, every_payment, list_payments
from rowcol.service.payment_statistics import Statistics, statistics
from rowcol.service.view_ports import ViewOrder

TAG = "Payments"
MINOR_MAX = 10**15
LIST_CHARACTERS_MAX = 400


class Direction(StrEnum):
    """Ascending or descending."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class PaymentsQuery(Query):
    """Filters narrow together; `status` takes several, separated by commas; minor units."""

    status: Annotated[str | None, Field(max_length=LIST_CHARACTERS_MAX)] = None
    type: PaymentType | None = None
    origin: Origin | None = None
    posting: Posting | None = None
    verification: Verification | None = None
    counterparty_id: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    date_from: date | None = None
    date_to: date | None = None
    amount_from: Annotated[int | None, Field(ge=0, le=MINOR_MAX)] = None
    amount_to: Annotated[int | None, Field(ge=0, le=MINOR_MAX)] = None
    sort: ViewOrder = ViewOrder.DATE
    direction: Direction = Direction.DESCENDING
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=1_000)] = None


class SpanQuery(Query):
    """Days of payments' dates, both inclusive."""

    date_from: date | None = None
    date_to: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentItem:
    """A payment as the log shows it at position `sequence`."""

    payment: Payment
    sequence: int


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    """A page. It may be short and still have a `next_cursor`: the filter matched little so far."""

    items: tuple[PaymentItem, ...]
    next_cursor: str | None


def _list(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(PaymentsQuery)
    wanted = _filter(asked)
    if isinstance(wanted, Refusal):
        return wanted
    question = {"filter": wanted, "sort": asked.sort, "direction": asked.direction}
    after = after_of(question, asked.cursor) if asked.cursor is not None else None
    if isinstance(after, Refusal):
        return after
    descending = asked.direction is Direction.DESCENDING
    page = list_payments(
        read.environment.views,
        read.books.scope,
        wanted,
        Sorting(asked.sort, descending, after, asked.limit),
    )
    following = cursor_of(question, page.next_after) if page.next_after else None
    items = [{"payment": row.row, "sequence": row.sequence} for row in page.rows]
    return Reply({"items": items, "next_cursor": following})


def _filter(asked: PaymentsQuery) -> PaymentFilter | Refusal:
    named = [text for text in (asked.status or "").split(",") if text]
    known = {status.value for status in Status}
    unknown = sorted(set(named) - known)
    if unknown or (asked.status is not None and not named):
        return Refusal(
            Code.UNKNOWN_VALUE,
            "check status",
            {"field": "status", "found": [text[:40] for text in unknown], "known": sorted(known)},
        )
    for first, last, field in (
        (asked.date_from, asked.date_to, "date_to"),
        (asked.amount_from, asked.amount_to, "amount_to"),
    ):
        if first is not None and last is not None and last < first:  # type: ignore[operator]  # pairs of one type
            return Refusal(Code.INVALID_INPUT, f"{field} is before its beginning", {"field": field})
    return PaymentFilter(
        frozenset(named),
        _one(asked.type),
        _one(asked.origin),
        _one(asked.posting),
        _one(asked.verification),
        asked.counterparty_id,
        asked.date_from,
        asked.date_to,
        asked.amount_from,
        asked.amount_to,
    )


def _one(value: StrEnum | None) -> frozenset[str]:
    return frozenset() if value is None else frozenset({value.value})


def _statistics(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(SpanQuery)
    if asked.date_from and asked.date_to and asked.date_to < asked.date_from:
        return Refusal(Code.INVALID_INPUT, "date_to is before date_from", {"field": "date_to"})
    rows = every_payment(read.environment.views, read.books.scope, asked.date_from, asked.date_to)
    today = local_date(read.environment.now(), read.client.zone)
    found = statistics(rows, asked.date_from, asked.date_to, today)
    return found if isinstance(found, Refusal) else Reply(found)


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/payments", "listPayments", "Payments, filtered and sorted", TAG, PaymentsPage,
                PaymentsQuery, frozenset({Code.UNKNOWN_VALUE}),
            ),
            _list,
        ),
        read_operation(
            Reading(
                "/payments/summary/statistics", "paymentStatistics",
                "Counts and sums of payments, and their ageing", TAG, Statistics, SpanQuery,
                frozenset({Code.TOO_MANY_ITEMS}),
            ),
            _statistics,
        ),
    )
)  # fmt: skip
