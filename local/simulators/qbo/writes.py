"""Writes through the real API shape: create, full and sparse update, delete, void.

The product may only attach notes; everything else works here all the same, so that tests can
prove the product never does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json
from local.simulators.qbo.books import USD, Books, total_of
from local.simulators.qbo.errors import Fault, system_failure
from local.simulators.qbo.receivables import Receivables, settled, sold, with_subtotal
from local.simulators.qbo.shapes import complete

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "Bill": ("VendorRef", "Line"),
    "BillPayment": ("VendorRef", "PayType", "TotalAmt"),
    "Vendor": ("DisplayName",),
    "VendorCredit": ("VendorRef", "Line"),
    "Account": ("Name", "AccountType"),
    "Invoice": ("CustomerRef", "Line"),
    "Payment": ("CustomerRef", "TotalAmt"),
    "CreditMemo": ("CustomerRef", "Line"),
    "RefundReceipt": ("DepositToAccountRef", "Line"),
    "Purchase": ("AccountRef", "PaymentType", "Line"),
    "JournalEntry": ("Line",),
    "Deposit": ("DepositToAccountRef", "Line"),
    "Transfer": ("FromAccountRef", "ToAccountRef", "Amount"),
    "Customer": ("DisplayName",),
    "Attachable": (),
    "Preferences": (),
    "CompanyInfo": ("CompanyName",),
}
_REFERENCES = {
    "VendorRef": "Vendor",
    "CustomerRef": "Customer",
    "APAccountRef": "Account",
    "AccountRef": "Account",
    "DepositToAccountRef": "Account",
    "FromAccountRef": "Account",
    "ToAccountRef": "Account",
}
_LENGTHS = {"DocNumber": 21, "PrivateNote": 4000, "Note": 2000, "PaymentRefNum": 21}
_SPARSE = frozenset({"Invoice", "Payment", "JournalEntry", "CompanyInfo", "Preferences"})
_VOIDABLE = frozenset({"BillPayment", "Invoice", "Payment"})
_NOT_DELETABLE = frozenset({"Vendor", "Account", "Customer", "CompanyInfo", "Preferences"})
_SUMMED = frozenset({
    "Bill", "VendorCredit", "Invoice", "Purchase", "Deposit", "CreditMemo", "RefundReceipt",
})  # fmt: skip
_WITH_BALANCE = frozenset({"Bill", "VendorCredit", "Invoice", "CreditMemo"})
_COMPUTED = ("Id", "SyncToken", "MetaData", "domain", "sparse", "Balance", "LinkedTxn", "status")


class Writes:
    """Operations on the books. Each gives the body of the answer or raises Fault."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    @property
    def _books(self) -> Books:
        return self._core.books

    def run(self, realm: str, entity: str, operation: str, body: Json) -> Json:
        """One write: `create`, `update`, `delete` or `void`."""
        if operation == "delete":
            return self._delete(realm, entity, body)
        if operation == "void":
            return self._void(realm, entity, body)
        if operation == "update" or "Id" in body:
            return self._update(realm, entity, body)
        return self._create(realm, entity, body)

    def _create(self, realm: str, entity: str, body: Json) -> Json:
        if entity in ("CompanyInfo", "Preferences"):
            raise Fault("6000", f"{entity} cannot be created")
        self._check(realm, entity, body, None)
        fields = self._complete(realm, entity, body)
        self._books.check_period(realm, fields.get("TxnDate"))
        row = self._books.insert(realm, entity, fields)
        self._after(realm, entity, row)
        return {entity: self._core.books.find(realm, entity, row["Id"])}

    def _update(self, realm: str, entity: str, body: Json) -> Json:
        old = self._books.find(realm, entity, body.get("Id"))
        self._books.check_token(old, body)
        sparse = body.get("sparse") is True and entity in _SPARSE
        # For Bill, BillPayment and the like a sparse body is not documented: what is missing is
        # lost or, when required, refused.
        merged = {**old, **body} if sparse else dict(body)
        self._check(realm, entity, merged, old)
        self._books.check_period(realm, old.get("TxnDate"), merged.get("TxnDate"))
        fields = self._complete(realm, entity, merged)
        kept = {key: old[key] for key in _COMPUTED if key in old}
        row = {**fields, **kept}
        if entity == "Account" and row.get("Active") is False and old.get("Active", True):
            row["Name"] = f"{row['Name']} (deleted)"
        if entity in _WITH_BALANCE:
            paid = Decimal(old["TotalAmt"]) - Decimal(old["Balance"])
            row["Balance"] = Decimal(row["TotalAmt"]) - paid
        row = self._books.save(realm, entity, row)
        self._after(realm, entity, row, old)
        return {entity: self._core.books.find(realm, entity, row["Id"])}

    def _delete(self, realm: str, entity: str, body: Json) -> Json:
        old = self._books.find(realm, entity, body.get("Id"))
        if entity in _NOT_DELETABLE:
            raise Fault("6000", f"{entity} cannot be deleted")
        self._books.check_token(old, body)
        self._books.check_period(realm, old.get("TxnDate"))
        if old.get("LinkedTxn") and entity in _WITH_BALANCE:
            raise Fault("6000", "the transaction is linked to another one; unlink it first")
        self._books.delete(realm, entity, old)
        self._undo(realm, entity, old)
        return {entity: {"status": "Deleted", "domain": "QBO", "Id": old["Id"]}}

    def _void(self, realm: str, entity: str, body: Json) -> Json:
        if entity == "JournalEntry":
            return {"BatchItemResponse": []}  # observed: 200, and nothing happened
        if entity == "Purchase":
            raise Fault("6000", "this transaction cannot be voided")
        if entity not in _VOIDABLE:
            raise system_failure("java.lang.UnsupportedOperationException")
        old = self._books.find(realm, entity, body.get("Id"))
        self._books.check_token(old, body)
        self._books.check_period(realm, old.get("TxnDate"))
        note = old.get("PrivateNote", "")
        row = {
            **old,
            "TotalAmt": Decimal(0),
            "Line": [],
            "PrivateNote": f"Voided - {note}" if note else "Voided",
        }
        if entity == "Payment":
            row["UnappliedAmt"] = Decimal(0)
        if entity == "Invoice":
            row["Balance"] = Decimal(0)
            row.pop("LinkedTxn", None)
        self._books.save(realm, entity, row, "void")
        if entity == "Invoice":
            Receivables(self._core).unlink(realm, old)
        self._undo(realm, entity, old)
        return {entity: self._core.books.find(realm, entity, row["Id"])}

    def _check(self, realm: str, entity: str, body: Json, old: Json | None) -> None:
        for name in body:
            if name[:1].islower() and name not in ("sparse", "domain", "status"):
                raise Fault("2010", name)
        for name in _REQUIRED[entity]:
            if body.get(name) in (None, "", []):
                raise Fault("2020", name)
        for name, longest in _LENGTHS.items():
            if len(str(body.get(name) or "")) > longest:
                raise Fault("2050", name)
        self._check_references(realm, body)
        self._check_links(realm, body)
        self._check_unique(realm, entity, body, old)
        self._check_kind(realm, entity, body)

    def _check_kind(self, realm: str, entity: str, body: Json) -> None:
        """Rules of single entities."""
        if entity == "Attachable":
            if not body.get("Note") and not body.get("FileName"):
                raise Fault("6000", "an attachable needs a note or a file")
            for reference in body.get("AttachableRef", []):
                target = reference["EntityRef"]
                found = self._books.find(realm, str(target.get("type")), target.get("value"))
                if not self._core.setting("attachable_in_closed_period"):
                    self._books.check_period(realm, found.get("TxnDate"))
        elif entity == "BillPayment":
            kind = "CheckPayment" if body["PayType"] == "Check" else "CreditCardPayment"
            if kind not in body:
                raise Fault("2020", kind)
        elif entity == "JournalEntry" and _signed(body["Line"]) != 0:
            raise Fault("6000", "debits and credits do not agree")

    def _check_references(self, realm: str, body: Json) -> None:
        for name, target in _REFERENCES.items():
            value = (body.get(name) or {}).get("value")
            if value is not None and self._core.document.get(f"{realm}/{target}", value) is None:
                raise Fault("2500", f"{name} {value}")

    def _check_links(self, realm: str, body: Json) -> None:
        for line in body.get("Line") or []:
            for link in line.get("LinkedTxn", []):
                if link["TxnType"] in ("Bill", "VendorCredit", "Invoice", "CreditMemo"):
                    self._books.find(realm, link["TxnType"], link["TxnId"])

    def _check_unique(self, realm: str, entity: str, body: Json, old: Json | None) -> None:
        own = old["Id"] if old else None
        others = [row for row in self._books.rows(realm, entity) if row["Id"] != own]
        if entity in ("Vendor", "Customer"):
            if any(row["DisplayName"] == body["DisplayName"] for row in others):
                raise Fault("6240", body["DisplayName"])
        elif entity in self._core.setting("unique_numbers") and body.get("DocNumber"):
            # A vendor's own numbers may meet another vendor's; ours are ours alone.
            vendor = (body.get("VendorRef") or {}).get("value")
            for row in others:
                same = row.get("DocNumber") == body["DocNumber"]
                if same and (row.get("VendorRef") or {}).get("value") == vendor:
                    raise Fault("6140")

    def _complete(self, realm: str, entity: str, body: Json) -> Json:
        fields = {k: v for k, v in body.items() if k not in _COMPUTED and v is not None}
        for name, target in _REFERENCES.items():
            if name in fields:
                row = self._core.document.get(f"{realm}/{target}", fields[name]["value"]) or {}
                label = row.get("DisplayName") or row.get("Name")
                fields[name] = {"value": fields[name]["value"], "name": label}
        if entity == "Invoice":
            fields["Line"] = sold(fields["Line"])
        if "Line" in fields:
            fields["Line"] = [
                {**line, "Id": line.get("Id", str(place)), "LineNum": place}
                if entity in ("Bill", "VendorCredit", "Invoice")
                else dict(line)
                for place, line in enumerate(fields["Line"], start=1)
            ]
        complete(entity, fields, lambda reference: self._labelled(realm, reference))
        if entity in _SUMMED:
            fields["TotalAmt"] = total_of(fields["Line"])
        if entity == "Invoice":
            fields["Line"] = with_subtotal(fields["Line"])
        if entity == "Payment":
            fields["UnappliedAmt"] = Decimal(fields["TotalAmt"]) - settled(fields)
        _open(entity, fields)
        if entity not in ("Vendor", "Account", "Customer", "Attachable", "CompanyInfo"):
            fields.setdefault("TxnDate", self._core.now().date().isoformat())
            fields.setdefault("CurrencyRef", USD)
        if entity == "Attachable":
            fields["AttachableRef"] = [
                {"IncludeOnSend": False, **reference}
                for reference in fields.get("AttachableRef", [])
            ]
        if entity in ("Vendor", "Account", "Customer"):
            fields.setdefault("Active", True)
        return fields

    def _labelled(self, realm: str, reference: Json) -> Json:
        """An account's reference with its name."""
        account = self._core.document.get(f"{realm}/Account", str(reference.get("value")))
        return {**reference, "name": account["Name"]} if account else reference

    def _after(self, realm: str, entity: str, row: Json, old: Json | None = None) -> None:
        if entity == "BillPayment":
            self._books.settle(realm, *([old] if old else []), row)
            before = Decimal(old["TotalAmt"]) if old else Decimal(0)
            self._books.move_account(realm, account_of(row), before - Decimal(row["TotalAmt"]))
        elif entity == "Payment":
            self._books.settle_invoices(realm, *([old] if old else []), row)
        elif entity == "Bill":
            self._books.recompute_vendor(realm, row["VendorRef"]["value"])
        elif entity == "Attachable" and self._core.setting("attachable_touches_target"):
            for reference in row["AttachableRef"]:
                target = reference["EntityRef"]
                kept = self._books.find(realm, target["type"], target["value"])
                self._books.save(realm, target["type"], kept)

    def _undo(self, realm: str, entity: str, old: Json) -> None:
        if entity == "BillPayment":
            self._books.settle(realm, old)
            self._books.move_account(realm, account_of(old), Decimal(old["TotalAmt"]))
        elif entity == "Payment":
            self._books.settle_invoices(realm, old)
        elif entity == "Bill":
            self._books.recompute_vendor(realm, old["VendorRef"]["value"])


def _open(entity: str, fields: Json) -> None:
    """What of a new object is open, and until when."""
    if entity in _WITH_BALANCE:
        fields["Balance"] = fields["TotalAmt"]
    if entity == "CreditMemo":
        fields["RemainingCredit"] = fields["TotalAmt"]
    elif entity in _WITH_BALANCE:
        fields.setdefault("DueDate", fields.get("TxnDate"))


def account_of(payment: Json) -> str | None:
    """The account a BillPayment is paid from."""
    check, card = payment.get("CheckPayment"), payment.get("CreditCardPayment")
    reference: Any = (check or {}).get("BankAccountRef") or (card or {}).get("CCAccountRef") or {}
    value: str | None = reference.get("value")
    return value


def _signed(lines: list[Json]) -> Decimal:
    total = Decimal(0)
    for line in lines:
        sign = 1 if line["JournalEntryLineDetail"]["PostingType"] == "Debit" else -1
        total += sign * Decimal(line["Amount"])
    return total
