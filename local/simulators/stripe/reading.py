"""The API's reads: lists page by page with their filters, single objects, expansion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, Refusal, SimRequest, SimResponse, json_response
from local.simulators.stripe.errors import missing, refuse
from local.simulators.stripe.settings import EVENT_DAYS_KEPT

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

LISTED: Mapping[str, tuple[str, ...]] = {
    "payouts": ("arrival_date", "created", "destination", "status"),
    "balance_transactions": ("created", "currency", "payout", "source", "type"),
    "charges": ("created", "customer", "payment_intent"),
    "refunds": ("charge", "created", "payment_intent"),
    "disputes": ("charge", "created", "payment_intent"),
    "invoices": ("collection_method", "created", "customer", "due_date", "status"),
    "events": ("created", "delivery_success", "type", "types"),
    "customers": ("created", "email"),
}
_TABLES = {"balance_transactions": "txns"}
_EXPANDED = {
    "balance_transaction": "txns",
    "failure_balance_transaction": "txns",
    "charge": "charges",
    "customer": "customers",
}
_SOURCES = {"ch": "charges", "py": "charges", "re": "refunds", "du": "disputes", "po": "payouts"}
_PAGING = ("limit", "starting_after", "ending_before", "expand")
_RANGES = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}
_LIMIT_DEFAULT, _LIMIT_MAX = 10, 100


class Reading:
    """Handlers of GET below `/v1`."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def account(self, request: SimRequest) -> SimResponse:
        """Whose key this is."""
        key = self._account(request)
        row = self._core.account(key)
        profile = {"name": row["name"]}
        body = {"id": key, "object": "account", "business_profile": profile, "country": "US"}
        return json_response(200, {**body, "default_currency": "usd", "type": "standard"})

    def balance(self, request: SimRequest) -> SimResponse:
        """What is available and what is pending, by currency."""
        key = self._account(request)
        sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
        for row in self._core.of_account("txns", key):
            money = self.shown("txns", row)
            by_currency = sums[money["status"]]
            by_currency[money["currency"]] = by_currency.get(money["currency"], 0) + money["net"]
        body: Json = {"object": "balance", "livemode": self._core.account(key)["livemode"]}
        for name, by_currency in sums.items():
            amounts = by_currency or {"usd": 0}
            body[name] = [{"amount": amounts[one], "currency": one} for one in sorted(amounts)]
        return json_response(200, body)

    def lister(self, name: str) -> Callable[[SimRequest], SimResponse]:
        """The handler of `GET /v1/{name}`."""

        def handler(request: SimRequest) -> SimResponse:
            return self._list(request, name)

        return handler

    def reader(self, name: str) -> Callable[..., SimResponse]:
        """The handler of `GET /v1/{name}/{key}`."""

        def handler(request: SimRequest, key: str) -> SimResponse:
            self._known(request, ())
            row = self._find(name, key, self._account(request))
            found = self.shown(_TABLES.get(name, name), row)
            return json_response(200, self._expand(found, self._wanted(request, "")))

        return handler

    def shown(self, table: str, row: Json) -> Json:
        """A row as the API shows it now."""
        found: Json = dict(row["object"])
        if table == "txns":
            available = found["available_on"] <= self._core.unix()
            found["status"] = "available" if available else "pending"
        return found

    def _list(self, request: SimRequest, name: str) -> SimResponse:
        table = _TABLES.get(name, name)
        self._known(request, LISTED[name])
        account = self._account(request)
        rows = self._core.of_account(table, account)
        rows.sort(key=lambda row: (row["object"]["created"], row.get("number", 0)), reverse=True)
        if "payout" in request.query:
            rows = self._of_payout(rows, request.query["payout"], account)
        if name == "events":
            oldest = (self._core.now() - timedelta(days=EVENT_DAYS_KEPT)).timestamp()
            rows = [row for row in rows if row["object"]["created"] >= oldest]
        found = [self.shown(table, row) for row in rows]
        found = [one for one in found if self._fits(one, request.query)]
        page, more = self._page(found, name, request.query)
        wanted = self._wanted(request, "data.")
        data = [self._expand(one, wanted) for one in page]
        body = {"object": "list", "data": data, "has_more": more, "url": f"/v1/{name}"}
        return json_response(200, body)

    def _of_payout(self, rows: list[Json], payout_id: str, account: str) -> list[Json]:
        """Movements of one automatic payout; before it is reconciled not all of them."""
        payout = self._find("payouts", payout_id, account)["object"]
        if not payout["automatic"]:
            raise refuse(
                "Balance transaction history can only be filtered on automatic transfers, "
                "not manual.",
                param="payout",
            )
        found = [row for row in rows if row["payout"] == payout_id]
        if payout["reconciliation_status"] != "completed":
            how = self._core.setting("unreconciled_listing")
            if how != "all":
                found = found[: len(found) // 2] if how == "partial" else []
        if not self._core.setting("payout_lists_itself"):
            found = [row for row in found if row["object"]["source"] != payout_id]
        return found

    def _fits(self, found: Json, query: Mapping[str, str]) -> bool:
        for name, value in query.items():
            field, _, operator = name.partition("[")
            operator = operator.rstrip("]")
            if field in (*_PAGING, "payout", "delivery_success"):
                continue
            if field == "types":
                names = {text for key, text in query.items() if key.startswith("types")}
                if found["type"] not in names:
                    return False
            elif operator in _RANGES:
                if not _RANGES[operator](found[field], _integer(value, name)):
                    return False
            elif str(found.get(field)) != value:
                return False
        return True

    def _page(
        self, found: list[Json], name: str, query: Mapping[str, str]
    ) -> tuple[list[Json], bool]:
        limit = _integer(query.get("limit", str(_LIMIT_DEFAULT)), "limit")
        if not 1 <= limit <= _LIMIT_MAX:
            raise refuse(f"Invalid integer: {limit}", "parameter_invalid_integer", "limit")
        places = {one["id"]: place for place, one in enumerate(found)}
        if "ending_before" in query:
            end = self._place(places, name, query["ending_before"])
            start = max(0, end - limit)
            return found[start:end], start > 0
        begin = 0
        if "starting_after" in query:
            begin = self._place(places, name, query["starting_after"]) + 1
        return found[begin : begin + limit], len(found) > begin + limit

    def _place(self, places: Mapping[str, int], name: str, key: str) -> int:
        if key not in places:
            raise missing(name.removesuffix("s"), key)
        return places[key]

    def _find(self, name: str, key: str, account: str) -> Json:
        row = self._core.document.get(_TABLES.get(name, name), key)
        if row is None or row["account"] != account:
            raise missing(name.removesuffix("s"), key)
        found: Json = row
        return found

    def _wanted(self, request: SimRequest, prefix: str) -> list[str]:
        names = [value for key, value in request.query.items() if key.startswith("expand")]
        return [name.removeprefix(prefix) for name in names]

    def _expand(self, found: Json, wanted: list[str]) -> Json:
        shown = dict(found)
        for name in wanted:
            key = shown.get(name)
            table = _SOURCES.get(str(key)[:2]) if name == "source" else _EXPANDED.get(name)
            if name not in shown or (table is None and key is not None):
                raise refuse(f"This property cannot be expanded ({name}).", param="expand")
            row = self._core.document.get(table or "", key) if key is not None else None
            if row is not None:
                shown[name] = self.shown(table or "", row)
        return shown

    def _known(self, request: SimRequest, names: tuple[str, ...]) -> None:
        paging = _PAGING if names else ("expand",)
        for name in request.query:
            if name.partition("[")[0] not in (*names, *paging):
                raise refuse(f"Received unknown parameter: {name}", "parameter_unknown", name)

    def _account(self, request: SimRequest) -> str:
        caller = self._core.caller(request)
        if caller is None:
            raise Refusal(self._core.error(401, request))
        return str(caller["account"])


def _integer(text: str, name: str) -> Any:
    if not text.lstrip("-").isdigit():
        raise refuse(f"Invalid integer: {text}", "parameter_invalid_integer", name)
    return int(text)
