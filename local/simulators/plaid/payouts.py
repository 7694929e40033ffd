"""Stripe's payouts at the bank: a credit on its day, and a debit when it is taken back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from local.simulators.bank_days import add_business_days, at_new_york, new_york_date
from local.simulators.messages import Json

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore


class BankPayouts:
    """Facts `bank_payout` and `bank_payout_return`; faults of debits bend them as well."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def take(self, fact: Json) -> None:
        """Post the line in the morning of its bank day, `bank_payout_business_days` later."""
        core = self._core
        account_id = fact["bank_account_id"]
        if account_id not in core.document.rows("accounts"):
            return
        occasion = {"payout_id": fact["payout_id"]}
        if core.faults.take("bank_skip", **occasion) is not None:
            return
        amount = int(fact["amount_minor"])
        if (params := core.faults.take("bank_amount", **occasion)) is not None:
            amount = int(params.get("amount_minor", amount + int(params.get("delta_minor", 0))))
        lag = int(fact["lags"]["bank_payout_business_days"])
        if (params := core.faults.take("bank_delay", **occasion)) is not None:
            lag += int(params.get("business_days", 3))
        back = fact["kind"] == "bank_payout_return"
        reference = fact["trace"]
        if core.faults.take("bank_no_reference", **occasion) is not None:
            reference = None
        line = {
            "account_id": account_id,
            "amount_minor": amount if back else -amount,
            "name": f"{fact['text']} RETURN" if back else fact["text"],
            "payee": "Stripe",
            "reference": reference,
            "method": "ACH",
            "check_number": None,
        }
        first = new_york_date(core.now()) if back else date.fromisoformat(fact["effective_on"])
        at = at_new_york(add_business_days(first, lag), "06:00")
        core.timers.set("bank_post", max(at, core.now()), {"line": line})
