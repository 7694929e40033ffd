"""The books of one company: rows, SyncTokens, balances, tombstones (qbo contract, section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json
from local.simulators.qbo.errors import Fault, pacific, period_closed, stale

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

ENTITIES = {
    name.lower(): name
    for name in (
        *("Bill", "BillPayment", "Vendor", "VendorCredit", "Account", "Invoice", "Payment"),
        *("Purchase", "JournalEntry", "Deposit", "Transfer", "Attachable", "Customer"),
        *("CompanyInfo", "Preferences", "CreditMemo", "RefundReceipt"),
    )
}
USD = {"value": "USD", "name": "United States Dollar"}
_FIRST_ID = 1800
_FIRST_NOTE = 5_000_000_000_000_000_000  # 19 digits: an id is text
_ZERO = Decimal(0)


class Books:
    """Tables `{realm}/{Entity}` by Id and `{realm}/deleted` by `Entity/Id`."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    def rows(self, realm: str, entity: str) -> list[Json]:
        """All rows of an entity."""
        return list(self._core.document.rows(f"{realm}/{entity}").values())

    def find(self, realm: str, entity: str, key: object) -> Json:
        """A copy of one row. Raises Fault 610."""
        row = self._core.document.get(f"{realm}/{entity}", str(key))
        if row is None:
            raise Fault("610")
        found: Json = row
        return found

    def insert(self, realm: str, entity: str, fields: Json, key: str | None = None) -> Json:
        """A new row with Id, SyncToken and times; tells the webhooks."""
        now = pacific(self._core.now())
        row = {
            **fields,
            "domain": "QBO",
            "sparse": False,
            "Id": key or self._next_id(realm, entity),
            "SyncToken": "0",
            "MetaData": {"CreateTime": now, "LastUpdatedTime": now},
        }
        self._core.document.put(f"{realm}/{entity}", row["Id"], row)
        self._core.notices.event(realm, entity, row["Id"], "created")
        return row

    def save(self, realm: str, entity: str, row: Json, operation: str = "updated") -> Json:
        """Write a changed row: SyncToken up by one, time now; tells the webhooks."""
        row["SyncToken"] = str(int(row["SyncToken"]) + 1)
        row["MetaData"] = {**row["MetaData"], "LastUpdatedTime": pacific(self._core.now())}
        self._core.document.put(f"{realm}/{entity}", row["Id"], row)
        self._core.notices.event(realm, entity, row["Id"], operation)
        return row

    def delete(self, realm: str, entity: str, row: Json) -> None:
        """Remove a row and leave a tombstone for the change feed."""
        self._core.document.delete(f"{realm}/{entity}", row["Id"])
        stone = {
            "domain": "QBO",
            "status": "Deleted",
            "Id": row["Id"],
            "MetaData": {"LastUpdatedTime": pacific(self._core.now())},
        }
        key = f"{entity}/{row['Id']}"
        self._core.document.put(f"{realm}/deleted", key, {"entity": entity, "stone": stone})
        self._core.notices.event(realm, entity, row["Id"], "deleted")

    def check_token(self, row: Json, body: Json) -> None:
        """Refuse a write that was made from an old copy."""
        if "SyncToken" not in body:
            raise Fault("2020", "SyncToken")
        if str(body["SyncToken"]) != row["SyncToken"]:
            raise stale()

    def check_period(self, realm: str, *dates: object) -> None:
        """Refuse a write into a closed period."""
        for row in self.rows(realm, "Preferences"):
            closed_to = row.get("AccountingInfoPrefs", {}).get("BookCloseDate")
            if closed_to and any(day and str(day) <= closed_to for day in dates):
                raise period_closed()

    # ---- what a payment does to other rows

    def linked(self, payment: Json, kind: str) -> dict[str, Decimal]:
        """What a payment settles: ids of `kind` with amounts."""
        result: dict[str, Decimal] = {}
        for line in payment.get("Line", []):
            for link in line.get("LinkedTxn", []):
                if link["TxnType"] == kind:
                    amount = Decimal(line["Amount"])
                    result[link["TxnId"]] = result.get(link["TxnId"], _ZERO) + amount
        return result

    def settle(self, realm: str, *versions: Json) -> None:
        """Recompute what the old and new versions of a payment touch: bills, credits, balances."""
        for kind in ("Bill", "VendorCredit"):
            touched = {key for version in versions for key in self.linked(version, kind)}
            for key in sorted(touched):
                self._recompute(realm, kind, key)
        vendors = {version["VendorRef"]["value"] for version in versions}
        for vendor_id in sorted(vendors):
            self.recompute_vendor(realm, vendor_id)

    def settle_invoices(self, realm: str, *versions: Json) -> None:
        """The same for customers' payments: invoices, and credit memos that they use."""
        for kind in ("Invoice", "CreditMemo"):
            touched = {key for version in versions for key in self.linked(version, kind)}
            for key in sorted(touched):
                self._recompute(realm, kind, key)

    def move_account(self, realm: str, account_id: str | None, amount: Decimal) -> None:
        """Change an account's balance; accounts send no event for it."""
        row = self._core.document.get(f"{realm}/Account", str(account_id))
        if row is not None and amount:
            row["CurrentBalance"] = Decimal(row.get("CurrentBalance", 0)) + amount
            row["CurrentBalanceWithSubAccounts"] = row["CurrentBalance"]
            self._core.document.put(f"{realm}/Account", row["Id"], row)

    def recompute_vendor(self, realm: str, vendor_id: str) -> None:
        """A vendor's open balance; sends no event."""
        vendor = self._core.document.get(f"{realm}/Vendor", vendor_id)
        if vendor is None:
            return
        bills = [b for b in self.rows(realm, "Bill") if b["VendorRef"]["value"] == vendor_id]
        vendor["Balance"] = sum((Decimal(bill["Balance"]) for bill in bills), _ZERO)
        self._core.document.put(f"{realm}/Vendor", vendor_id, vendor)

    def _recompute(self, realm: str, kind: str, key: str) -> None:
        row = self._core.document.get(f"{realm}/{kind}", key)
        if row is None:
            return
        payer = "Payment" if kind in ("Invoice", "CreditMemo") else "BillPayment"
        payments = self.rows(realm, payer)
        paying = [(p, self.linked(p, kind)[key]) for p in payments if key in self.linked(p, kind)]
        row["Balance"] = Decimal(row["TotalAmt"]) - sum((a for _, a in paying), _ZERO)
        if kind == "CreditMemo":
            row["RemainingCredit"] = row["Balance"]
        row.pop("LinkedTxn", None)
        if paying:
            row["LinkedTxn"] = [
                {"TxnId": payment["Id"], "TxnType": _link_type(payer, payment)}
                for payment, _ in paying
            ]
        self.save(realm, kind, row)

    def _next_id(self, realm: str, entity: str) -> str:
        number = self._core.document.next_number(f"entity/{realm}")
        return str((_FIRST_NOTE if entity == "Attachable" else _FIRST_ID) + number)


def _link_type(payer: str, payment: Json) -> str:
    if payer == "Payment":
        return "Payment"
    return "BillPaymentCheck" if payment.get("PayType") == "Check" else "BillPaymentCreditCard"


def total_of(lines: Iterable[Any]) -> Decimal:
    """The sum of line amounts."""
    return sum((Decimal(line.get("Amount", 0)) for line in lines), _ZERO)
