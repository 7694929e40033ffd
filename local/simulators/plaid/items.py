"""Items, Link, institutions, sandbox levers (plaid contract, sections 8 and 9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from local.simulators.messages import ControlError, Json, SimRequest, SimResponse
from local.simulators.plaid.errors import refuse
from local.simulators.plaid.view import item_view, minor

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

_LINK_KEYS = {
    "client_name",
    "language",
    "country_codes",
    "user",
    "products",
    "required_if_supported_products",
    "optional_products",
    "additional_consented_products",
    "webhook",
    "access_token",
    "link_customization_name",
    "redirect_uri",
    "account_filters",
    "institution_id",
    "update",
    "transactions",
}
_ERRORS = {
    "login_required": "ITEM_LOGIN_REQUIRED",
    "revoked": "USER_PERMISSION_REVOKED",
    "no_accounts": "NO_ACCOUNTS",
    "institution_down": "INSTITUTION_DOWN",
    "institution_not_responding": "INSTITUTION_NOT_RESPONDING",
}


class Items:
    """Handlers of `/item/*`, `/link/*`, `/institutions/*`, `/sandbox/*`, and item look-ups."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def by_token(self, body: Json) -> Json:
        """The caller's own Item. Raises Refusal for foreign, removed and unknown tokens."""
        token = body["access_token"]
        for item in self._core.document.rows("items").values():
            own = item["client_id"] == body["client_id"] and not item["removed"]
            if own and item["access_token"] == token:
                return dict(item)
        raise refuse("INVALID_ACCESS_TOKEN", "token not usable")

    def find(self, item_id: str) -> Json:
        """An Item by id. Raises ControlError."""
        item = self._core.document.get("items", item_id)
        if item is None:
            raise ControlError(f"no item {item_id}")
        found: Json = item
        return found

    def accounts(self, item_id: str) -> list[Json]:
        """The Item's accounts."""
        rows = self._core.document.rows("accounts").values()
        return [dict(row) for row in rows if row["item_id"] == item_id]

    def require_usable(self, item: Json, *, live: bool) -> None:
        """Raise the Item's error; an institution's trouble stops only what asks the bank now."""
        if item["state"] == "healthy":
            return
        if item["state"].startswith("institution") and not live:
            return
        raise refuse(_ERRORS[item["state"]], reason=item["state_reason"])

    def get(self, request: SimRequest) -> SimResponse:
        """The Item, its error and how fresh its data is. Works whatever the Item's state."""
        item = self.by_token(self._core.body(request, {"access_token"}, {"access_token"}))
        status = {
            "transactions": {
                "last_successful_update": item["last_successful_update"],
                "last_failed_update": item["last_failed_update"],
            },
            "last_webhook": item["last_webhook"],
        }
        view = {**item_view(item), "created_at": item["created_at"]}
        return self._core.answer({"item": view, "status": status})

    def remove(self, request: SimRequest) -> SimResponse:
        """End access: the token is dead."""
        keys = {"access_token", "reason_code", "reason_note"}
        item = self.by_token(self._core.body(request, keys, {"access_token"}))
        item["removed"] = True
        self._core.document.put("items", item["id"], item)
        self._core.timers.cancel(f"poll/{item['id']}")
        return self._core.answer({})

    def update_webhook(self, request: SimRequest) -> SimResponse:
        """Another webhook address; the new one is told."""
        body = self._core.body(request, {"access_token", "webhook"}, {"access_token"})
        item = self.by_token(body)
        item["webhook"] = body.get("webhook")
        self._core.document.put("items", item["id"], item)
        extra = {"new_webhook_url": item["webhook"], "error": None}
        self._core.notices.fire(item["id"], "ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", extra)
        return self._core.answer({"item": item_view(item)})

    def link_token(self, request: SimRequest) -> SimResponse:
        """A link token: for a new Item (products) or in update mode (access token, no products)."""
        required = {"client_name", "language", "country_codes", "user"}
        body = self._core.body(request, _LINK_KEYS, required)
        item_id = None
        if body.get("access_token"):
            if body.get("products"):
                raise refuse("INVALID_FIELD", "update mode takes no products")
            item_id = self.by_token(body)["id"]
        elif not body.get("products"):
            raise refuse("MISSING_FIELDS", "products is required")
        environment = self._core.setting("environment")
        token = f"link-{environment}-{self._core.token(32)}"
        days = int((body.get("transactions") or {}).get("days_requested", 90))
        if not 1 <= days <= 730:
            raise refuse("INVALID_FIELD", "days_requested must be between 1 and 730")
        row = {
            "client_id": body["client_id"],
            "item_id": item_id,
            "webhook": body.get("webhook"),
            "days_requested": max(days, 30) if environment == "production" else days,
        }
        self._core.document.put("link_tokens", token, row)
        expiration = (self._core.now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._core.answer({"link_token": token, "expiration": expiration})

    def exchange(self, request: SimRequest) -> SimResponse:
        """A public token for the Item's access token, once."""
        body = self._core.body(request, {"public_token"}, {"public_token"})
        row = self._core.document.get("public_tokens", body["public_token"])
        if row is None or row["client_id"] != body["client_id"]:
            raise refuse("INVALID_PUBLIC_TOKEN", "public token is unknown or used")
        self._core.document.delete("public_tokens", body["public_token"])
        item = self.find(row["item_id"])
        return self._core.answer({"access_token": item["access_token"], "item_id": item["id"]})

    def institution(self, request: SimRequest) -> SimResponse:
        """One institution."""
        keys = {"institution_id", "country_codes", "options"}
        body = self._core.body(request, keys, {"institution_id", "country_codes"})
        view = {
            "institution_id": body["institution_id"],
            "name": self._core.institution_name(body["institution_id"]),
            "products": ["transactions", "balance"],
            "country_codes": ["US"],
            "routing_numbers": [],
            "oauth": False,
        }
        return self._core.answer({"institution": view})

    def sandbox_public_token(self, request: SimRequest) -> SimResponse:
        """A finished Link of the sandbox bank, without a browser."""
        keys = {"institution_id", "initial_products", "options"}
        body = self._core.body(request, keys, {"institution_id", "initial_products"})
        options = body.get("options") or {}
        link = {"client_id": body["client_id"], "webhook": options.get("webhook")}
        return self._core.answer(
            {"public_token": self._core.seeding.linked(link, body["institution_id"])}
        )

    def sandbox_fire(self, request: SimRequest) -> SimResponse:
        """Fire a webhook of a given code."""
        keys = {"access_token", "webhook_type", "webhook_code"}
        body = self._core.body(request, keys, {"access_token", "webhook_code"})
        item = self.by_token(body)
        code = body["webhook_code"]
        kind = body.get("webhook_type") or (
            "TRANSACTIONS" if code.endswith(("_UPDATE", "_AVAILABLE")) else "ITEM"
        )
        if code == "NEW_ACCOUNTS_AVAILABLE":
            kind = "ITEM"
        if kind not in ("ITEM", "TRANSACTIONS"):
            raise refuse("SANDBOX_PRODUCT_NOT_ENABLED", f"{kind} is not enabled")
        extra = self._core.notices.fields_of(code, item)
        self._core.notices.fire(item["id"], kind, code, extra)
        return self._core.answer({"webhook_fired": True})

    def sandbox_reset_login(self, request: SimRequest) -> SimResponse:
        """Force ITEM_LOGIN_REQUIRED."""
        item = self.by_token(self._core.body(request, {"access_token"}, {"access_token"}))
        self._core.levers.login_required(item["id"])
        return self._core.answer({"reset_login": True})

    def sandbox_transactions(self, request: SimRequest) -> SimResponse:
        """Add up to ten posted rows to the Item's first account."""
        body = self._core.body(
            request, {"access_token", "transactions"}, {"access_token", "transactions"}
        )
        item = self.by_token(body)
        rows = body["transactions"]
        if not isinstance(rows, list) or not 1 <= len(rows) <= 10:
            raise refuse("INVALID_FIELD", "between 1 and 10 transactions")
        account = self.accounts(item["id"])[0]
        for row in rows:
            if missing := {"date_transacted", "date_posted", "amount", "description"} - set(row):
                raise refuse("MISSING_FIELDS", f"missing {sorted(missing)}")
            self._core.bank.post(
                {
                    "account_id": account["id"],
                    "amount_minor": minor(row["amount"], account["currency"]),
                    "name": row["description"],
                    "date": row["date_posted"],
                }
            )
        self._core.timers.set("look", self._core.now(), {"item_id": item["id"]})
        return self._core.answer({})
