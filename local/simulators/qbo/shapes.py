"""What QuickBooks adds to an object that is written: defaults, labels, noise (contract, 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from local.simulators.messages import Json

_NONE_TAXED = {"value": "NON"}
_INVOICE: Mapping[str, object] = {
    "AllowIPNPayment": False,
    "AllowOnlinePayment": False,
    "AllowOnlineCreditCardPayment": False,
    "AllowOnlineACHPayment": False,
    "CustomField": [],
    "TxnTaxDetail": {"TotalTax": 0},
    "ApplyTaxAfterDiscount": False,
    "PrintStatus": "NotSet",
    "EmailStatus": "NotSet",
}
Labelled = Callable[[Json], Json]


def complete(entity: str, fields: Json, labelled: Labelled) -> None:
    """Fill in what the service does by itself. `labelled` puts an account's name to a reference."""
    if entity == "Bill":
        fields.setdefault("APAccountRef", labelled({"value": "33"}))
    elif entity == "BillPayment":
        _paid_from(fields, labelled)
    elif entity == "Invoice":
        for name, value in _INVOICE.items():
            fields.setdefault(name, value)
    elif entity == "Payment":
        fields.setdefault("ProcessPayment", False)
        if "DepositToAccountRef" in fields:  # shown without its name
            fields["DepositToAccountRef"] = {"value": fields["DepositToAccountRef"]["value"]}
        fields["Line"] = [_with_noise(line) for line in fields.get("Line") or []]
    elif entity == "Purchase":
        fields.setdefault("Credit", False)
        lines = enumerate(fields["Line"], start=1)
        fields["Line"] = [{"Id": str(place), **line} for place, line in lines]
    elif entity == "JournalEntry":
        fields.setdefault("Adjustment", False)
    for line in fields.get("Line") or []:
        expense = line.get("AccountBasedExpenseLineDetail")
        if expense is not None:
            expense["AccountRef"] = labelled(expense.get("AccountRef") or {})
            expense.setdefault("BillableStatus", "NotBillable")
            expense.setdefault("TaxCodeRef", _NONE_TAXED)
        entry = line.get("JournalEntryLineDetail")
        if entry is not None:
            entry["AccountRef"] = labelled(entry.get("AccountRef") or {})


def _paid_from(fields: Json, labelled: Labelled) -> None:
    check, card = fields.get("CheckPayment"), fields.get("CreditCardPayment")
    if check is not None:
        reference = labelled(check.get("BankAccountRef") or {})
        fields["CheckPayment"] = {"PrintStatus": "NotSet", **check, "BankAccountRef": reference}
    if card is not None:
        fields["CreditCardPayment"] = {**card, "CCAccountRef": labelled(card["CCAccountRef"])}


def _with_noise(line: Json) -> Json:
    """The extension that comes with each line of a customer's payment."""
    links = line.get("LinkedTxn") or []
    if not links or "LineEx" in line:
        return line
    value = {"Name": "txnId", "Value": links[0]["TxnId"]}
    noise = {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": value,
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }
    return {**line, "LineEx": {"any": [noise]}}
