"""Data that exists before a test: accounts, endpoints, customers, charges. Format: README.md."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from local.simulators.messages import ControlError, Json
from local.simulators.stripe.money import minor

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore


class StripeSeed:
    """Writes rows without telling the endpoints."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def load(self, data: Json) -> Json:
        """Load `{"accounts": [...]}`; gives ids, keys and secrets."""
        if unknown := set(data) - {"accounts"}:
            raise ControlError(f"unknown keys {sorted(unknown)}; known: ['accounts']")
        self._core.quiet = True
        try:
            return {"accounts": [self._account(row) for row in data.get("accounts", [])]}
        finally:
            self._core.quiet = False

    def _account(self, given: Json) -> Json:
        core = self._core
        key = given.get("id") or f"acct_1{core.text(15)}"
        if key not in core.document.rows("accounts"):
            self._new_account(key, given)
        api_key = given.get("api_key")
        if api_key:
            core.document.put("keys", api_key, {"account": key})
        endpoints = [core.notices.add_endpoint(key, row) for row in given.get("endpoints", [])]
        customers = [self._customer(key, row) for row in given.get("customers", [])]
        charges = [self._charge(key, row) for row in given.get("charges", [])]
        result: Json = {"id": key, "api_key": api_key, "endpoints": endpoints}
        return {**result, "customers": customers, "charges": charges}

    def _new_account(self, key: str, given: Json) -> None:
        core = self._core
        bank = given.get("bank_account", {})
        name = given.get("name", "Client LLC")
        row = {
            "name": name,
            "livemode": bool(given.get("livemode", True)),
            "descriptor": given.get("descriptor", name.upper()[:22]),
            "automatic": bool(given.get("automatic", True)),
            "prefix": f"{core.rng.getrandbits(32):08X}",
            "bank": {
                "id": bank.get("id") or core.key("ba"),
                "name": bank.get("name", "FIRST HARBOR BANK"),
                "last4": bank.get("last4", "5678"),
                "country": bank.get("country", "US"),
                "plaid_account_id": bank.get("plaid_account_id"),
            },
        }
        core.document.put("accounts", key, row)
        core.payouts.next_run(key)

    def _customer(self, account: str, given: Json) -> str:
        core = self._core
        key = str(given.get("id") or f"cus_{core.text(14)}")
        shown = {
            "id": key,
            "object": "customer",
            "created": core.unix(),
            "email": given.get("email"),
            "livemode": core.account(account)["livemode"],
            "metadata": dict(given.get("metadata") or {}),
            "name": given.get("name"),
        }
        row = {"account": account, "object": shown, **{n: given.get(n) for n in ("name", "email")}}
        core.document.put("customers", key, row)
        return key

    def _charge(self, account: str, given: Json) -> str:
        """A charge that lies `days_ago` in the past."""
        core = self._core
        fields = {name: value for name, value in given.items() if name not in _OWN}
        currency = str(given.get("currency", "usd"))
        with core.at(core.now() - timedelta(days=float(given.get("days_ago", 0)))):
            charge = core.ledger.charge(account, minor(given["amount"], currency), **fields)
        return str(charge["id"])


_OWN = ("amount", "days_ago")
