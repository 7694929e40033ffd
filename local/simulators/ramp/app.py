"""What people do in the Ramp app, and what Ramp's providers do: the actions of this simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from local.simulators.messages import ControlError, Json
from local.simulators.ramp.view import bill_view, to_minor

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore


class App:
    """Actions by name; each takes keyword parameters and gives the bill as the API shows it."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """All actions."""
        return {
            "approve": self.approve,
            "reject": self.reject,
            "schedule": self.schedule,
            "await_release": lambda bill_id: self.stop(bill_id, "AWAITING_RELEASE"),
            "hold_by_provider": lambda bill_id: self.stop(bill_id, "HELD_BY_PROVIDER"),
            "block": lambda bill_id: self.stop(bill_id, "BLOCKED"),
            "fail_payment": lambda bill_id: self.stop(bill_id, "PAYMENT_ERROR"),
            "release_payment": self.release_payment,
            "regress": self.regress,
            "return_payment": self.return_payment,
            "batch": self.batch,
            "change_amount": self.change_amount,
            "change_vendor_account": self.change_vendor_account,
            "set_state": self.set_state,
            "set_value": self.set_value,
            "terminate_approval": self.terminate_approval,
            "remove_webhook": self.remove_webhook,
            "deactivate_webhook": self.deactivate_webhook,
            "revoke_business": self.revoke_business,
        }

    def approve(self, bill_id: str) -> Json:
        """The last approver said yes."""
        bill = self._core.bill(bill_id)
        if bill["approval_status"] not in ("PENDING", "INITIALIZED"):
            raise ControlError(f"approval is {bill['approval_status']}")
        self._core.webhooks.event(bill["business_id"], "bills.approved", bill_id)
        self._core.schedule.approved(bill)
        return self._show(bill_id)

    def reject(self, bill_id: str) -> Json:
        """An approver said no."""
        bill = self._core.bill(bill_id)
        self._core.schedule.take_off(bill)
        bill.update(approval_status="REJECTED", state="APPROVAL_REJECTED")
        self._core.document.put("bills", bill_id, bill)
        self._core.webhooks.event(bill["business_id"], "bills.rejected", bill_id)
        return self._show(bill_id)

    def schedule(self, bill_id: str, payment_date: str | None) -> Json:
        """Somebody sets or clears the date in the app, not here."""
        bill = self._core.bill(bill_id)
        self._core.schedule.plan(bill, payment_date)
        self._core.webhooks.payment_event(bill)
        return self._show(bill_id)

    def stop(self, bill_id: str, state: str) -> Json:
        """The payment waits for release, is held, blocked or failed."""
        bill = self._core.bill(bill_id)
        payment = self._core.payment(bill)
        bills = [self._core.bill(other) for other in payment["bill_ids"]]
        self._core.schedule.stop(bills, payment, state)
        return self._show(bill_id)

    def release_payment(self, bill_id: str) -> Json:
        """A person releases the payment, or the provider lets go: it runs now."""
        bill = self._core.bill(bill_id)
        if bill["state"] not in ("AWAITING_RELEASE", "HELD_BY_PROVIDER", "BLOCKED"):
            raise ControlError(f"the bill is in state {bill['state']}")
        self._core.schedule.resume(bill)
        return self._show(bill_id)

    def regress(self, bill_id: str, state: str = "PAYMENT_ERROR") -> Json:
        """PAID turns OPEN."""
        self._core.schedule.reopen([self._core.bill(bill_id)], state)
        return self._show(bill_id)

    def return_payment(self, bill_id: str, regress: bool = True) -> Json:
        """The vendor's bank sends the money back (ACH return): a bank credit follows."""
        self._core.schedule.give_back(self._core.bill(bill_id)["payment_id"], regress)
        return self._show(bill_id)

    def batch(self, bill_ids: list[str], payment_date: str | None = None) -> Json:
        """One payment for several bills: `payment.id` is shared, `payment.amount` the total."""
        first = self._core.bill(bill_ids[0])
        payment = self._core.payment(first)
        for bill_id in bill_ids[1:]:
            bill = self._core.bill(bill_id)
            if (bill["business_id"], bill["vendor_id"]) != (
                first["business_id"],
                first["vendor_id"],
            ):
                raise ControlError("a batch pays one vendor of one business")
            self._core.schedule.take_off(bill)
            bill["payment_id"] = payment["id"]
            self._core.document.put("bills", bill_id, bill)
        payment["bill_ids"] = list(bill_ids)
        self._core.document.put("payments", payment["id"], payment)
        for bill_id in bill_ids:
            self._core.schedule.plan(self._core.bill(bill_id), payment_date)
        return {"payment_id": payment["id"], "bills": [self._show(b) for b in bill_ids]}

    def change_amount(self, bill_id: str, amount: str) -> Json:
        """Somebody edits the invoice: another amount in decimal major units."""
        bill = self._core.bill(bill_id)
        bill["amount_minor"] = to_minor(amount, bill["currency"])
        bill["line_items"] = [{"amount_minor": bill["amount_minor"], "memo": bill["memo"]}]
        bill["inventory_line_items"] = []
        self._core.document.put("bills", bill_id, bill)
        self._core.webhooks.event(bill["business_id"], "bills.updated", bill_id)
        return self._show(bill_id)

    def change_vendor_account(self, bill_id: str, vendor_account_id: str | None = None) -> Json:
        """The payee's bank details change: the classic redirection fraud."""
        bill = self._core.bill(bill_id)
        vendor = self._core.document.get("vendors", bill["vendor_id"])
        assert vendor is not None
        account = {
            "id": vendor_account_id or self._core.new_id(),
            "payment_method": "ACH",
            "currency": "USD",
            "is_default": True,
            "account_nickname": None,
        }
        for other in vendor["accounts"]:
            other["is_default"] = False
        vendor["accounts"].append(account)
        self._core.document.put("vendors", vendor["id"], vendor)
        bill["vendor_account_id"] = account["id"]
        self._core.document.put("bills", bill_id, bill)
        self._core.webhooks.event(bill["business_id"], "vendors.updated", vendor["id"])
        self._core.audit(bill, "Changed bank account on bill")
        return self._show(bill_id)

    def set_state(self, bill_id: str, state: str) -> Json:
        """Force any state text, also one nobody has seen yet."""
        bill = self._core.bill(bill_id)
        bill["state"] = state
        self._core.document.put("bills", bill_id, bill)
        return self._show(bill_id)

    def set_value(self, bill_id: str, field: str, value: str) -> Json:
        """Force any text into a field that is a list of names in the API."""
        columns = ("approval_status", "sync_status", "payment_method", "status", "state")
        if field not in columns:
            raise ControlError(f"one of {columns}")
        bill = self._core.bill(bill_id)
        bill[field] = value
        self._core.document.put("bills", bill_id, bill)
        return self._show(bill_id)

    def terminate_approval(self, bill_id: str) -> Json:
        """The approval flow ends without a decision."""
        bill = self._core.bill(bill_id)
        self._core.schedule.take_off(bill)
        bill.update(approval_status="TERMINATED", state="APPROVAL_REJECTED")
        self._core.document.put("bills", bill_id, bill)
        return self._show(bill_id)

    def remove_webhook(self, webhook_id: str) -> Json:
        """Somebody deletes a subscription behind the product's back."""
        self._core.document.delete("subscriptions", webhook_id)
        return {"id": webhook_id, "status": "gone"}

    def deactivate_webhook(self, webhook_id: str) -> Json:
        """Ramp switches a subscription off."""
        row = self._core.document.get("subscriptions", webhook_id)
        if row is None:
            raise ControlError("no such subscription")
        row["status"] = "inactive"
        self._core.document.put("subscriptions", webhook_id, row)
        return {"id": webhook_id, "status": "inactive"}

    def revoke_business(self, business_id: str) -> Json:
        """The client's admin disconnects the app: every token of the business dies."""
        tables: dict[str, int] = {}
        for table in ("tokens", "refresh_tokens"):
            rows: dict[str, Any] = dict(self._core.document.rows(table))
            dead = [key for key, row in rows.items() if row["business_id"] == business_id]
            for key in dead:
                self._core.document.delete(table, key)
            tables[table] = len(dead)
        return tables

    def _show(self, bill_id: str) -> Json:
        return bill_view(self._core, self._core.document.rows("bills")[bill_id], single=True)
