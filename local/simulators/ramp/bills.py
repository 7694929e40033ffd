"""Calls on bills: read, create, change, hold, release, archive (ramp contract, section 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields as f
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.listing import BILL_KEYS, filtered_bills, page
from local.simulators.ramp.oauth import Access
from local.simulators.ramp.view import bill_view, to_minor

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_SELECTIONS = f.list_of(
    f.record(
        {
            "field_external_id": f.text(),
            "field_option_external_id": f.text(),
            "free_form_text": f.text(length_min=1),
        },
        ["field_external_id"],
    )
)
LINES = f.list_of(
    f.record(
        {
            "amount": f.decimal,
            "memo": f.nullable(f.text()),
            "accounting_field_selections": _SELECTIONS,
        },
        ["amount"],
    )
)
INVENTORY = f.list_of(
    f.record(
        {
            "quantity": f.decimal,
            "unit_price": f.decimal,
            "memo": f.nullable(f.text()),
            "accounting_field_selections": _SELECTIONS,
        },
        ["quantity", "unit_price"],
    )
)
EDITABLE: dict[str, f.Check] = {
    "accounting_field_selections": _SELECTIONS,
    "due_at": f.day,
    "entity_id": f.identifier,
    "inventory_line_items": f.nullable(INVENTORY),
    "invoice_number": f.text(84),
    "issued_at": f.day,
    "line_items": f.nullable(LINES),
    "memo": f.nullable(f.text(1000)),
    "posting_date": f.nullable(f.day),
    "purchase_order_ids": f.list_of(f.identifier),
    "remote_id": f.nullable(f.text()),
    "vendor_contact_id": f.identifier,
    "vendor_id": f.identifier,
    "vendor_memo": f.nullable(f.text(400)),
}
_COLUMNS = {
    "due_at": "due_on",
    "issued_at": "issued_on",
    "posting_date": "posting_on",
    **{key: key for key in ("entity_id", "invoice_number", "memo", "remote_id")},
    **{key: key for key in ("vendor_contact_id", "vendor_id", "vendor_memo")},
}


class Bills:
    """Handlers of `/bills` and `/bills/{id}`."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def list(self, access: Access, request: SimRequest) -> SimResponse:
        """One page of bills. There is no filter on modification time."""
        bills = filtered_bills(self._core, access.business_id, request)
        core = self._core
        return page(request, bills, lambda bill: bill_view(core, bill, single=False), BILL_KEYS)

    def read(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """One bill, archived ones too."""
        return self._answer(200, self._find(access, bill_id))

    def change(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """PATCH: approved bills only; the answer shows the date Ramp really took."""
        bill = self._find(access, bill_id)
        allowed = dict(EDITABLE)
        if self._core.has(access.business_id, "patch_payment_date"):
            allowed["payment_date"] = f.nullable(f.day)
        if self._core.has(access.business_id, "patch_payment_method"):
            allowed["payment_method"] = f.one_of(f.WRITE_METHODS)
        body = f.read_body(request, allowed)
        if bill["approval_status"] != "APPROVED":
            raise refuse(400, "only approved bills can be changed")
        if bill["archived_at"] is not None:
            raise refuse(400, "the bill is archived")
        paying = {"payment_date", "payment_method"} & set(body)
        if paying:
            self._require_payable(bill, body)
        elif bill["status"] == "PAID" and {"line_items", "vendor_id"} & set(body):
            raise refuse(400, "the bill is paid")
        self.apply(bill, body)
        if "payment_method" in body:
            self._change_method(bill, body["payment_method"])
        before = bill["state"], self._core.payment(bill)["planned_on"]
        if paying:
            planned = self._core.payment(bill)["planned_on"]
            self._core.schedule.plan(bill, body.get("payment_date", planned))
        else:
            self._core.document.put("bills", bill_id, bill)
        if set(body) - {"payment_date"}:
            self._core.webhooks.event(access.business_id, "bills.updated", bill_id)
        if (bill["state"], self._core.payment(bill)["planned_on"]) != before:
            self._core.webhooks.payment_event(bill)
        return self._answer(200, bill)

    def archive(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """DELETE: archives, and stops what has not left yet."""
        bill = self._find(access, bill_id)
        if bill["archived_at"] is not None:
            raise refuse(400, "the bill is archived")
        if bill["status"] == "PAID" or bill["state"] == "PAYMENT_PROCESSING":
            raise refuse(400, "a paid bill or a payment under way cannot be stopped")
        if self._core.is_batched(bill):
            raise refuse(400, "the bill is part of a batch payment")
        self._core.schedule.take_off(bill)
        bill["archived_at"] = self._core.now().isoformat(timespec="seconds")
        bill["state"] = "ARCHIVED"
        self._core.document.put("bills", bill_id, bill)
        self._core.webhooks.event(access.business_id, "bills.archived", bill_id)
        self._core.audit(bill, "Bill pay deleted bill")
        return SimResponse(204)

    def hold(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """Hold (beta): stops every rail and takes the payment off the schedule."""
        bill = self._find(access, bill_id)
        body = f.read_body(request, {"reason": f.nullable(f.text())})
        open_state = bill["status"] == "OPEN" and bill["archived_at"] is None
        if not open_state or bill["state"] in ("PAYMENT_PROCESSING", "ON_HOLD"):
            raise refuse(400, f"a bill in state {bill['state']} cannot be put on hold")
        if bill["approval_status"] != "APPROVED" and not self._core.setting("hold_unapproved"):
            raise refuse(400, "only approved bills can be put on hold")
        if self._core.is_batched(bill):
            raise refuse(400, "the bill is part of a batch payment")
        self._core.schedule.take_off(bill)
        bill["state"], bill["hold_reason"] = "ON_HOLD", body.get("reason")
        self._core.document.put("bills", bill_id, bill)
        return self._answer(200, bill)

    def lift(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """Release: lifts the hold and pays nothing."""
        bill = self._find(access, bill_id)
        if request.body and request.json():
            f.read_body(request, {})
        if bill["state"] != "ON_HOLD":
            raise refuse(400, "the bill is not on hold")
        bill["hold_reason"] = None
        approved = bill["approval_status"] == "APPROVED"
        payment = self._core.payment(bill)
        bill["state"] = (
            self._core.schedule.settled_state(bill, payment) if approved else "APPROVAL_PENDING"
        )
        self._core.document.put("bills", bill_id, bill)
        return self._answer(200, bill)

    def attach(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """A file for the bill; one INVOICE per bill."""
        bill = self._find(access, bill_id)
        return self.attach_to("bills", bill, request)

    def attach_to(self, table: str, row: Json, request: SimRequest) -> SimResponse:
        """Keep the fact that a file was added; its bytes are not looked at."""
        if "multipart/form-data" not in request.headers.get("content-type", ""):
            raise refuse(422, "multipart/form-data is required")
        known = ("INVOICE", "FILE", "EMAIL", "VENDOR_CREDIT")
        kinds = [kind for kind in known if kind.encode() in request.body]
        if not kinds or b'name="file"' not in request.body:
            raise refuse(422, "attachment_type and file are required")
        if kinds[0] == "INVOICE" and "INVOICE" in row.get("attachments", []):
            raise refuse(400, "the bill has an invoice file")
        row.setdefault("attachments", []).append(kinds[0])
        self._core.document.put(table, row["id"], row)
        return json_response(201, {"id": self._core.new_id()})

    def receipt(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """The remittance receipt, a PDF, once paid."""
        bill = self._find(access, bill_id)
        if bill["status"] != "PAID":
            raise refuse(404, "no receipt")
        return SimResponse(200, {"content-type": "application/pdf"}, b"%PDF-1.4\n%%EOF\n")

    def apply(self, bill: Json, body: Json) -> None:
        """Write edited fields into a bill or draft row."""
        for key, column in _COLUMNS.items():
            if key in body:
                bill[column] = body[key]
        if body.get("vendor_id") and body["vendor_id"] not in self._core.document.rows("vendors"):
            raise refuse(404, "no such vendor")
        currency = bill["currency"] or "USD"
        if "line_items" in body:
            bill["line_items"] = lines_from(body["line_items"] or [], currency)
        if "inventory_line_items" in body:
            bill["inventory_line_items"] = inventory_from(
                body["inventory_line_items"] or [], currency
            )
        if "line_items" in body or "inventory_line_items" in body:
            items = bill["line_items"] + bill["inventory_line_items"]
            bill["amount_minor"] = sum(item["amount_minor"] for item in items)

    def _require_payable(self, bill: Json, body: Json) -> None:
        card = bill["payment_method"] in f.CARD_METHODS
        if card and "payment_method" not in body:
            raise refuse(400, "a card payment has no date")
        if bill["status"] == "PAID" or bill["state"] in self._core.setting("patch_refused_states"):
            raise refuse(400, f"a bill in state {bill['state']} cannot be rescheduled")
        if self._core.is_batched(bill) and not self._core.setting("patch_batch_members"):
            raise refuse(400, "the bill is part of a batch payment")

    def _change_method(self, bill: Json, method: str) -> None:
        vendor = self._core.document.rows("vendors")[bill["vendor_id"]]
        if method == "CHECK" and not vendor["has_address"]:
            raise refuse(400, "the vendor has no address")
        bill["payment_method"] = method
        bill["vendor_account_id"] = self._core.account_for(bill["vendor_id"], method)
        self._core.audit(bill, "Bill pay edited payment method")

    def _find(self, access: Access, bill_id: str) -> Json:
        bill = self._core.document.get("bills", bill_id)
        if bill is None or bill["business_id"] != access.business_id:
            raise refuse(404, "not found")
        found: Json = bill
        return found

    def _answer(self, status: int, bill: Json) -> SimResponse:
        return json_response(status, bill_view(self._core, bill, single=True))


def lines_from(items: list[Any], currency: str) -> list[Json]:
    """Line items with integer amounts from their decimal text."""
    return [
        {"amount_minor": to_minor(item["amount"], currency), "memo": item.get("memo")}
        for item in items
    ]


def inventory_from(items: list[Any], currency: str) -> list[Json]:
    """Inventory lines with integer amounts."""
    rows = []
    for item in items:
        price = to_minor(item["unit_price"], currency)
        amount = int(price * Decimal(item["quantity"]))
        rows.append(
            {
                "quantity": str(item["quantity"]),
                "unit_price_minor": price,
                "amount_minor": amount,
                "memo": item.get("memo"),
            }
        )
    return rows
