"""The Plaid simulator: routes, limits, timed effects (plaid contract, section 10)."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from local.simulators.clock import parse_instant
from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import Json, SimRequest, SimResponse, json_response, to_wire
from local.simulators.plaid.bank import Bank
from local.simulators.plaid.errors import error_response, refuse
from local.simulators.plaid.items import Items
from local.simulators.plaid.levers import Levers
from local.simulators.plaid.limits import Limits
from local.simulators.plaid.link import Link
from local.simulators.plaid.notices import Notices
from local.simulators.plaid.payouts import BankPayouts
from local.simulators.plaid.products import Products
from local.simulators.plaid.sandbox import Sandbox
from local.simulators.plaid.seeding import PlaidSeed
from local.simulators.plaid.settings import DEFAULT_SETTINGS, INSTITUTIONS
from local.simulators.routing import Route

_ALPHABET = string.ascii_letters + string.digits


class PlaidCore(SimulatorCore):
    """Plaid and the banks behind it, for many items."""

    rail = "plaid"
    fault_kinds = frozenset(
        {"bank_skip", "bank_amount", "bank_delay", "bank_no_reference", "sync_mutation"}
        | {"institution_down", "institution_not_responding", "login_required", "maintenance"}
        | {"product_not_ready", "slow_balance", "no_available", "unknown_value"}
    )
    default_settings: ClassVar[Mapping[str, Any]] = DEFAULT_SETTINGS

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.bank = Bank(self)
        self.items = Items(self)
        self.notices = Notices(self)
        self.link = Link(self)
        self.levers = Levers(self)
        self.seeding = PlaidSeed(self)
        self._products = Products(self)
        self._sandbox = Sandbox(self)
        self._limits = Limits(self)
        self._told: str | None = None
        super().__init__(document, ambient)

    def prepare(self) -> None:
        """The first signing key."""
        if not self.document.rows("keys"):
            self.notices.new_key()

    def routes(self) -> Iterable[Route]:
        """Every path is POST; sandbox paths exist in the sandbox only."""
        items, products, sandbox = self.items, self._products, self._sandbox
        table: list[tuple[str, Callable[..., SimResponse], str]] = [
            ("/accounts/get", products.accounts_get, "read"),
            ("/accounts/balance/get", products.balance_get, "read"),
            ("/transactions/sync", products.sync, "read"),
            ("/transactions/refresh", products.refresh, "write"),
            ("/item/get", items.get, "read"),
            ("/item/remove", items.remove, "write"),
            ("/item/webhook/update", items.update_webhook, "write"),
            ("/item/public_token/exchange", self.link.exchange, "auth"),
            ("/link/token/create", self.link.create, "auth"),
            ("/institutions/get_by_id", items.institution, "read"),
            ("/webhook_verification_key/get", self.notices.get_key, "read"),
            ("/sandbox/public_token/create", sandbox.public_token, "write"),
            ("/sandbox/item/fire_webhook", sandbox.fire, "write"),
            ("/sandbox/item/reset_login", sandbox.reset_login, "write"),
            ("/sandbox/transactions/create", sandbox.transactions, "write"),
        ]
        return [Route("POST", path, handler, effect) for path, handler, effect in table]

    def before(self, route: Route, request: SimRequest) -> SimResponse | None:
        """Sandbox gate, faults with Plaid's own codes, limits per item and per client."""
        if route.template.startswith("/sandbox/") and self.setting("environment") != "sandbox":
            return error_response("NOT_FOUND", "only in the sandbox")
        occasion = {"path": request.path, **self.occasion(request, {})}
        if self.faults.take("maintenance", **occasion) is not None:
            stopped = error_response("PLANNED_MAINTENANCE")
            return SimResponse(self.setting("maintenance_status"), stopped.headers, stopped.body)
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
        return self._limits.check(route.template, occasion)

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
            return error_response(self._limits.code(request.path))
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
        if self._told is not None and self.notices.refused_too_often(self._told):
            return None
        return None if seconds is None else seconds * float(self.setting("retry_time_factor"))

    def record_delivery_result(self, delivery_id: str, status: int | None) -> str:
        """As the common core, for an address whose refusals may end the retries."""
        row = self.document.rows("deliveries").get(delivery_id)
        self._told = row["url"] if row is not None else None
        return super().record_delivery_result(delivery_id, status)

    def delivery_headers(self, row: Json) -> dict[str, str]:
        """The signature is made at each attempt."""
        first = parse_instant(row["log"][0]["at"]) if row["log"] else None
        kept = None if self.setting("retry_new_iat") else first
        token = self.notices.sign(row["body"].encode(), kept)
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
            self.levers.login_required(payload["item_id"], payload.get("reason"))
        elif kind == "pending_expiration":
            item = self.items.find(payload["item_id"])
            extra = self.notices.fields_of("PENDING_EXPIRATION", item)
            self.notices.fire(item["id"], "ITEM", "PENDING_EXPIRATION", extra)
        elif kind == "ready":
            self._grow_ready(payload["item_id"], payload["status"])

    def apply_fact(self, fact: Json) -> None:
        """Debits, returns and payouts at the bank."""
        if fact["kind"] == "bank_debit":
            self.bank.debit(fact)
        elif fact["kind"] == "bank_credit":
            self.bank.credit(fact)
        elif fact["kind"] in ("bank_payout", "bank_payout_return"):
            BankPayouts(self).take(fact)

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
        return INSTITUTIONS.get(institution_id, f"Bank {institution_id}")

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
        if self.setting("legacy_notices"):
            code = status.removesuffix("_COMPLETE")
            self.notices.fire(item_id, "TRANSACTIONS", code, self.notices.fields_of(code, item))
