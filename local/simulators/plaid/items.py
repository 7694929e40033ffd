"""Items and institutions (plaid contract, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.simulators.messages import ControlError, Json, SimRequest, SimResponse
from local.simulators.plaid import fields as f
from local.simulators.plaid.errors import refuse
from local.simulators.plaid.settings import INSTITUTIONS
from local.simulators.plaid.view import item_view

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

ITEM_ERRORS = {
    "login_required": "ITEM_LOGIN_REQUIRED",
    "revoked": "USER_PERMISSION_REVOKED",
    "no_accounts": "NO_ACCOUNTS",
    "access_not_granted": "ACCESS_NOT_GRANTED",
    "no_longer_supported": "INSTITUTION_NO_LONGER_SUPPORTED",
    "institution_down": "INSTITUTION_DOWN",
    "institution_not_responding": "INSTITUTION_NOT_RESPONDING",
}


_REMOVE_REASONS = frozenset(
    {"FRAUD_FIRST_PARTY", "FRAUD_FALSE_IDENTITY", "FRAUD_ABUSE", "FRAUD_OTHER"}
    | {"CONNECTION_IS_NON_FUNCTIONAL", "OTHER"}
)
_INSTITUTION_OPTIONS = {
    *("include_optional_metadata", "include_status", "include_auth_metadata"),
    "include_payment_initiation_metadata",
}


class Items:
    """Handlers of `/item/*` and `/institutions/*`, and item look-ups."""

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
        return [dict(row) for row in rows if row["item_id"] == item_id and not row.get("gone")]

    def require_usable(self, item: Json, *, live: bool) -> None:
        """Raise the Item's error; an institution's trouble stops only what asks the bank now."""
        if item["state"] == "healthy":
            return
        down = item["state"] in ("institution_down", "institution_not_responding")
        if down and not live:
            return
        raise refuse(ITEM_ERRORS[item["state"]], reason=item["state_reason"])

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
        body = self._core.body(request, keys, {"access_token"})
        if body.get("reason_code") not in (None, *_REMOVE_REASONS):
            raise refuse("INVALID_FIELD", "reason_code is not known")
        item = self.by_token(body)
        item["removed"] = True
        self._core.document.put("items", item["id"], item)
        self._core.timers.cancel(f"poll/{item['id']}")
        return self._core.answer({})

    def update_webhook(self, request: SimRequest) -> SimResponse:
        """Another webhook address; the new one is told."""
        body = self._core.body(request, {"access_token", "webhook"}, {"access_token"})
        item = self.by_token(body)
        item["webhook"] = f.address(body.get("webhook"), "webhook")
        self._core.document.put("items", item["id"], item)
        extra = {"new_webhook_url": item["webhook"], "error": None}
        self._core.notices.fire(item["id"], "ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", extra)
        return self._core.answer({"item": item_view(item)})

    def institution(self, request: SimRequest) -> SimResponse:
        """One institution."""
        keys = {"institution_id", "country_codes", "options"}
        body = self._core.body(request, keys, {"institution_id", "country_codes"})
        f.chosen(body["country_codes"], f.COUNTRIES, "country_codes")
        options = f.options_of(body, _INSTITUTION_OPTIONS)
        key = body["institution_id"]
        used = {item["institution_id"] for item in self._core.document.rows("items").values()}
        if key not in INSTITUTIONS and key not in used:
            raise refuse("INSTITUTION_NOT_FOUND", "no such institution")
        view: Json = {
            "institution_id": key,
            "name": self._core.institution_name(key),
            "products": ["transactions", "balance"],
            "country_codes": ["US"],
            "routing_numbers": [],
            "oauth": False,
            # Since 2026 (plaid-python 46); the contract's older description allows more keys.
            "connection_availability": "SUPPORTED",
        }
        if options.get("include_optional_metadata"):
            view.update(url=f"https://{key}.example.net", primary_color=None, logo=None)
        return self._core.answer({"institution": view})
