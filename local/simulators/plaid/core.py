"""The Plaid simulator: routes, limits, timed effects (plaid contract, section 10)."""

from __future__ import annotations

import string
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import Json, SimRequest, SimResponse, json_response, to_wire
from local.simulators.plaid.bank import Bank
from local.simulators.plaid.errors import error_response, refuse
from local.simulators.plaid.items import Items
from local.simulators.plaid.levers import Levers
from local.simulators.plaid.notices import Notices
from local.simulators.plaid.products import Products
from local.simulators.plaid.seeding import PlaidSeed
from local.simulators.routing import Route

_ALPHABET = string.ascii_letters + string.digits
_WINDOW_SECONDS = 60
# Per minute: per item, per client, and the code of the refusal.
_LIMITS: Mapping[str, Mapping[str, tuple[int | None, int, str]]] = {
    "production": {
        "/accounts/get": (15, 15_000, "ACCOUNTS_LIMIT"),
        "/accounts/balance/get": (5, 1_200, "ACCOUNTS_BALANCE_GET_LIMIT"),
        "/transactions/sync": (50, 2_500, "TRANSACTIONS_LIMIT"),
        "/item/get": (15, 5_000, "ITEM_GET_LIMIT"),
        "/item/remove": (30, 2_000, "ITEM_REMOVE_LIMIT"),
    },
    "sandbox": {
        "/accounts/get": (100, 5_000, "ACCOUNTS_LIMIT"),
        "/accounts/balance/get": (25, 1_200, "ACCOUNTS_BALANCE_GET_LIMIT"),
        "/transactions/sync": (50, 1_000, "TRANSACTIONS_LIMIT"),
        "/item/get": (40, 5_000, "ITEM_GET_LIMIT"),
    },
}
_INSTITUTIONS = {"ins_109508": "First Platypus Bank", "ins_128026": "Capital One"}


class PlaidCore(SimulatorCore):
    """Plaid and the banks behind it, for many items."""

    rail = "plaid"
    fault_kinds = frozenset(
        {"bank_skip", "bank_amount", "bank_delay", "bank_no_reference", "sync_mutation"}
        | {"institution_down", "institution_not_responding", "login_required", "maintenance"}
    )
    default_settings: ClassVar[Mapping[str, Any]] = {
        "environment": "production",
        "balance_delay_seconds": [1.0, 1.0],
        "poll_interval_hours": 6,
        "posting_business_days": 1,
        "initial_update_seconds": 30,
        "historical_update_seconds": 120,
        "rate_limits": True,
        "sign_with_own_clock": True,
        "retry_time_factor": 1.0,
    }

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.bank = Bank(self)
        self.items = Items(self)
        self.notices = Notices(self)
        self.levers = Levers(self)
        self.seeding = PlaidSeed(self)
        self._products = Products(self)
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        super().__init__(document, ambient)

    def prepare(self) -> None:
        """The first signing key."""
        if not self.document.rows("keys"):
            self.notices.new_key()

    def routes(self) -> Iterable[Route]:
        """Every path is POST; sandbox paths exist in the sandbox only."""
        items, products = self.items, self._products
        table: list[tuple[str, Callable[..., SimResponse], str]] = [
            ("/accounts/get", products.accounts_get, "read"),
            ("/accounts/balance/get", products.balance_get, "read"),
            ("/transactions/sync", products.sync, "read"),
            ("/transactions/refresh", products.refresh, "write"),
            ("/item/get", items.get, "read"),
            ("/item/remove", items.remove, "write"),
            ("/item/webhook/update", items.update_webhook, "write"),
            ("/item/public_token/exchange", items.exchange, "auth"),
            ("/link/token/create", items.link_token, "auth"),
            ("/institutions/get_by_id", items.institution, "read"),
            ("/webhook_verification_key/get", self.notices.get_key, "read"),
            ("/sandbox/public_token/create", items.sandbox_public_token, "write"),
            ("/sandbox/item/fire_webhook", items.sandbox_fire, "write"),
            ("/sandbox/item/reset_login", items.sandbox_reset_login, "write"),
            ("/sandbox/transactions/create", items.sandbox_transactions, "write"),
        ]
        return [Route("POST", path, handler, effect) for path, handler, effect in table]

    def before(self, route: Route, request: SimRequest) -> SimResponse | None:
        """Sandbox gate, faults with Plaid's own codes, limits per item and per client."""
        if route.template.startswith("/sandbox/") and self.setting("environment") != "sandbox":
            return error_response("NOT_FOUND", "only in the sandbox")
        occasion = {"path": request.path, **self.occasion(request, {})}
        if self.faults.take("maintenance", **occasion) is not None:
            return error_response("PLANNED_MAINTENANCE")
        for kind in ("institution_down", "institution_not_responding"):
            if (
                route.template in ("/accounts/balance/get", "/transactions/refresh")
                and self.faults.take(kind, **occasion) is not None
            ):
                return error_response(kind.upper())
        if (params := self.faults.take("login_required", **occasion)) is not None:
            item_id = occasion.get("item_id")
            if item_id:
                self.levers.login_required(str(item_id), params.get("reason"))
        return self._limited(route, occasion)

    def occasion(self, request: SimRequest, variables: Mapping[str, str]) -> Json:
        """Faults can match on `item_id`."""
        try:
            token = request.json().get("access_token")
        except (ValueError, AttributeError):
            return {}
        for item in self.document.rows("items").values():
            if item["access_token"] == token:
                return {"item_id": item["id"], "client_id": item["client_id"]}
        return {}

    def after(self, route: Route | None, request: SimRequest, response: SimResponse) -> SimResponse:
        """`request_id` on everything."""
        if response.disconnect or response.headers.get("content-type") != "application/json":
            return response
        body = {**response.json(), "request_id": self.token(15)}
        return SimResponse(response.status, response.headers, to_wire(body), response.delay_seconds)

    def error(self, status: int, request: SimRequest) -> SimResponse:
        """Plaid's shape; 405 and 404 alike are unknown paths."""
        if status == 504:
            return SimResponse(504, {"content-type": "text/html"}, b"<h1>504 Gateway Time-out</h1>")
        if status == 429:
            limits = _LIMITS[self.setting("environment")].get(request.path)
            return error_response(limits[2] if limits else "RATE_LIMIT")
        if status in (404, 405):
            return error_response("NOT_FOUND", "no such path")
        response = error_response("INTERNAL_SERVER_ERROR", "unexpected")
        return SimResponse(status, response.headers, response.body)

    def revoke(self, request: SimRequest) -> None:
        """The item's holder revoked the permission; nobody is told."""
        item_id = self.occasion(request, {}).get("item_id")
        if item_id:
            self.levers.revoke(str(item_id), notify=False)

    def accepted(self, status: int | None) -> bool:
        """Only 200 counts."""
        return status == 200

    def retry_delay(self, attempt: int, status: int | None) -> float | None:
        """Plaid's retry ladder, compressed by `retry_time_factor`."""
        seconds = self.notices.retry_delay(attempt)
        return None if seconds is None else seconds * float(self.setting("retry_time_factor"))

    def delivery_headers(self, row: Json) -> dict[str, str]:
        """The signature is made at each attempt."""
        token = self.notices.sign(row["body"].encode())
        return {"content-type": "application/json", "Plaid-Verification": token}

    def fire(self, kind: str, payload: Json) -> None:
        """Bank days, Plaid's looks, and links that grow ready or end."""
        if kind == "bank_show":
            self.bank.show_pending(payload["line"])
        elif kind == "bank_post":
            self.bank.post(payload["line"])
        elif kind == "bank_clear":
            if payload["line_id"] in self.document.rows("bank_lines"):
                self.bank.clear(payload["line_id"])
        elif kind == "poll":
            self.bank.poll(payload["item_id"])
            self.next_poll(payload["item_id"])
        elif kind == "look":
            self.bank.poll(payload["item_id"])
        elif kind == "disconnect":
            self.levers.login_required(payload["item_id"])
        elif kind == "ready":
            self._grow_ready(payload["item_id"], payload["status"])

    def apply_fact(self, fact: Json) -> None:
        """Debits and returns at the bank."""
        if fact["kind"] == "bank_debit":
            self.bank.debit(fact)
        elif fact["kind"] == "bank_credit":
            self.bank.credit(fact)

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """What banks and people do."""
        return self.levers.actions()

    def seed(self, data: Json) -> Json:
        """Clients, items, accounts, lines (format: README)."""
        result = self.seeding.load(data)
        self.document.commit()
        return result

    # ---- helpers of the parts

    def body(self, request: SimRequest, known: set[str], required: set[str]) -> Json:
        """The checked body with `client_id` filled in. Raises Refusal for wrong keys and fields."""
        try:
            body = request.json() if request.body else {}
        except ValueError:
            raise refuse("INVALID_BODY", "body is not JSON") from None
        if not isinstance(body, dict):
            raise refuse("INVALID_BODY", "body is not an object")
        client_id = request.headers.get("plaid-client-id") or body.get("client_id")
        secret = request.headers.get("plaid-secret") or body.get("secret")
        client = self.document.rows("clients").get(str(client_id))
        if client is None or client["secret"] != secret:
            raise refuse("INVALID_API_KEYS", "invalid client_id or secret provided")
        if unknown := set(body) - known - {"client_id", "secret"}:
            raise refuse("UNKNOWN_FIELDS", f"unknown fields {sorted(unknown)}")
        if missing := {key for key in required if body.get(key) in (None, "")}:
            raise refuse("MISSING_FIELDS", f"missing fields {sorted(missing)}")
        return {**body, "client_id": client_id}

    def answer(self, body: Json) -> SimResponse:
        """200 with a body; `after` adds the request id."""
        return json_response(200, body)

    def token(self, length: int) -> str:
        """Random text as Plaid's ids look."""
        return "".join(self.rng.choices(_ALPHABET, k=length))

    def zulu(self) -> str:
        """Now as Plaid writes it."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def institution_name(self, institution_id: str) -> str:
        """A name for an institution."""
        return _INSTITUTIONS.get(institution_id, f"Bank {institution_id}")

    def next_poll(self, item_id: str) -> None:
        """Plan Plaid's next look at an item's bank."""
        at = self.now() + timedelta(hours=float(self.setting("poll_interval_hours")))
        self.timers.set("poll", at, {"item_id": item_id}, name=f"poll/{item_id}")

    def _grow_ready(self, item_id: str, status: str) -> None:
        item = self.items.find(item_id)
        item["update_status"] = status
        self.document.put("items", item_id, item)
        self.bank.poll(item_id)
        if item["sync_called"]:
            self.notices.sync_available(item_id)

    def _limited(self, route: Route, occasion: Json) -> SimResponse | None:
        limits = _LIMITS[self.setting("environment")].get(route.template)
        if limits is None or not self.setting("rate_limits"):
            return None
        per_item, per_client, code = limits
        now = self.ambient.now().timestamp()
        keys = [
            (f"{route.template}/item/{occasion.get('item_id')}", per_item),
            (f"{route.template}/client/{occasion.get('client_id')}", per_client),
        ]
        for key, limit in keys:
            calls = self._recent[key]
            while calls and calls[0] <= now - _WINDOW_SECONDS:
                calls.popleft()
            if limit is not None and len(calls) >= limit:
                return error_response(code)
        for key, _ in keys:
            self._recent[key].append(now)
        return None
