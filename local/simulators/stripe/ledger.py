"""Charges and refunds, and the balance that they move (stripe contract, 1 and 4).

Tables: charges, refunds, txns. A row is `{account, object, ...}`: `object` is what the
API shows, the rest is the simulator's own. Amounts are integers in minor units.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.bank_days import add_business_days
from local.simulators.messages import ControlError, Json
from local.simulators.stripe import objects

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

METHODS = ("card", "us_bank_account")


class Ledger:
    """What customers and their banks do to the balance of an account."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def charge(self, account: str, amount: int, **given: Any) -> Json:
        """A payment. `outcome`: "succeeded" or a decline code; bank debits settle days later."""
        core = self._core
        method = given.get("method") or "card"
        if amount <= 0:
            raise ControlError("a charge is more than nothing")
        if method not in METHODS:
            raise ControlError(f"unknown method {method}; known: {', '.join(METHODS)}")
        customer = core.document.get("customers", given.get("customer") or "") or {}
        outcome = given.get("outcome") or "succeeded"
        if (params := core.faults.take("charge_fails", account=account)) is not None:
            outcome = str(params.get("code", "insufficient_funds"))
        failed = outcome != "succeeded"
        later = method == "us_bank_account" and not failed
        prefix = "py" if method == "us_bank_account" else "ch"
        fields: Json = {
            "id": given.get("id") or core.key(prefix),
            "amount": amount,
            "currency": given.get("currency") or "usd",
            "status": "failed" if failed else "pending" if later else "succeeded",
            "failure_code": outcome if failed else None,
            "balance_transaction": None,
            "customer": given.get("customer"),
            "email": customer.get("email"),
            "name": customer.get("name"),
            "descriptor": core.account(account)["descriptor"],
            "created": core.unix(),
            "description": given.get("description"),
            "livemode": core.account(account)["livemode"],
            "metadata": dict(given.get("metadata") or {}),
            "payment_intent": core.key("pi"),
            "payment_method": core.key("pm"),
            "method": method,
        }
        row: Json = {
            "account": account,
            "object": objects.charge_object(fields),
            "invoice": given.get("invoice"),
            "method": method,
            "refunded_at": None,
        }
        core.document.put("charges", fields["id"], row)
        if later:
            core.notices.event(account, "charge.pending", row["object"])
            days = int(core.setting("bank_settle_business_days"))
            at = _midnight(add_business_days(core.now().date(), days)) + timedelta(hours=8)
            core.timers.set("bank_settled", max(at, core.now()), {"charge": fields["id"]})
        elif failed:
            core.notices.event(account, "charge.failed", row["object"])
        else:
            self.succeed(fields["id"])
        return dict(core.row("charges", fields["id"])["object"])

    def succeed(self, charge_id: str) -> None:
        """The money is there: a movement with its fee, and the event."""
        core = self._core
        row = core.row("charges", charge_id)
        charge = row["object"]
        text = charge["description"] or ""
        kind = "charge" if row["method"] == "card" else "payment"
        charge["balance_transaction"] = self.move(
            row["account"],
            charge["amount"],
            category="charge",
            kind=kind,
            source=charge_id,
            charge=charge_id,
            fee=self._fee(charge["amount"], row["method"]),
            currency=charge["currency"],
            description=text,
            at_once=row["method"] != "card",
        )
        charge.update(status="succeeded", paid=True)
        core.document.put("charges", charge_id, row)
        core.notices.event(row["account"], "charge.succeeded", charge)

    def fail_bank_debit(self, charge_id: str) -> Json:
        """A bank debit is returned after it succeeded: the money leaves the balance again."""
        core = self._core
        row = core.row("charges", charge_id)
        charge = row["object"]
        if row["method"] == "card" or charge["status"] == "failed":
            raise ControlError("only a bank debit that has not failed can be returned")
        if charge["status"] == "succeeded":
            charge["failure_balance_transaction"] = self.move(
                row["account"],
                -charge["amount"],
                category="charge_failure",
                kind="payment_failure_refund",
                source=charge_id,
                charge=charge_id,
                currency=charge["currency"],
                description=f"Payment failure refund ({charge['description']})",
            )
        code = "insufficient_funds"
        charge.update(status="failed", paid=False, failure_code=code)
        charge["failure_message"] = "The customer's account has insufficient funds."
        core.document.put("charges", charge_id, row)
        core.notices.event(row["account"], "charge.failed", charge)
        return dict(charge)

    def refund(self, charge_id: str, amount: int | None, reason: str | None) -> Json:
        """Money goes back to the customer; the fee stays."""
        core = self._core
        row = core.row("charges", charge_id)
        charge = row["object"]
        left = charge["amount_captured"] - charge["amount_refunded"]
        paid = left if amount is None else amount
        if charge["status"] != "succeeded" or not 0 < paid <= left:
            raise ControlError(f"{charge_id} is {charge['status']}; {left} is left to refund")
        key = core.key("re")
        text = f"REFUND FOR CHARGE ({charge['description']})"
        kind = "refund" if row["method"] == "card" else "payment_refund"
        fields = {
            "id": key,
            "amount": paid,
            "charge": charge_id,
            "created": core.unix(),
            "currency": charge["currency"],
            "customer": charge["customer"],
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "method": row["method"],
            "balance_transaction": self.move(
                row["account"],
                -paid,
                category="refund",
                kind=kind,
                source=key,
                charge=charge_id,
                currency=charge["currency"],
                description=text,
            ),
        }
        refund: Json = {"account": row["account"], "object": objects.refund_object(fields)}
        core.document.put("refunds", key, refund)
        previous = {"amount_refunded": charge["amount_refunded"], "receipt_url": None}
        charge["amount_refunded"] += paid
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        row["refunded_at"] = core.unix()
        core.document.put("charges", charge_id, row)
        core.notices.event(row["account"], "charge.refunded", charge, previous)
        core.notices.event(row["account"], "refund.created", refund["object"])
        return dict(refund["object"])

    def fail_refund(self, refund_id: str) -> Json:
        """The customer's bank sends a refund back."""
        core = self._core
        row = core.row("refunds", refund_id)
        refund = row["object"]
        if refund["status"] != "succeeded":
            raise ControlError(f"{refund_id} is {refund['status']}")
        refund["failure_balance_transaction"] = self.move(
            row["account"],
            refund["amount"],
            category="refund_failure",
            kind="refund_failure",
            source=refund_id,
            charge=refund["charge"],
            currency=refund["currency"],
            description=f"Refund failure for {refund_id}",
        )
        refund.update(status="failed", failure_reason="lost_or_stolen_card")
        core.document.put("refunds", refund_id, row)
        charge = core.row("charges", refund["charge"])
        charge["object"]["amount_refunded"] -= refund["amount"]
        charge["object"]["refunded"] = False
        core.document.put("charges", refund["charge"], charge)
        core.notices.event(row["account"], "refund.updated", refund, {"status": "succeeded"})
        core.notices.event(row["account"], "refund.failed", refund)
        return dict(refund)

    def move(self, account: str, amount: int, **given: Any) -> str:
        """A movement of the balance; gives its id. Money in is available some days later."""
        core = self._core
        days = 0 if given.get("at_once") else int(core.setting("card_available_business_days"))
        available = _midnight(add_business_days(core.now().astimezone(UTC).date(), days))
        fields = {
            "id": core.key("txn"),
            "amount": amount,
            "fee": int(given.get("fee", 0)),
            "fee_text": given.get("fee_text", "Stripe processing fees"),
            "created": core.unix(),
            "available_on": int(available.timestamp()),
            "currency": given.get("currency", "usd"),
            "description": given.get("description"),
            "category": given["category"],
            "source": given.get("source"),
            "type": given["kind"],
        }
        row = {
            "account": account,
            "object": objects.transaction_object(fields),
            "number": core.document.next_number("txn"),
            "charge": given.get("charge"),
            "payout": given.get("payout"),
        }
        core.document.put("txns", fields["id"], row)
        return str(fields["id"])

    def _fee(self, amount: int, method: str) -> int:
        core = self._core
        if method == "us_bank_account":
            share = _share(amount, core.setting("bank_fee_basis_points"))
            return min(share, int(core.setting("bank_fee_minor_max")))
        fixed = int(core.setting("card_fee_fixed_minor"))
        return _share(amount, core.setting("card_fee_basis_points")) + fixed


def _share(amount: int, basis_points: float) -> int:
    """Part of an amount, half a minor unit up."""
    return (amount * int(basis_points) + 5000) // 10_000


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
