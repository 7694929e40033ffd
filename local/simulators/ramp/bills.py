"""Calls on bills: read, create, change, hold, release, archive (ramp contract, section 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields as f
from local.simulators.ramp.errors import invalid, refuse
from local.simulators.ramp.listing import BILL_KEYS, filtered_bills, page
from local.simulators.ramp.oauth import Access
from local.simulators.ramp.view import to_minor

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
_PAYING = frozenset({"payment_date", "payment_method"})
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
        core = self._core
        bills = filtered_bills(core, access.business_id, request)
        mine = core.document.rows("bills").values()
        order = [bill["id"] for bill in mine if bill["business_id"] == access.business_id]
        return page(
            request,
            bills,
            core.listed,
            BILL_KEYS,
            order=order,
            bend=lambda what: core.bend(what, request),
        )

    def read(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """One bill, archived ones too."""
        return self._answer(200, self._find(access, bill_id))

    def change(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """PATCH: approved bills only; the answer shows the date Ramp really took."""
        bill = self._find(access, bill_id)
        body = f.read_body(request, self._changeable(access.business_id))
        self._require_changeable(access, bill, body)
        before = bill["state"], self._core.payment(bill)["planned_on"]
        self.apply(bill, body)
        if "vendor_id" in body:
            self._change_vendor(bill, body)
        if "payment_method" in body:
            self._change_method(bill, body["payment_method"])
        if body.get("payment_method") == "PAID_MANUALLY":
            self._core.schedule.mark_paid(bill)
        elif _PAYING & set(body):
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
        under_way = bill["state"] == "PAYMENT_PROCESSING"
        if bill["status"] == "PAID" or (under_way and not self._core.setting("archive_processing")):
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
        under_way = bill["state"] == "PAYMENT_PROCESSING"
        refused = under_way and not self._core.setting("hold_processing")
        if not open_state or refused or bill["state"] == "ON_HOLD":
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
        settled = self._core.schedule.settled_state(bill, payment)
        after = self._core.setting("state_after_release") or settled
        bill["state"] = after if approved else "APPROVAL_PENDING"
        self._core.document.put("bills", bill_id, bill)
        return self._answer(200, bill)

    def editable(self, business_id: str) -> dict[str, f.Check]:
        """The fields an edit may carry; older profiles take short invoice numbers only."""
        length = 84 if self._core.has(business_id, "long_invoice_number") else 20
        return {**EDITABLE, "invoice_number": f.text(length)}

    def check_references(self, access: Access, body: Json) -> None:
        """What a body names must be the business's own. Raises Refusal 404."""
        rows = self._core.document.rows
        for key, table in (("vendor_id", "vendors"), ("entity_id", "entities")):
            if key in body:
                row = rows(table).get(body[key])
                if row is None or row["business_id"] != access.business_id:
                    raise refuse(404, f"{key} is unknown")
        if body.get("purchase_order_ids"):
            raise refuse(404, "no such purchase order")

    def require_synced(self, access: Access, enabled: bool) -> None:
        """`remote_id` needs an accounting connection and sync. Raises Refusal 422."""
        business = self._core.document.rows("businesses")[access.business_id]
        if not (enabled and business["accounting_connected"]):
            raise invalid(remote_id="Needs an accounting connection with sync enabled.")

    def apply(self, bill: Json, body: Json) -> None:
        """Write edited fields into a bill or draft row."""
        for key, column in _COLUMNS.items():
            if key in body:
                bill[column] = body[key]
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

    def _changeable(self, business_id: str) -> dict[str, f.Check]:
        allowed = self.editable(business_id)
        if self._core.has(business_id, "patch_payment_date"):
            allowed["payment_date"] = f.nullable(f.day)
        if self._core.has(business_id, "patch_payment_method"):
            allowed["payment_method"] = f.one_of(f.WRITE_METHODS)
        return allowed

    def _require_changeable(self, access: Access, bill: Json, body: Json) -> None:
        if bill["approval_status"] != "APPROVED":
            raise refuse(400, "only approved bills can be changed")
        if bill["archived_at"] is not None:
            raise refuse(400, "the bill is archived")
        if _PAYING & set(body):
            self._require_payable(bill, body)
        elif bill["status"] == "PAID" and {"line_items", "vendor_id"} & set(body):
            raise refuse(400, "the bill is paid")
        self.check_references(access, body)
        if body.get("remote_id") is not None:
            self.require_synced(access, bill["enable_accounting_sync"])

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
        if method == "PAID_MANUALLY" and not self._core.setting("patch_paid_manually"):
            raise refuse(400, "a bill is marked as paid when it is made, or in the app")
        if method == "CHECK" and not vendor["has_address"]:
            raise refuse(400, "the vendor has no address")
        bill["payment_method"] = method
        bill["vendor_account_id"] = self._core.account_for(bill["vendor_id"], method)
        self._core.audit(bill, "Bill pay edited payment method")

    def _change_vendor(self, bill: Json, body: Json) -> None:
        """Another vendor: that vendor's account and contact, unless the body names one."""
        vendor = self._core.document.rows("vendors")[bill["vendor_id"]]
        contacts = [contact["id"] for contact in vendor["contacts"]]
        if body.get("vendor_contact_id") not in contacts:
            bill["vendor_contact_id"] = contacts[0]
        bill["vendor_account_id"] = self._core.account_for(vendor["id"], bill["payment_method"])

    def _find(self, access: Access, bill_id: str) -> Json:
        bill = self._core.document.get("bills", bill_id)
        if bill is None or bill["business_id"] != access.business_id:
            raise refuse(404, "not found")
        found: Json = bill
        return found

    def _answer(self, status: int, bill: Json) -> SimResponse:
        return json_response(status, self._core.shown(bill, single=True))


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
