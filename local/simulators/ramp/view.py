"""How stored rows look on the wire (ramp contract, section 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json
from local.simulators.ramp.fields import CARD_METHODS

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_RATES = {"JPY": 1, "KRW": 1, "VND": 1, "CLP": 1, "KWD": 1000, "BHD": 1000}


def rate(currency: str) -> int:
    """Minor units in one major unit."""
    return _RATES.get(currency, 100)


def to_minor(amount: Any, currency: str) -> int:
    """Decimal major units as integer minor units (12.34 is 1234)."""
    minor = Decimal(amount) * rate(currency)
    return int(minor.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def money(amount_minor: int, currency: str) -> Json:
    """An amount as Ramp writes it: integer minor units."""
    return {
        "amount": amount_minor,
        "currency_code": currency,
        "minor_unit_conversion_rate": rate(currency),
    }


def midnight(day: str | None) -> str | None:
    """A business date as Ramp writes it: a date-time at midnight."""
    return None if day is None else f"{day}T00:00:00+00:00"


def bill_view(core: RampCore, bill: Mapping[str, Any], *, single: bool) -> Json:
    """A Bill. The vendor leg's trace id is filled only in the single read."""
    document = core.document
    vendor = document.rows("vendors")[bill["vendor_id"]]
    return {
        "id": bill["id"],
        "status": bill["status"],
        "status_summary": bill["state"],
        "approval_status": bill["approval_status"],
        "sync_status": bill["sync_status"],
        "amount": money(bill["amount_minor"], bill["currency"]),
        "fx_conversion_rate": "1.0",
        "accounting_date": midnight(bill["posting_on"]),
        "accounting_sync_date": bill["synced_at"],
        "posting_date": midnight(bill["posting_on"]),
        "issued_at": midnight(bill["issued_on"]),
        "due_at": midnight(bill["due_on"]),
        "created_at": bill["created_at"],
        "paid_at": bill["paid_at"],
        "archived_at": bill["archived_at"],
        "draft_bill_id": bill["draft_bill_id"],
        "draft_bill_created_at": bill["draft_created_at"],
        "entity_id": bill["entity_id"],
        "vendor": vendor_reference(vendor),
        "vendor_contact_id": bill["vendor_contact_id"],
        "vendor_memo": bill["vendor_memo"],
        "bill_owner": bill["owner"],
        "invoice_number": bill["invoice_number"],
        "invoice_urls": invoice_urls(bill),
        "memo": bill["memo"],
        "remote_id": bill["remote_id"],
        "deep_link_url": deep_link(bill["remote_id"]),
        "enable_accounting_sync": bill["enable_accounting_sync"],
        "purchase_order_id": None,
        "item_receipt_ids": [],
        "accounting_field_selections": [],
        "line_items": [line_view(line, bill["currency"]) for line in bill["line_items"]],
        "inventory_line_items": [
            inventory_view(line, bill["currency"]) for line in bill["inventory_line_items"]
        ],
        "applied_vendor_credits": [],
        "payment": payment_view(core, bill, single=single),
    }


def invoice_urls(row: Mapping[str, Any]) -> list[str]:
    """Short-lived, pre-signed addresses of invoice files: another one at each look in reality."""
    if "INVOICE" not in row.get("attachments", []):
        return []
    return [f"https://receipts.example.net/{row['id']}?signature=short-lived"]


def deep_link(remote_id: str | None) -> str | None:
    """The link into the ledger, not into Ramp."""
    return f"https://qbo.intuit.com/app/bill?txnId={remote_id}" if remote_id else None


def vendor_reference(vendor: Mapping[str, Any]) -> Json:
    """The vendor inside a bill."""
    return {
        "id": vendor["id"],
        "name": vendor["name"],
        "type": vendor["type"],
        "remote_id": vendor["remote_id"],
        "remote_code": None,
        "remote_name": vendor["name"] if vendor["remote_id"] else None,
    }


def line_view(line: Mapping[str, Any], currency: str) -> Json:
    """A line item."""
    return {
        "accounting_field_selections": [],
        "amount": money(line["amount_minor"], currency),
        "item_receipt_line_item_ids": [],
        "memo": line.get("memo"),
        "purchase_order_line_item_id": None,
    }


def inventory_view(line: Mapping[str, Any], currency: str) -> Json:
    """An inventory line item."""
    return {
        **line_view(line, currency),
        "quantity": Decimal(line["quantity"]),
        "unit_price": money(line["unit_price_minor"], currency),
    }


def payment_view(core: RampCore, bill: Mapping[str, Any], *, single: bool) -> Json:
    """The payment inside a bill. In a batch `id` is shared and `amount` the total."""
    payment = core.document.rows("payments")[bill["payment_id"]]
    bills = core.document.rows("bills")
    total = sum(bills[bill_id]["amount_minor"] for bill_id in payment["bill_ids"])
    view: Json = {
        "id": payment["id"],
        "amount": money(total, bill["currency"]),
        "customer_friendly_payment_id": payment["friendly_id"],
        "details": _details(core, bill, payment),
        "effective_date": midnight(payment["effective_on"]),
        "payment_date": midnight(payment["planned_on"]),
        "payment_method": bill["payment_method"],
        "trace_id": trace(payment["vendor_trace"], bill["payment_method"]) if single else None,
    }
    if core.has(bill["business_id"], "bank_debit_trace_id"):
        view["bank_debit_trace_id"] = trace(payment["debit_trace"], bill["payment_method"])
    return view


def trace(value: str | None, method: str) -> Json | None:
    """A trace id with its kind."""
    if value is None:
        return None
    wire = method in ("DOMESTIC_WIRE", "SWIFT", "INTERNATIONAL")
    return {"descriptor": "IMAD" if wire else "ACH Trace ID", "trace_id": value}


def _details(core: RampCore, bill: Mapping[str, Any], payment: Mapping[str, Any]) -> Json:
    kind, details = _plain_details(bill, payment)
    # Whether the kind is named on the wire is unconfirmed.
    return {"schema_type": kind, **details} if core.setting("details_schema_type") else details


def _plain_details(bill: Mapping[str, Any], payment: Mapping[str, Any]) -> tuple[str, Json]:
    if bill["payment_method"] in CARD_METHODS:
        return "CardPaymentDetailsSchema", {
            "fund_id": bill["spend_limit_id"],
            "spend_limit_id": bill["spend_limit_id"],
            "transaction_ids": [],
        }
    if bill["payment_method"] == "PAID_MANUALLY":
        return "ManualPaymentDetailsSchema", {
            "manual_payment_method": bill["manual_method"] or "OTHER"
        }
    return "VendorPaymentDetailsSchema", {
        "approval_status": payment["release_approval"],
        "is_same_day": bill["is_same_day"],
        "source_bank_account_id": bill["source_bank_account_id"],
        "vendor_account_id": bill["vendor_account_id"],
    }
