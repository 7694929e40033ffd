"""Lists: filters of `GET /bills` and keyset pages (ramp contract, sections 3 and 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from local.simulators.messages import Json, SimRequest, SimResponse, to_wire
from local.simulators.ramp import fields
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.queries import Test, check_query, flag, within
from local.simulators.ramp.view import to_minor

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

PAGE_SIZE_MIN, PAGE_SIZE_MAX, PAGE_SIZE_DEFAULT = 2, 100, 20
_BILL_DATES = {
    "created_at": "created_at",
    "due_date": "due_on",
    "issued_date": "issued_on",
    "paid_at": "paid_at",
}
_RANGE_KEYS = {
    f"{side}_{name}" for side in ("from", "to") for name in (*_BILL_DATES, "payment_date")
}
_EQUAL = {
    "entity_id": "entity_id",
    "vendor_id": "vendor_id",
    "invoice_number": "invoice_number",
    "remote_id": "remote_id",
    "draft_bill_id": "draft_bill_id",
    "payment_id": "payment_id",
    "approval_status": "approval_status",
    "payment_method": "payment_method",
    "payment_status": "status",
    "sync_status": "sync_status",
}
_FLAGS = ("sync_ready", "is_accounting_sync_enabled", "payment_details_missing", "is_archived")
BILL_KEYS = frozenset(
    {*_EQUAL, *_RANGE_KEYS, *_FLAGS, "customer_friendly_payment_id", "purchase_order_id"}
    | {"accounting_field_selection_id", "status_summaries", "min_amount", "max_amount"}
)
# A row as it is shown, or as the JSON text of that.
View = Callable[[Mapping[str, Any]], Json | str]
Bend = Callable[[str], int]


def page(
    request: SimRequest,
    rows: Iterable[Mapping[str, Any]],
    view: View,
    known: Iterable[str] = (),
    order: Sequence[str] | None = None,
    bend: Bend | None = None,
) -> SimResponse:
    """One keyset page. Unknown query keys, a wrong `page_size` and a strange `start` are 422.

    `order`: all ids the cursor may name, filtered out or not: a row that changed while somebody
    pages does not break the list, it is missed or repeated. `bend` lets a fault move the start or
    change the next address.
    """
    query = dict(request.query)
    check_query(query, known)
    size = _page_size(query.get("page_size"))
    chosen = list(rows)
    places = {key: place for place, key in enumerate(order or [row["id"] for row in chosen])}
    if (start := query.get("start")) is not None:
        if start not in places:
            raise refuse(422, "start is not known", fields={"start": ["Not a valid cursor."]})
        begin = places[start] + (bend("shift") if bend else 0)
        chosen = [row for row in chosen if places[row["id"]] > begin]
    following = None
    if size < len(chosen):
        query.update(start=chosen[size - 1]["id"], page_size=str(size))
        base = request.base_url
        if bend and bend("foreign"):
            base = "https://collector.example.net"
        following = f"{base}{request.path}?{urlencode(query)}"
    shown = ", ".join(_text(view(row)) for row in chosen[:size])
    body = f'{{"data": [{shown}], "page": {_text({"next": following})}}}'
    return SimResponse(200, {"content-type": "application/json"}, body.encode())


def _text(shown: Json | str) -> str:
    return shown if isinstance(shown, str) else to_wire(shown).decode()


def _page_size(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE_DEFAULT
    if not text.isdigit() or not PAGE_SIZE_MIN <= int(text) <= PAGE_SIZE_MAX:
        raise refuse(422, "page_size out of range", fields={"page_size": ["out of range"]})
    return int(text)


def filtered_bills(
    core: RampCore, business_id: str, request: SimRequest
) -> list[Mapping[str, Any]]:
    """The business's bills that pass every filter of the query, oldest first."""
    check_query(request.query, BILL_KEYS)
    tests = _tests(core, request.query)
    bills = core.document.rows("bills").values()
    found: list[Mapping[str, Any]] = [bill for bill in bills if bill["business_id"] == business_id]
    for test in tests:
        found = [bill for bill in found if test(bill)]
    return found


def _tests(core: RampCore, query: Mapping[str, str]) -> list[Test]:
    payments = core.document.rows("payments")
    archived = flag(query, "is_archived") or False
    tests: list[Test] = [lambda bill: (bill["archived_at"] is not None) == archived]
    for key, column in _EQUAL.items():
        if key in query:
            tests.append(_equal(column, query[key]))
    if "customer_friendly_payment_id" in query:
        wanted = query["customer_friendly_payment_id"]
        tests.append(lambda bill: payments[bill["payment_id"]]["friendly_id"] == wanted)
    if "status_summaries" in query:
        states = set(query["status_summaries"].split(","))
        tests.append(lambda bill: bill["state"] in states)
    if (ready := flag(query, "sync_ready")) is not None:
        tests.append(lambda bill: _sync_ready(bill) == ready)
    if (enabled := flag(query, "is_accounting_sync_enabled")) is not None:
        tests.append(lambda bill: bill["enable_accounting_sync"] is enabled)
    if (missing := flag(query, "payment_details_missing")) is not None:
        tests.append(lambda bill: (bill["state"] == "PAYMENT_DETAILS_MISSING") == missing)
    if {"purchase_order_id", "accounting_field_selection_id"} & set(query):
        tests.append(lambda bill: False)
    tests.extend(within(query, _BILL_DATES))
    tests.extend(_payment_dates(core, query))
    tests.extend(_amount_tests(query))
    return tests


def _sync_ready(bill: Mapping[str, Any]) -> bool:
    """An approved bill that is not in the ledger, or a paid one whose payment is not."""
    if not bill["enable_accounting_sync"] or bill["approval_status"] != "APPROVED":
        return False
    wanted = "BILL_AND_PAYMENT_SYNCED" if bill["status"] == "PAID" else "BILL_SYNCED"
    return bill["sync_status"] not in (wanted, "BILL_AND_PAYMENT_SYNCED")


def _equal(column: str, wanted: str) -> Test:
    return lambda bill: bill[column] == wanted


def _payment_dates(core: RampCore, query: Mapping[str, str]) -> list[Test]:
    """`payment_date` lies in the payment, and card payments have none."""
    tests = within(query, {"payment_date": "planned_on"})
    payments = core.document.rows("payments")
    card = fields.CARD_METHODS

    def over(test: Test) -> Test:
        return lambda bill: (
            bill["payment_method"] not in card and test(payments[bill["payment_id"]])
        )

    return [over(test) for test in tests]


def _amount_tests(query: Mapping[str, str]) -> list[Test]:
    bounds = ("min_amount", "max_amount")
    return [_amount_test(key == bounds[0], query[key]) for key in bounds if key in query]


def _amount_test(at_least: bool, bound: str) -> Test:
    def test(bill: Mapping[str, Any]) -> bool:
        limit = to_minor(bound, bill["currency"])
        amount: int = bill["amount_minor"]
        return amount >= limit if at_least else amount <= limit

    return test
