"""Link without its window: tokens, completion, exchange, update mode (contract, section 8).

What a person does in the window are the actions `complete_link` and `exit_link`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.clock import parse_instant
from local.simulators.messages import ControlError, Json, SimRequest, SimResponse
from local.simulators.plaid import fields as f
from local.simulators.plaid.errors import refuse

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

_KEYS = {
    *("client_name", "language", "country_codes", "user", "products", "webhook", "access_token"),
    *("required_if_supported_products", "optional_products", "additional_consented_products"),
    *("link_customization_name", "redirect_uri", "account_filters", "institution_id", "update"),
    "transactions",
}
_UPDATE_KEYS = {"account_selection_enabled", "reauthorization_enabled", "user", "item_ids"}
_USER_KEYS = {"client_user_id", "legal_name", "phone_number", "email_address"}
_REPAIRABLE = ("revoked", "access_not_granted")
_NAME_MAX = 30


class Link:
    """Tables: link_tokens, public_tokens."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def create(self, request: SimRequest) -> SimResponse:
        """A link token: for a new Item (products) or in update mode (access token, no products)."""
        required = {"client_name", "language", "country_codes", "user"}
        body = self._core.body(request, _KEYS, required)
        self._check(body)
        item_id = self._item_to_update(body)
        days = f.days_requested(body.get("transactions") or {})
        environment = self._core.setting("environment")
        lasting = timedelta(seconds=self._core.setting("link_token_seconds"))
        expires_at = self._core.now() + lasting
        row = {
            "client_id": body["client_id"],
            "item_id": item_id,
            "webhook": f.address(body.get("webhook"), "webhook"),
            "selects_accounts": bool((body.get("update") or {}).get("account_selection_enabled")),
            "days_requested": max(days, 30) if environment == "production" else days,
            "expires_at": expires_at.isoformat(),
            "used": False,
        }
        token = f"link-{environment}-{self._core.token(32)}"
        self._core.document.put("link_tokens", token, row)
        expiration = expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._core.answer({"link_token": token, "expiration": expiration})

    def exchange(self, request: SimRequest) -> SimResponse:
        """A public token for the Item's access token, once."""
        body = self._core.body(request, {"public_token"}, {"public_token"})
        key = str(body["public_token"])
        row = self._core.document.get("public_tokens", key)
        if row is None or row["client_id"] != body["client_id"] or self._over(row):
            raise refuse("INVALID_PUBLIC_TOKEN", "public token is unknown, used or expired")
        self._core.document.delete("public_tokens", key)
        item = self._core.items.find(row["item_id"])
        return self._core.answer({"access_token": item["access_token"], "item_id": item["id"]})

    def complete(
        self,
        link_token: str,
        institution_id: str = "ins_109508",
        accounts: list[Json] | None = None,
    ) -> Json:
        """The person finished Link: a public token, or in update mode a repaired Item.

        `accounts` as in a seed: those of the new Item, or in update mode with account selection
        those that were added.
        """
        link = self._usable(link_token)
        self._core.document.put("link_tokens", link_token, {**link, "used": True})
        if link["item_id"] is None:
            return {"public_token": self.finished(link, institution_id, accounts)}
        if accounts and not link["selects_accounts"]:
            raise ControlError("this update does not select accounts")
        for account in accounts or []:
            self._core.seeding.account(link["item_id"], account)
        return self._core.levers.repair(link["item_id"])

    def exit(self, link_token: str) -> Json:
        """The person closed the window: nothing happened, the token can be used again."""
        link = self._usable(link_token)
        return {"item_id": link["item_id"], "exited": True}

    def finished(
        self, link: Json, institution_id: str, accounts: list[Json] | None = None, **more: Any
    ) -> str:
        """A newly linked Item; gives its public token."""
        made = self._core.seeding.item(
            {
                "client_id": link["client_id"],
                "institution_id": institution_id,
                "webhook": link.get("webhook"),
                "days_requested": link.get("days_requested", 90),
                "accounts": accounts or [_CHECKING],
                "ready": False,
                **more,
            }
        )
        token = f"public-{self._core.setting('environment')}-{self._core.new_id()}"
        lasting = timedelta(seconds=self._core.setting("public_token_seconds"))
        row = {
            "client_id": link["client_id"],
            "item_id": made["id"],
            "expires_at": (self._core.now() + lasting).isoformat(),
        }
        self._core.document.put("public_tokens", token, row)
        return token

    def _check(self, body: Json) -> None:
        name = body["client_name"]
        if not isinstance(name, str) or len(name) > _NAME_MAX:
            raise refuse("INVALID_FIELD", f"client_name is text of at most {_NAME_MAX} characters")
        if body["language"] not in f.LANGUAGES:
            raise refuse("INVALID_FIELD", "language is not supported")
        f.chosen(body["country_codes"], f.COUNTRIES, "country_codes")
        user = body["user"]
        if not isinstance(user, dict) or not user.get("client_user_id"):
            raise refuse("MISSING_FIELDS", "user.client_user_id is required")
        if unknown := set(user) - _USER_KEYS:
            raise refuse("UNKNOWN_FIELDS", f"unknown fields {sorted(unknown)} in user")
        if unknown := set(body.get("update") or {}) - _UPDATE_KEYS:
            raise refuse("UNKNOWN_FIELDS", f"unknown fields {sorted(unknown)} in update")
        redirect = f.address(body.get("redirect_uri"), "redirect_uri")
        client = self._core.document.rows("clients")[body["client_id"]]
        if redirect is not None and redirect not in client.get("redirect_uris", ()):
            raise refuse("INVALID_FIELD", "redirect_uri is not registered")

    def _item_to_update(self, body: Json) -> str | None:
        if not body.get("access_token"):
            if body.get("update"):
                raise refuse("INVALID_FIELD", "update needs an access_token")
            if not body.get("products"):
                raise refuse("MISSING_FIELDS", "products is required")
            # `balance` comes with every Item and is not a product of Link.
            f.chosen(body["products"], f.PRODUCTS, "products")
            return None
        if body.get("products"):
            raise refuse("INVALID_FIELD", "update mode takes no products")
        item = self._core.items.by_token(body)
        allowed = self._core.setting("update_mode_after_revocation")
        if item["state"] in _REPAIRABLE and not allowed:
            self._core.items.require_usable(item, live=True)
        return str(item["id"])

    def _usable(self, link_token: str) -> Json:
        link = self._core.document.get("link_tokens", link_token)
        if link is None:
            raise ControlError("no such link token")
        if link["used"] or self._over(link):
            raise ControlError("the link token is used or expired")
        return dict(link)

    def _over(self, row: Json) -> bool:
        return parse_instant(row["expires_at"]) <= self._core.now()


_CHECKING = {"name": "Checking", "mask": "0000", "current": "1000.00"}
