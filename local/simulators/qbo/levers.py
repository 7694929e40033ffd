"""What bookkeepers do in QuickBooks itself: the actions of this simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.bank_days import new_york_date
from local.simulators.messages import ControlError, Json
from local.simulators.qbo.errors import Fault
from local.simulators.qbo.receivables import Receivables

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore


class Levers:
    """Actions by name; `realm` is the company, ids are the ledger's. People ignore SyncTokens."""

    def __init__(self, core: QboCore) -> None:
        self._core = core
        self._receivables = Receivables(core)

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """All actions."""
        return {
            "edit_payment": self.edit_payment,
            "void_payment": lambda realm, key: self._write(realm, "BillPayment", "void", key),
            "delete_payment": lambda realm, key: self._write(realm, "BillPayment", "delete", key),
            "edit_bill": self.edit_bill,
            "delete_bill": lambda realm, key: self._write(realm, "Bill", "delete", key),
            "pay_bill": self.pay_bill,
            "create_invoice": self._receivables.create_invoice,
            "edit_invoice": self._receivables.edit_invoice,
            "pay_invoice": self._receivables.pay_invoice,
            "void_invoice": lambda realm, key: self._write(realm, "Invoice", "void", key),
            "delete_invoice": lambda realm, key: self._write(realm, "Invoice", "delete", key),
            "void_customer_payment": lambda realm, key: self._write(realm, "Payment", "void", key),
            "create": self.create,
            "close_books": self.close_books,
            "end_subscription": self.end_subscription,
            "revoke_connection": self.revoke_connection,
            "merge_vendors": self.merge_vendors,
            "email_invoice": self.email_invoice,
            "remove_user": self.remove_user,
        }

    def edit_payment(self, realm: str, key: str, amount: str, date: str | None = None) -> Json:
        """Somebody changes a BillPayment's amount (and date)."""
        row = self._core.books.find(realm, "BillPayment", key)
        changed = Decimal(amount)
        lines = [{**line, "Amount": changed} for line in row.get("Line", [])][:1]
        fields = {**row, "TotalAmt": changed, "Line": lines, "TxnDate": date or row["TxnDate"]}
        return self._core.writes.run(realm, "BillPayment", "update", fields)

    def edit_bill(self, realm: str, key: str, amount: str) -> Json:
        """Somebody changes a Bill's amount."""
        row = self._core.books.find(realm, "Bill", key)
        line = {**row["Line"][0], "Amount": Decimal(amount)}
        return self._core.writes.run(realm, "Bill", "update", {**row, "Line": [line]})

    def pay_bill(
        self, realm: str, key: str, amount: str | None = None, account_id: str = "35"
    ) -> Json:
        """Somebody records a payment by hand: paid outside the rail."""
        bill = self._core.books.find(realm, "Bill", key)
        paid = Decimal(amount) if amount is not None else Decimal(bill["Balance"])
        body: Json = {
            "VendorRef": bill["VendorRef"],
            "PayType": "Check",
            "CheckPayment": {"BankAccountRef": {"value": account_id}},
            "TotalAmt": paid,
            "TxnDate": new_york_date(self._core.now()).isoformat(),
            "Line": [{"Amount": paid, "LinkedTxn": [{"TxnId": key, "TxnType": "Bill"}]}],
        }
        return self._core.writes.run(realm, "BillPayment", "create", body)

    def create(self, realm: str, entity: str, body: Json) -> Json:
        """Somebody enters any object."""
        return self._core.writes.run(realm, entity, "create", body)

    def close_books(self, realm: str, date: str | None) -> Json:
        """Set or clear the closing date."""
        row = self._core.books.find(realm, "Preferences", "1")
        row["AccountingInfoPrefs"] = {"BookCloseDate": date} if date else {}
        self._core.books.save(realm, "Preferences", row)
        return {"BookCloseDate": date}

    def end_subscription(self, realm: str, ended: bool = True) -> Json:
        """The company's subscription ended (fault 6190 on everything) or began again."""
        company = self._core.document.get("companies", realm)
        if company is None:
            raise ControlError(f"no company {realm}")
        company["ended"] = ended
        self._core.document.put("companies", realm, company)
        return {"realm": realm, "ended": ended}

    def revoke_connection(self, realm: str, client_id: str) -> Json:
        """The client disconnects the app in QuickBooks."""
        self._core.oauth.kill(f"{client_id}/{realm}")
        return {"realm": realm, "dead": True}

    def merge_vendors(self, realm: str, key: str, into: str) -> Json:
        """Somebody merges two vendors in the window: the first is gone, its bills move."""
        books = self._core.books
        loser, winner = (books.find(realm, "Vendor", one) for one in (key, into))
        for entity in ("Bill", "BillPayment", "VendorCredit"):
            for row in books.rows(realm, entity):
                if row["VendorRef"]["value"] == key:
                    reference = {"value": into, "name": winner["DisplayName"]}
                    table, moved = f"{realm}/{entity}", {**row, "VendorRef": reference}
                    self._core.document.put(table, row["Id"], moved)
        self._core.document.delete(f"{realm}/Vendor", loser["Id"])
        books.recompute_vendor(realm, into)
        self._core.notices.event(realm, "Vendor", into, "merged", loser=key)
        return {"merged": key, "into": into}

    def email_invoice(self, realm: str, key: str) -> Json:
        """Somebody sends an invoice."""
        row = {**self._core.books.find(realm, "Invoice", key), "EmailStatus": "EmailSent"}
        return {"Invoice": self._core.books.save(realm, "Invoice", row, "emailed")}

    def remove_user(self, realm: str, removed: bool = True) -> Json:
        """The person who connected the app leaves the company (fault 120), or is back."""
        company = self._core.document.get("companies", realm)
        if company is None:
            raise ControlError(f"no company {realm}")
        self._core.document.put("companies", realm, {**company, "user_removed": removed})
        return {"realm": realm, "user_removed": removed}

    def _write(self, realm: str, entity: str, operation: str, key: str) -> Json:
        try:
            row = self._core.books.find(realm, entity, key)
            return self._core.writes.run(realm, entity, operation, row)
        except Fault as fault:
            raise ControlError(str(fault)) from fault
