"""Invoices from finalized to paid, overdue, void or given up (stripe contract, section 3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.messages import ControlError, Json
from local.simulators.stripe import objects

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore


class Invoices:
    """Table invoices."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def create(self, account: str, amount: int, **given: Any) -> Json:
        """A finalized invoice of a customer, due after `days` (14)."""
        core = self._core
        customer = core.document.get("customers", given.get("customer") or "") or {}
        due = core.now() + timedelta(days=float(given.get("days", 14)))
        number = core.document.next_number(f"invoice/{account}")
        fields: Json = {
            "id": given.get("id") or core.key("in"),
            "line_id": core.key("il"),
            "account_name": core.account(account)["name"],
            "amount": amount,
            "currency": given.get("currency") or "usd",
            "line_text": given.get("description") or "Services",
            "livemode": core.account(account)["livemode"],
            "created": core.unix(),
            "customer": given.get("customer"),
            "email": customer.get("email"),
            "name": customer.get("name"),
            "due_date": int(due.timestamp()),
            "metadata": dict(given.get("metadata") or {}),
            "number": given.get("number") or f"{core.account(account)['prefix']}-{number:04d}",
        }
        row: Json = {"account": account, "object": objects.invoice_object(fields), "charge": None}
        core.document.put("invoices", fields["id"], row)
        core.notices.event(account, "invoice.finalized", row["object"])
        core.timers.set("invoice_due", due, {"invoice": fields["id"]})
        return dict(row["object"])

    def overdue(self, invoice_id: str) -> None:
        """The due date passed without a payment."""
        row = self._core.row("invoices", invoice_id)
        if row["object"]["status"] == "open":
            self._core.notices.event(row["account"], "invoice.overdue", row["object"])

    def pay(self, invoice_id: str, method: str = "card", outcome: str = "succeeded") -> Json:
        """The customer pays, or tries to. A bank debit pays when it has settled."""
        core = self._core
        row = self._open(invoice_id)
        invoice = row["object"]
        invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
        core.document.put("invoices", invoice_id, row)
        words = invoice["metadata"].get("qbo_invoice_doc_number") or invoice["number"]
        charge = core.ledger.charge(
            row["account"],
            invoice["amount_remaining"],
            currency=invoice["currency"],
            method=method,
            customer=invoice["customer"],
            description=f"Payment for Invoice {words}",
            metadata=invoice["metadata"],
            invoice=invoice_id,
            outcome=outcome,
        )
        if charge["status"] == "failed":
            core.notices.event(row["account"], "invoice.payment_failed", invoice)
        elif charge["status"] == "succeeded":
            self.paid(invoice_id, charge["id"])
        return dict(core.row("invoices", invoice_id)["object"])

    def paid(self, invoice_id: str, charge_id: str) -> None:
        """A payment arrived: nothing of it is named in the invoice itself."""
        core = self._core
        row = core.row("invoices", invoice_id)
        invoice = row["object"]
        if invoice["status"] != "open":
            return
        invoice.update(status="paid", amount_paid=invoice["amount_due"], amount_remaining=0)
        invoice["status_transitions"]["paid_at"] = core.unix()
        row["charge"] = charge_id
        core.document.put("invoices", invoice_id, row)
        core.notices.event(row["account"], "invoice.paid", invoice)

    def end(self, invoice_id: str, status: str) -> Json:
        """Voided, or given up: `void` or `uncollectible`."""
        core = self._core
        row = self._open(invoice_id)
        names = {"void": "voided", "uncollectible": "marked_uncollectible"}
        if status not in names:
            raise ControlError(f"unknown end {status}; known: {', '.join(names)}")
        row["object"]["status"] = status
        row["object"]["status_transitions"][f"{names[status]}_at"] = core.unix()
        core.document.put("invoices", invoice_id, row)
        core.notices.event(row["account"], f"invoice.{names[status]}", row["object"])
        return dict(row["object"])

    def _open(self, invoice_id: str) -> Json:
        row = self._core.row("invoices", invoice_id)
        if row["object"]["status"] != "open":
            raise ControlError(f"{invoice_id} is {row['object']['status']}")
        return row
