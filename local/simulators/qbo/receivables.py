"""What customers owe: lines of invoices, what their payments settle, a void (qbo contract, 5)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.bank_days import new_york_date
from local.simulators.messages import Json

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

_SUBTOTAL = "SubTotalLineDetail"
_ZERO = Decimal(0)


def sales_line(amount: str | Decimal, description: str = "Services") -> Json:
    """A line that sells something."""
    price = Decimal(amount)
    return {
        "Description": description,
        "Amount": price,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"value": "4", "name": description},
            "UnitPrice": price,
            "Qty": 1,
            "TaxCodeRef": {"value": "NON"},
        },
    }


def sold(lines: Iterable[Json]) -> list[Json]:
    """Lines of an invoice without its subtotal, which QBO makes."""
    return [line for line in lines if line.get("DetailType") != _SUBTOTAL]


def with_subtotal(lines: list[Json]) -> list[Json]:
    """An invoice's lines as QBO shows them."""
    total = sum((Decimal(line["Amount"]) for line in lines), _ZERO)
    return [*lines, {"Amount": total, "DetailType": _SUBTOTAL, _SUBTOTAL: {}}]


def settled(payment: Json) -> Decimal:
    """How much of a customer's payment is set against something."""
    linked = [line for line in payment.get("Line") or [] if line.get("LinkedTxn")]
    return sum((Decimal(line["Amount"]) for line in linked), _ZERO)


class Receivables:
    """What bookkeepers do with invoices. `realm` is the company, `key` the ledger's id."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    def create_invoice(
        self,
        realm: str,
        customer_id: str,
        amount: str,
        doc_number: str | None = None,
        due_date: str | None = None,
    ) -> Json:
        """Somebody invoices a customer today."""
        body: Json = {
            "CustomerRef": {"value": customer_id},
            "DocNumber": doc_number,
            "TxnDate": new_york_date(self._core.now()).isoformat(),
            "DueDate": due_date,
            "Line": [sales_line(amount)],
        }
        return self._core.writes.run(realm, "Invoice", "create", body)

    def edit_invoice(
        self, realm: str, key: str, amount: str | None = None, due_date: str | None = None
    ) -> Json:
        """Somebody changes an invoice's amount or its due date."""
        row = self._core.books.find(realm, "Invoice", key)
        fields = {**row, "DueDate": due_date or row.get("DueDate")}
        if amount is not None:
            fields["Line"] = [sales_line(amount)]
        return self._core.writes.run(realm, "Invoice", "update", fields)

    def pay_invoice(self, realm: str, key: str, amount: str | None = None) -> Json:
        """Somebody records a customer's payment of an invoice, all of it or a part."""
        invoice = self._core.books.find(realm, "Invoice", key)
        paid = Decimal(amount) if amount is not None else Decimal(invoice["Balance"])
        body: Json = {
            "CustomerRef": invoice["CustomerRef"],
            "TotalAmt": paid,
            "TxnDate": new_york_date(self._core.now()).isoformat(),
            "DepositToAccountRef": {"value": "35"},
            "Line": [{"Amount": paid, "LinkedTxn": [{"TxnId": key, "TxnType": "Invoice"}]}],
        }
        return self._core.writes.run(realm, "Payment", "create", body)

    def unlink(self, realm: str, invoice: Json) -> None:
        """What paid a voided invoice is the customer's to use again."""
        for payment in self._core.books.rows(realm, "Payment"):
            if invoice["Id"] in self._core.books.linked(payment, "Invoice"):
                payment["Line"] = [
                    line
                    for line in payment["Line"]
                    if all(link["TxnId"] != invoice["Id"] for link in line.get("LinkedTxn", []))
                ]
                payment["UnappliedAmt"] = Decimal(payment["TotalAmt"]) - settled(payment)
                self._core.books.save(realm, "Payment", payment)
