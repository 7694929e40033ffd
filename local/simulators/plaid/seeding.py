"""Data that exists before a test: clients, items, accounts, lines. The format is in README.md."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from local.simulators.messages import ControlError, Json
from local.simulators.plaid.view import minor

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore


class PlaidSeed:
    """Writes rows. Ids may be given; what is not given is made up from the handed-in chance."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def load(self, data: Json) -> Json:
        """Load `{"clients": [...], "items": [...]}`; gives item ids, tokens, account ids."""
        if unknown := set(data) - {"clients", "items"}:
            raise ControlError(f"unknown keys {sorted(unknown)}")
        for client in data.get("clients", []):
            row = {"secret": client["secret"], "redirect_uris": client.get("redirect_uris", [])}
            self._core.document.put("clients", client["client_id"], row)
        return {"items": [self.item(row) for row in data.get("items", [])]}

    def item(self, given: Json) -> Json:
        """Write an Item with its accounts and lines; gives its ids and token."""
        core = self._core
        key = given.get("id") or core.token(37)
        environment = core.setting("environment")
        ready = bool(given.get("ready", True))
        institution = given.get("institution_id", "ins_109508")
        client_id = given.get("client_id") or next(iter(core.document.rows("clients")))
        item = {
            "id": key,
            "client_id": client_id,
            "access_token": given.get("access_token") or f"access-{environment}-{core.new_id()}",
            "institution_id": institution,
            "institution_name": core.institution_name(institution),
            "webhook": given.get("webhook"),
            "state": "healthy",
            "state_reason": None,
            "frozen": False,
            "removed": False,
            "sync_called": bool(given.get("sync_called", False)),
            "update_status": "HISTORICAL_UPDATE_COMPLETE" if ready else "NOT_READY",
            "consent_expiration_time": None,
            "days_requested": int(given.get("days_requested", 90)),
            "created_at": core.zulu(),
            "update_type": given.get("update_type", "background"),
            "sandbox_user": given.get("sandbox_user"),
            "last_successful_update": None,
            "last_failed_update": None,
            "last_webhook": None,
        }
        core.document.put("items", key, item)
        accounts = [self.account(key, row) for row in given.get("accounts", [])]
        for line in given.get("lines", []):
            self._line(accounts, line)
        if ready:
            core.bank.poll(key)
        else:
            first = core.now() + timedelta(seconds=core.setting("initial_update_seconds"))
            core.timers.set("ready", first, {"item_id": key, "status": "INITIAL_UPDATE_COMPLETE"})
            then = first + timedelta(seconds=core.setting("historical_update_seconds"))
            core.timers.set("ready", then, {"item_id": key, "status": "HISTORICAL_UPDATE_COMPLETE"})
        core.next_poll(key)
        if environment == "sandbox":
            days = timedelta(days=float(core.setting("sandbox_login_days")))
            name = f"disconnect/{key}"
            core.timers.set("disconnect", core.now() + days, {"item_id": key}, name=name)
        return {"id": key, "access_token": item["access_token"], "accounts": accounts}

    def account(self, item_id: str, given: Json) -> str:
        """Write an account; gives its id."""
        core = self._core
        currency = given.get("currency", "USD")
        known = bool(given.get("available_known", True))
        current = minor(given["current"], currency)
        account: Json = {
            "id": given.get("id") or core.token(37),
            "item_id": item_id,
            "name": given.get("name", "Operating Checking"),
            "official_name": given.get("official_name"),
            "mask": given.get("mask"),
            "type": given.get("type", "depository"),
            "subtype": given.get("subtype", "checking"),
            "currency": currency,
            "official_currency": bool(given.get("official_currency", True)),
            "current_minor": current,
            "pending_minor": 0,
            "available_known": known,
            # When the bank does not tell it to a live call: `available` stands alone.
            "current_known": bool(given.get("current_known", True)),
            "available_minor": minor(given["available"], currency)
            if given.get("available") is not None
            else None,
            "limit_minor": minor(given["limit"], currency) if given.get("limit") else None,
            "persistent_id": given.get("persistent_account_id"),
            "bank_updated_at": given.get("last_updated_datetime"),
        }
        account["cached"] = core.bank.seen(account)
        core.document.put("accounts", account["id"], account)
        return str(account["id"])

    def _line(self, accounts: list[str], given: Json) -> None:
        """A line of the past: the seeded balance already contains it."""
        core = self._core
        account_id = given.get("account_id") or accounts[int(given.get("account", 0))]
        account = core.document.rows("accounts")[account_id]
        before = account["current_minor"]
        row = {
            "account_id": account_id,
            "amount_minor": minor(given["amount"], account["currency"]),
            "name": given["name"],
            "date": given["date"],
        }
        for key in ("id", "reference", "payee", "method", "check_number"):
            if given.get(key):
                row[key] = given[key]
        core.bank.post(row)
        restored = core.document.get("accounts", account_id)
        assert restored is not None
        restored["current_minor"] = before
        core.document.put("accounts", account_id, restored)
