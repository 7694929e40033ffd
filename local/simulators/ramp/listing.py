"""Lists: filters of `GET /bills` and keyset pages (ramp contract, sections 3 and 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from local.simulators.clock import parse_instant
from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.view import to_minor

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

PAGE_SIZE_MIN, PAGE_SIZE_MAX, PAGE_SIZE_DEFAULT = 2, 100, 20
_DATES = ("created_at", "due_date", "issued_date", "paid_at", "payment_date")
_RANGE_KEYS = {f"{side}_{name}" for side in ("from", "to") for name in _DATES}
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
View = Callable[[Mapping[str, Any]], Json]


def page(
    request: SimRequest, rows: Iterable[Mapping[str, Any]], view: View, known: Iterable[str] = ()
) -> SimResponse:
    """One keyset page. Unknown query keys, a wrong `page_size` and a strange `start` are 422."""
    query = dict(request.query)
    if unknown := set(query) - set(known) - {"start", "page_size"}:
        problems = {key: ["Unknown field."] for key in sorted(unknown)}
        raise refuse(422, "unknown field", fields=problems)
    size = _page_size(query.get("page_size"))
    ordered = list(rows)
    begin = 0
    if (start := query.get("start")) is not None:
        places = [place for place, row in enumerate(ordered) if row["id"] == start]
        if not places:
            raise refuse(422, "start is not known", fields={"start": ["Not a valid cursor."]})
        begin = places[0] + 1
    chosen = ordered[begin : begin + size]
    following = None
    if begin + size < len(ordered):
        query.update(start=chosen[-1]["id"], page_size=str(size))
        following = f"{request.base_url}{request.path}?{urlencode(query)}"
    body = {"data": [view(row) for row in chosen], "page": {"next": following}}
    return json_response(200, body)


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
    tests = _tests(core, request.query)
    bills = core.document.rows("bills").values()
    return [
        bill
        for bill in bills
        if bill["business_id"] == business_id and all(test(bill) for test in tests)
    ]


Test = Callable[[Mapping[str, Any]], bool]


def _tests(core: RampCore, query: Mapping[str, str]) -> list[Test]:
    payments = core.document.rows("payments")
    archived = _flag(query, "is_archived") or False
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
    if (ready := _flag(query, "sync_ready")) is not None:
        tests.append(lambda bill: (bill["sync_status"] == "NOT_SYNCED") == ready)
    if (enabled := _flag(query, "is_accounting_sync_enabled")) is not None:
        tests.append(lambda bill: bill["enable_accounting_sync"] is enabled)
    if (missing := _flag(query, "payment_details_missing")) is not None:
        tests.append(lambda bill: (bill["state"] == "PAYMENT_DETAILS_MISSING") == missing)
    if {"purchase_order_id", "accounting_field_selection_id"} & set(query):
        tests.append(lambda bill: False)
    tests.extend(_range_tests(core, query))
    tests.extend(_amount_tests(query))
    return tests


def _equal(column: str, wanted: str) -> Test:
    return lambda bill: bill[column] == wanted


def _range_tests(core: RampCore, query: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    for key in sorted(_RANGE_KEYS & set(query)):
        side, name = key.split("_", 1)
        bound = _instant(key, query[key])
        tests.append(_in_range(core, name, side, bound))
    return tests


def _in_range(core: RampCore, name: str, side: str, bound: datetime) -> Test:
    def test(bill: Mapping[str, Any]) -> bool:
        values = {
            "created_at": bill["created_at"],
            "due_date": bill["due_on"],
            "issued_date": bill["issued_on"],
            "paid_at": bill["paid_at"],
            "payment_date": core.document.rows("payments")[bill["payment_id"]]["planned_on"],
        }
        if name == "payment_date" and bill["payment_method"] in fields.CARD_METHODS:
            return False
        value = values[name]
        if value is None:
            return False
        instant = parse_instant(value)
        return instant >= bound if side == "from" else instant <= bound

    return test


def _amount_tests(query: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    for key in ("min_amount", "max_amount"):
        if key in query:
            if fields.decimal(query[key]):
                raise refuse(422, "validation error", fields={key: ["Not a valid number."]})
            tests.append(_amount_test(key == "min_amount", query[key]))
    return tests


def _amount_test(at_least: bool, bound: str) -> Test:
    def test(bill: Mapping[str, Any]) -> bool:
        limit = to_minor(bound, bill["currency"])
        amount: int = bill["amount_minor"]
        return amount >= limit if at_least else amount <= limit

    return test


def _flag(query: Mapping[str, str], key: str) -> bool | None:
    if key not in query:
        return None
    text = query[key].lower()
    if text not in ("true", "false"):
        raise refuse(422, "validation error", fields={key: ["Not a valid boolean."]})
    return text == "true"


def _instant(key: str, text: str) -> datetime:
    try:
        # A plus sign in a query means a blank; real clients meet the same.
        return parse_instant(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise refuse(422, "validation error", fields={key: ["Not a valid date."]}) from None
