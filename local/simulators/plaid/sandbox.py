"""Plaid's sandbox calls, the vendor's own test levers (plaid contract, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, SimRequest, SimResponse
from local.simulators.plaid import fields as f
from local.simulators.plaid.errors import refuse
from local.simulators.plaid.settings import INSTITUTIONS
from local.simulators.plaid.view import minor

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

_CODES = frozenset(
    {
        *("DEFAULT_UPDATE", "NEW_ACCOUNTS_AVAILABLE", "SMS_MICRODEPOSITS_VERIFICATION"),
        *("AUTHORIZATION_GRANTED", "USER_PERMISSION_REVOKED", "USER_ACCOUNT_REVOKED"),
        *("PENDING_DISCONNECT", "RECURRING_TRANSACTIONS_UPDATE", "LOGIN_REPAIRED"),
        *("SYNC_UPDATES_AVAILABLE", "PRODUCT_READY", "ERROR"),
    }
)
_TRANSACTIONS = ("DEFAULT_UPDATE", "RECURRING_TRANSACTIONS_UPDATE", "SYNC_UPDATES_AVAILABLE")
_OTHER_PRODUCTS = ("SMS_MICRODEPOSITS_VERIFICATION", "AUTHORIZATION_GRANTED", "PRODUCT_READY")
_TYPES = frozenset(
    {
        *("AUTH", "HOLDINGS", "INVESTMENTS_TRANSACTIONS", "ITEM", "LIABILITIES", "TRANSACTIONS"),
        "ASSETS",
    }
)
_PASSWORDS = {"user_good": "pass_good", "user_transactions_dynamic": None}
_ROWS_MAX = 10


class Sandbox:
    """Handlers of `/sandbox/*`; the production environment answers 404."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def public_token(self, request: SimRequest) -> SimResponse:
        """A finished Link of the sandbox bank, without a browser."""
        keys = {"institution_id", "initial_products", "options", "user_token", "user_id"}
        body = self._core.body(request, keys, {"institution_id", "initial_products"})
        f.chosen(body["initial_products"], f.PRODUCTS, "initial_products")
        known = {"webhook", "override_username", "override_password", "transactions"}
        options = f.options_of(body, known)
        institution = body["institution_id"]
        if institution not in INSTITUTIONS:
            raise refuse("INVALID_INSTITUTION", "invalid institution_id provided")
        user = options.get("override_username") or "user_good"
        password = options.get("override_password") or "pass_good"
        # The dynamic user takes any password.
        if user not in _PASSWORDS or _PASSWORDS[user] not in (None, password):
            raise refuse("INVALID_CREDENTIALS", "the provided credentials were not correct")
        link = {
            "client_id": body["client_id"],
            "webhook": f.address(options.get("webhook"), "webhook"),
            "days_requested": f.days_requested(options.get("transactions") or {}),
        }
        token = self._core.link.finished(link, institution, sandbox_user=user)
        return self._core.answer({"public_token": token})

    def fire(self, request: SimRequest) -> SimResponse:
        """Fire a webhook of a given code."""
        keys = {"access_token", "webhook_type", "webhook_code"}
        body = self._core.body(request, keys, {"access_token", "webhook_code"})
        item = self._core.items.by_token(body)
        code, kind = body["webhook_code"], body.get("webhook_type")
        if code not in _CODES:
            raise refuse("INVALID_FIELD", "webhook_code is not known")
        if kind is not None and kind not in _TYPES:
            raise refuse("INVALID_FIELD", "webhook_type is not known")
        if code in _OTHER_PRODUCTS or kind not in (None, "ITEM", "TRANSACTIONS"):
            raise refuse("SANDBOX_PRODUCT_NOT_ENABLED", "the product is not enabled")
        fitting = "TRANSACTIONS" if code in _TRANSACTIONS else "ITEM"
        if kind not in (None, fitting):
            raise refuse("INVALID_FIELD", f"{code} is a code of {fitting}")
        extra = self._core.notices.fields_of(code, item)
        self._core.notices.fire(item["id"], fitting, code, extra)
        return self._core.answer({"webhook_fired": item["webhook"] is not None})

    def reset_login(self, request: SimRequest) -> SimResponse:
        """Force ITEM_LOGIN_REQUIRED."""
        body = self._core.body(request, {"access_token"}, {"access_token"})
        item = self._core.items.by_token(body)
        self._core.levers.login_required(item["id"])
        return self._core.answer({"reset_login": True})

    def transactions(self, request: SimRequest) -> SimResponse:
        """Add up to ten posted rows to the Item's first account; the dynamic user's only."""
        keys = {"access_token", "transactions"}
        body = self._core.body(request, keys, keys)
        item = self._core.items.by_token(body)
        if item.get("sandbox_user") == "user_good":
            raise refuse("INVALID_FIELD", "only items of user_transactions_dynamic take rows")
        rows = body["transactions"]
        if not isinstance(rows, list) or not 1 <= len(rows) <= _ROWS_MAX:
            raise refuse("INVALID_FIELD", f"between 1 and {_ROWS_MAX} transactions")
        account = self._core.items.accounts(item["id"])[0]
        for row in rows:
            self._core.bank.post(_line(row, account))
        self._core.timers.set("look", self._core.now(), {"item_id": item["id"]})
        return self._core.answer({})


def _line(row: Any, account: Json) -> Json:
    known = {"date_transacted", "date_posted", "amount", "description"}
    if not isinstance(row, dict):
        raise refuse("INVALID_FIELD", "a transaction is an object")
    if missing := known - set(row):
        raise refuse("MISSING_FIELDS", f"missing {sorted(missing)}")
    if unknown := set(row) - known - {"iso_currency_code"}:
        raise refuse("UNKNOWN_FIELDS", f"unknown fields {sorted(unknown)}")
    f.day(row["date_transacted"], "date_transacted")
    if isinstance(row["amount"], bool | str) or not row["description"]:
        raise refuse("INVALID_FIELD", "amount is a number, description a text")
    return {
        "account_id": account["id"],
        "amount_minor": minor(row["amount"], account["currency"]),
        "name": row["description"],
        "date": f.day(row["date_posted"], "date_posted"),
    }
