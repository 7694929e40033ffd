"""Ramp's own QuickBooks connection: writes Bills and BillPayments some time after the fact."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.bank_days import add_business_days, at_new_york, new_york_date
from local.simulators.messages import Json
from local.simulators.qbo.errors import Fault

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

_CENT = -2


class RampSync:
    """Applies settlement facts on the ledger's own clock."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    def plan(self, fact: Json) -> None:
        """Decide when a fact is booked."""
        realm = fact.get("realm_id")
        if realm not in self._core.document.rows("companies"):
            return
        if fact["kind"] == "bill_approved":
            at = self._core.now() + timedelta(minutes=fact["lags"]["bill_approved_minutes"])
            self._core.document.put("ramp_waiting", fact["bill_id"], True)
            self._core.timers.set("ramp_bill", at, fact)
        elif fact["kind"] == "ledger_payment":
            lag = int(fact["lags"]["ledger_payment_business_days"])
            occasion = _occasion(fact)
            if (params := self._core.faults.take("ledger_delay", **occasion)) is not None:
                lag += int(params.get("business_days", 5))
            day = add_business_days(date.fromisoformat(fact["effective_on"]), lag)
            at = max(at_new_york(day, "10:00"), self._core.now())
            self._core.timers.set("ramp_payment", at, fact)

    def book_bill(self, fact: Json) -> None:
        """Write the Bill and tell Ramp its Id."""
        realm = fact["realm_id"]
        self._core.document.delete("ramp_waiting", fact["bill_id"])
        if self._core.faults.take("ledger_skip_bill", bill_id=fact["bill_id"]) is not None:
            return
        vendor_id = self._vendor(realm, fact)
        amount = Decimal(fact["amount_minor"]).scaleb(_CENT)
        detail = {"AccountRef": {"value": "63"}, "BillableStatus": "NotBillable"}
        body: Json = {
            "VendorRef": {"value": vendor_id},
            "APAccountRef": {"value": "33"},
            "DocNumber": (fact["invoice_number"] or "")[:21] or None,
            "TxnDate": fact["issued_on"],
            "DueDate": fact["due_on"],
            "PrivateNote": f"Synced from Ramp bill {fact['bill_id']}",
            "Line": [
                {
                    "Amount": amount,
                    "DetailType": "AccountBasedExpenseLineDetail",
                    "AccountBasedExpenseLineDetail": detail,
                }
            ],
        }
        try:
            row = self._core.writes.run(realm, "Bill", "create", body)["Bill"]
        except Fault:
            return  # a closed period or a duplicate number: the bill stays unsynced in Ramp
        self._core.document.put("ramp_bills", fact["bill_id"], row["Id"])
        booked = [{"bill_id": fact["bill_id"], "remote_id": row["Id"]}]
        self._core.emit_fact("bill_booked", bills=booked)

    def book_payment(self, fact: Json) -> None:
        """Write one BillPayment per bill of the payment, unless a fault bends it."""
        waiting = self._core.document.rows("ramp_waiting")
        if any(bill["bill_id"] in waiting for bill in fact["bills"]):
            # A payment is never written before its bill.
            self._core.timers.set("ramp_payment", self._core.now() + timedelta(hours=1), fact)
            return
        occasion = _occasion(fact)
        if self._core.faults.take("ledger_skip", **occasion) is not None:
            return
        copies = 2 if self._core.faults.take("ledger_duplicate", **occasion) is not None else 1
        booked = []
        for bill in fact["bills"]:
            payment_ids = [self._book_one(fact, bill) for _ in range(copies)]
            if payment_ids[0] is not None:
                booked.append({"bill_id": bill["bill_id"], "remote_id": payment_ids[0]})
        if booked:
            self._core.emit_fact("payment_booked", bills=booked)

    def _book_one(self, fact: Json, bill: Json) -> str | None:
        realm, faults = fact["realm_id"], self._core.faults
        occasion = {"bill_id": bill["bill_id"], "payment_id": fact["payment_id"]}
        known = self._core.document.rows("ramp_bills").get(bill["bill_id"])
        ledger_bill = self._core.document.get(f"{realm}/Bill", bill["remote_id"] or known or "")
        if ledger_bill is None:
            return None  # Ramp never synced the bill, or somebody deleted it
        minor = int(bill["amount_minor"])
        if (params := faults.take("ledger_amount", **occasion)) is not None:
            minor = int(params.get("amount_minor", minor + int(params.get("delta_minor", 0))))
        account = fact["ledger_account_id"] or "35"
        if (params := faults.take("ledger_account", **occasion)) is not None:
            account = str(params["account_id"])
        paid_on = new_york_date(self._core.now())
        if (params := faults.take("ledger_date", **occasion)) is not None:
            paid_on += timedelta(days=int(params.get("days", 0)))
        amount = Decimal(minor).scaleb(_CENT)
        settled = min(amount, Decimal(ledger_bill["Balance"]))
        link = {"TxnId": ledger_bill["Id"], "TxnType": "Bill"}
        body: Json = {
            "VendorRef": {"value": ledger_bill["VendorRef"]["value"]},
            "PayType": "Check",
            "CheckPayment": {
                "BankAccountRef": {"value": account, "name": self._account(realm, account)},
                "PrintStatus": "NotSet",
            },
            "TotalAmt": amount,
            "DocNumber": f"RAMP-{fact['payment_id'][:8]}",
            "TxnDate": paid_on.isoformat(),
            "PrivateNote": f"Synced from Ramp bill {bill['bill_id']}",
            "Line": [{"Amount": settled, "LinkedTxn": [link]}] if settled > 0 else [],
        }
        try:
            row = self._core.writes.run(realm, "BillPayment", "create", body)["BillPayment"]
        except Fault:
            return None
        return str(row["Id"])

    def _vendor(self, realm: str, fact: Json) -> str:
        known = self._core.document.rows(f"{realm}/Vendor")
        if fact["vendor_remote_id"] in known:
            return str(fact["vendor_remote_id"])
        for row in known.values():
            if row["DisplayName"] == fact["vendor_name"]:
                return str(row["Id"])
        body = {"DisplayName": fact["vendor_name"]}
        return str(self._core.writes.run(realm, "Vendor", "create", body)["Vendor"]["Id"])

    def _account(self, realm: str, account_id: str) -> str:
        row = self._core.document.rows(f"{realm}/Account").get(account_id)
        return str(row["Name"]) if row else ""


def _occasion(fact: Json) -> Json:
    return {"payment_id": fact["payment_id"], "bill_id": fact["bills"][0]["bill_id"]}
