"""Rows of the payments' read model by the hundred, as hypothesis likes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from local.memory_views import MemoryViews
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Origin, PaymentType, Posting, Verification
from rowcol.domain.scope import Scope
from rowcol.service.payment_list import PaymentFilter
from rowcol.service.project import PAYMENTS
from rowcol.service.view_ports import FacetRow, Facets, ViewOrder, ViewRow
from tests.support.domain.builders import FRIDAY, NOW

SCOPE = Scope("maple", "bluebird")
VENDORS = ("vendor-1", "vendor-2", "vendor-3")
AMOUNTS = (1, 2, 9, 10, 99, 100, 125_000)
_DAYS = [FRIDAY + timedelta(days=offset) for offset in (-400, -31, -1, 0, 1, 2, 30, 60)]


def facets(**changes: Any) -> Facets:
    """A payment of 1,250.00 on FRIDAY."""
    fields: dict[str, Any] = {
        "status": "pending",
        "type": "vendor_payment",
        "day": FRIDAY,
        "amount": 125_000,
        "currency": "USD",
        "counterparty_id": "vendor-1",
        "counterparty_name": "Acme Supplies",
        "posting": "draft",
        "verification": "awaiting",
        "created_at": NOW,
        "origin": "decision",
    }
    return Facets(**(fields | changes))


days = st.sampled_from(_DAYS)
amounts = st.sampled_from(AMOUNTS)
any_facets = st.builds(
    facets,
    status=st.sampled_from([status.value for status in Status]),
    type=st.sampled_from([kind.value for kind in PaymentType]),
    day=days,
    amount=amounts,
    currency=st.sampled_from(["USD", "USD", "CAD"]),
    counterparty_id=st.sampled_from([*VENDORS, None]),
    counterparty_name=st.sampled_from(["Acme", "Birch", "Cedar"]),
    posting=st.sampled_from([posting.value for posting in Posting]),
    verification=st.sampled_from([verification.value for verification in Verification]),
    origin=st.sampled_from([origin.value for origin in Origin]),
    deleted=st.sampled_from([False, False, False, True]),
)
any_rows = st.lists(any_facets, max_size=40)


def _some(values: list[str]) -> st.SearchStrategy[frozenset[str]]:
    nothing: frozenset[str] = frozenset()
    return st.one_of(st.just(nothing), st.frozensets(st.sampled_from(values), max_size=3))


any_filter = st.builds(
    PaymentFilter,
    statuses=_some([status.value for status in Status]),
    types=_some([kind.value for kind in PaymentType]),
    origins=_some([origin.value for origin in Origin]),
    postings=_some([posting.value for posting in Posting]),
    verifications=_some([verification.value for verification in Verification]),
    counterparty_id=st.sampled_from([None, None, *VENDORS, "vendor-9"]),
    first_day=st.one_of(st.none(), days),
    last_day=st.one_of(st.none(), days),
    amount_from=st.one_of(st.none(), amounts),
    amount_to=st.one_of(st.none(), amounts),
)


def stored(rows: list[Facets]) -> tuple[MemoryViews, list[FacetRow]]:
    """Views with these rows, beside rows of another client and another view."""
    found = [FacetRow(f"pay_{place:04d}", row) for place, row in enumerate(rows)]
    views = MemoryViews()
    for scope in (SCOPE, Scope("maple", "cedar"), Scope("oak", "bluebird")):
        views.apply([_row(scope, PAYMENTS, row) for row in found])
        views.apply([_row(scope, "others", row) for row in found])
    others = [FacetRow("pay_other", facets())]
    views.apply([_row(Scope("maple", "cedar"), PAYMENTS, row) for row in others])
    return views, found


def _row(scope: Scope, view: str, row: FacetRow) -> ViewRow:
    return ViewRow(scope, view, row.key, 1, {"id": row.key, "of": scope.client}, row.facets)


def order_key(order: ViewOrder, row: FacetRow) -> tuple[Any, ...]:
    """How an order sorts, said without texts."""
    match order:
        case ViewOrder.DATE:
            return (row.facets.day, row.key)
        case ViewOrder.AMOUNT:
            return (row.facets.amount, row.key)
        case ViewOrder.STATUS:
            return (row.facets.status, row.facets.day, row.key)


def is_wanted(wanted: PaymentFilter, row: Facets) -> bool:
    """The filter once more, said in another way."""
    checks = [not row.deleted]
    for values, value in (
        (wanted.statuses, row.status),
        (wanted.types, row.type),
        (wanted.origins, row.origin),
        (wanted.postings, row.posting),
        (wanted.verifications, row.verification),
    ):
        checks.append(len(values) == 0 or value in values)
    if wanted.counterparty_id is not None:
        checks.append(row.counterparty_id == wanted.counterparty_id)
    low, high = wanted.first_day or date.min, wanted.last_day or date.max
    checks.append(low <= row.day <= high)
    least = wanted.amount_from if wanted.amount_from is not None else 0
    most = wanted.amount_to if wanted.amount_to is not None else 10**20
    checks.append(least <= row.amount <= most)
    return all(checks)
