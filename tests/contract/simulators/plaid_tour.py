"""A tour through every operation of Plaid's simulator: its successes and its refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.simulators.messages import Json
from local.simulators.sample import PLAID_CLIENT
from tests.unit.simulators.conftest import Bench, make_bench

BASE = "https://sandbox.plaid.com"
HOOK = "https://hooks.example.test/plaid"
_HEADERS = {
    "PLAID-CLIENT-ID": PLAID_CLIENT["client_id"],
    "PLAID-SECRET": PLAID_CLIENT["secret"],
    "Plaid-Version": "2020-09-14",
}
LINK: Json = {
    "client_name": "Example Advisory",
    "language": "en",
    "country_codes": ["US"],
    "user": {"client_user_id": "client-a-owner"},
}
CODES = (
    *("DEFAULT_UPDATE", "NEW_ACCOUNTS_AVAILABLE", "USER_PERMISSION_REVOKED", "LOGIN_REPAIRED"),
    *("USER_ACCOUNT_REVOKED", "PENDING_DISCONNECT", "RECURRING_TRANSACTIONS_UPDATE", "ERROR"),
    "SYNC_UPDATES_AVAILABLE",
)


@dataclass
class PlaidTour:
    """The bench in the sandbox, and the token of an item that was linked there."""

    bench: Bench = field(default_factory=make_bench)
    token: str = ""

    def call(self, path: str, headers: Json | None = None, **body: Any) -> httpx.Response:
        """One call; the access token of the linked item is filled in where one is wanted."""
        self.bench.base.move(seconds=5)  # within the limits per minute
        keys = headers if headers is not None else _HEADERS
        return self.bench.http.post(f"{BASE}{path}", headers=keys, json=body)

    def want(self, status: int, path: str, **body: Any) -> Any:
        """One call that must answer `status`; gives its body."""
        answer = self.call(path, **body)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json()

    def item(self, path: str, status: int = 200, **body: Any) -> Any:
        """One call about the linked item."""
        return self.want(status, path, access_token=self.token, **body)

    # ---- successes

    def successes(self) -> None:
        """Every operation, as it should go."""
        self.bench.plaid.configure({"environment": "sandbox"})
        self._link()
        self._sandbox()
        self._data()
        self._troubled()
        self.item("/item/remove", reason_code="OTHER", reason_note=None)

    def _link(self) -> None:
        made = self.want(200, "/link/token/create", **LINK, products=["transactions"], webhook=HOOK)
        done = self.bench.plaid.act("complete_link", link_token=made["link_token"])
        self.want(200, "/item/public_token/exchange", public_token=done["public_token"])
        options = {"webhook": HOOK, "override_username": "user_transactions_dynamic"}
        public = self.want(
            200,
            "/sandbox/public_token/create",
            institution_id="ins_109508",
            initial_products=["transactions"],
            options={**options, "transactions": {"days_requested": 180}},
        )["public_token"]
        exchanged = self.want(200, "/item/public_token/exchange", public_token=public)
        self.token = exchanged["access_token"]
        assert self.item("/transactions/sync")["next_cursor"] == ""
        self.bench.base.move(seconds=200)

    def _sandbox(self) -> None:
        row = {
            "date_transacted": "2026-11-04",
            "date_posted": "2026-11-05",
            "amount": 12.34,
            "description": "RAMP BILL PAY",
        }
        self.item("/sandbox/transactions/create", transactions=[row] * 3)
        for code in CODES:
            assert self.item("/sandbox/item/fire_webhook", webhook_code=code)["webhook_fired"]
        self.item("/sandbox/item/reset_login")
        wish = self.item("/link/token/create", **LINK, update={"account_selection_enabled": True})
        more = [{"name": "Savings", "subtype": "savings", "current": "7", "available_known": False}]
        done = {"link_token": wish["link_token"], "accounts": more}
        self.bench.plaid.act("complete_link", **done)

    def _data(self) -> None:
        accounts = self.item("/accounts/get")["accounts"]
        one = accounts[0]["account_id"]
        self.bench.plaid.act("post_line", account_id=one, amount="5", name="PENDING", pending=True)
        self.bench.plaid.act("post_line", account_id=one, amount="-9.99", name="RETURN")
        self.item("/accounts/balance/get", options={"account_ids": [one]})
        self.item("/transactions/refresh")
        self.bench.base.move(seconds=20)
        first = self.item("/transactions/sync", count=2)
        assert first["has_more"]
        rest = self.item("/transactions/sync", cursor=first["next_cursor"])
        original = {"include_original_description": True, "account_id": one}
        self.item("/transactions/sync", options=original)
        gone = next(row["transaction_id"] for row in rest["added"] if row["pending"])
        self.bench.plaid.act("clear_line", line_id=gone)
        item_id = self.item("/item/get")["item"]["item_id"]
        self.bench.plaid.act("poll", item_id=item_id)
        assert self.item("/transactions/sync", cursor=rest["next_cursor"])["removed"]
        self.item("/item/webhook/update", webhook=f"{HOOK}/new")
        key = {"key_id": self.bench.plaid.notices.signing_key()}
        self.want(200, "/webhook_verification_key/get", **key)
        where = {"institution_id": "ins_109508", "country_codes": ["US"]}
        self.want(200, "/institutions/get_by_id", **where)

    def _troubled(self) -> None:
        """`/item/get` shows the trouble of an item in whatever state."""
        item_id = self.item("/item/get")["item"]["item_id"]
        for code in ("ITEM_LOGIN_REQUIRED", "NO_ACCOUNTS", "ACCESS_NOT_GRANTED"):
            self.bench.plaid.act("item_error", item_id=item_id, code=code)
            assert self.item("/item/get")["item"]["error"]["error_code"] == code
            assert self.item("/accounts/balance/get", status=400)["error_code"] == code
        at = "2026-12-24T00:00:00Z"
        self.bench.plaid.act("expire_consent", item_id=item_id, at=at)
        self.bench.plaid.act(
            "set_update_type", item_id=item_id, update_type="user_present_required"
        )
        shown = self.item("/item/get")["item"]
        assert (shown["consent_expiration_time"], shown["update_type"]) == (
            at,
            "user_present_required",
        )

    # ---- refusals

    def refusals(self, operations: Iterable[tuple[str, str, Json]]) -> None:
        """Every operation with wrong keys, without its fields, with strange ones, too often."""
        for _, path, _ in operations:
            wrong = self.call(path, headers={**_HEADERS, "PLAID-SECRET": "wrong"})
            assert wrong.json()["error_code"] == "INVALID_API_KEYS"
            assert self.want(400, path)["error_code"] == "MISSING_FIELDS"
            assert self.want(400, path, nonsense=1)["error_code"] == "UNKNOWN_FIELDS"
            for kind, status in (("throttle", 429), ("server_error", 500), ("maintenance", 503)):
                fault = self.bench.plaid.faults.add({"kind": kind})
                self.want(status, path)
                self.bench.plaid.faults.remove(fault["id"])
