"""Lists of payments: filters, orders, and pages that lose and repeat nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.memory_views import MemoryViews
from rowcol.domain.lifecycle import Status
from rowcol.domain.scope import Scope
from rowcol.service import payment_list
from rowcol.service.payment_list import (
    PaymentFilter,
    PaymentPage,
    Sorting,
    every_payment,
    list_payments,
)
from rowcol.service.project import PAYMENTS
from rowcol.service.view_ports import FacetPage, Facets, FacetSpan, ViewOrder, ViewRow
from tests.support.payment_rows import (
    SCOPE,
    any_filter,
    any_rows,
    days,
    facets,
    is_wanted,
    order_key,
    stored,
)

EVERYTHING = PaymentFilter()
small = st.sampled_from([1, 2, 3, 7, 200])
sortings = st.builds(
    Sorting, st.sampled_from(list(ViewOrder)), st.booleans(), st.none(), limit=small
)


@contextmanager
def budget(scanned: int, at_once: int) -> Iterator[None]:
    """Small budgets, so that few rows fill pages and end scans."""
    known = payment_list.SCANNED_MAX, payment_list.READ_AT_ONCE
    payment_list.SCANNED_MAX, payment_list.READ_AT_ONCE = scanned, at_once
    try:
        yield
    finally:
        payment_list.SCANNED_MAX, payment_list.READ_AT_ONCE = known


def pages(views: MemoryViews, wanted: PaymentFilter, sorting: Sorting) -> list[PaymentPage]:
    found: list[PaymentPage] = []
    while True:
        found.append(list_payments(views, SCOPE, wanted, sorting))
        if found[-1].next_after is None:
            return found
        assert len(found) < 200, "a list without end"
        sorting = replace(sorting, after=found[-1].next_after)


@settings(max_examples=300, deadline=None)
@given(any_rows, any_filter, sortings, small, st.sampled_from([1, 3, 2_000]))
def test_pages_hold_what_is_wanted_once_and_in_order(
    rows: list[Facets],
    wanted: PaymentFilter,
    sorting: Sorting,
    at_once: int,
    scanned: int,
) -> None:
    views, every = stored(rows)
    with budget(scanned, at_once):
        found = pages(views, wanted, sorting)
    expected = [row for row in every if is_wanted(wanted, row.facets)]
    expected.sort(key=lambda row: order_key(sorting.order, row), reverse=sorting.descending)
    assert [row.key for page in found for row in page.rows] == [row.key for row in expected]
    assert all(len(page.rows) <= sorting.limit for page in found)
    assert all(row.row["of"] == SCOPE.client for page in found for row in page.rows)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ViewOrder)
def test_a_full_last_page_is_the_last_one(order: ViewOrder, descending: bool) -> None:
    views, _ = stored([facets(amount=number) for number in range(4)])
    for limit in (4, 2, 1):
        found = pages(views, EVERYTHING, Sorting(order, descending, None, limit))
        assert [len(page.rows) for page in found] == [limit] * (4 // limit)


def test_no_rows_are_one_empty_page() -> None:
    views, _ = stored([])
    assert list_payments(views, SCOPE, EVERYTHING, Sorting()) == PaymentPage((), None)


def test_a_filter_that_matches_little_gives_short_pages_with_where_to_go_on() -> None:
    views, _ = stored([facets(type="fee" if number == 9 else "refund") for number in range(10)])
    wanted = PaymentFilter(types=frozenset({"fee"}))
    with budget(4, 2):
        found = pages(views, wanted, Sorting(descending=False))
    assert [len(page.rows) for page in found] == [0, 0, 1]
    assert found[0].next_after is not None


def test_a_row_that_is_gone_meanwhile_is_left_out() -> None:
    views, _ = stored([facets(), facets()])

    class Losing(MemoryViews):
        def get_many(self, scope: Scope, view: str, keys: Iterable[str]) -> dict[str, ViewRow]:
            found = super().get_many(scope, view, keys)
            return {key: row for key, row in found.items() if key != "pay_0000"}

    losing = Losing()
    losing.rows = views.rows
    page = list_payments(losing, SCOPE, EVERYTHING, Sorting())
    assert [row.key for row in page.rows] == ["pay_0001"]


def test_a_row_that_moves_between_two_pages_is_seen_where_it_is_then() -> None:
    views, _ = stored([facets(amount=amount) for amount in (1, 2, 3)])
    first = list_payments(views, SCOPE, EVERYTHING, Sorting(ViewOrder.AMOUNT, False, None, 2))
    views.apply([ViewRow(SCOPE, PAYMENTS, "pay_0000", 2, {}, facets(amount=9))])
    rest = list_payments(
        views, SCOPE, EVERYTHING, Sorting(ViewOrder.AMOUNT, False, first.next_after, 2)
    )
    assert [row.key for row in rest.rows] == ["pay_0002", "pay_0000"]


class Counting(MemoryViews):
    """Counts the rows that are looked at."""

    looked_at = 0

    def facets(self, scope: Scope, view: str, order: ViewOrder, span: FacetSpan) -> FacetPage:
        page = super().facets(scope, view, order, span)
        self.looked_at += len(page.rows)
        return page


@pytest.mark.parametrize("status", Status)
def test_one_status_looks_at_rows_of_that_status_only(status: Status) -> None:
    rows = [facets(status=one.value, amount=number) for number in range(3) for one in Status]
    views, _ = stored(rows)
    counting = Counting()
    counting.rows = views.rows
    wanted = PaymentFilter(statuses=frozenset({status.value}))
    page = list_payments(counting, SCOPE, wanted, Sorting())
    assert (len(page.rows), counting.looked_at) == (3, 3)


def test_statuses_that_begin_alike_are_told_apart() -> None:
    names = sorted(status.value for status in Status)
    alike = [pair for pair in itertools.permutations(names, 2) if pair[1].startswith(pair[0])]
    for shorter, longer in [*alike, ("done", "done_x")]:
        views, _ = stored([facets(status=shorter), facets(status=longer)])
        for order in ViewOrder:
            page = list_payments(views, SCOPE, PaymentFilter(frozenset({shorter})), Sorting(order))
            assert [row.key for row in page.rows] == ["pay_0000"]


@settings(deadline=None)
@given(any_rows, st.one_of(st.none(), days), st.one_of(st.none(), days))
def test_every_payment_of_a_span_comes_once_oldest_first(
    rows: list[Facets], first: date | None, last: date | None
) -> None:
    views, every = stored(rows)
    wanted = PaymentFilter(first_day=first, last_day=last)
    found = list(every_payment(views, SCOPE, first, last))
    expected = [row for row in every if is_wanted(wanted, row.facets)]
    assert found == sorted(expected, key=lambda row: order_key(ViewOrder.DATE, row))
