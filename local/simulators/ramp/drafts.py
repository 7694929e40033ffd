"""Drafts: made, changed, submitted; never deleted through the API (ramp contract, section 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields as f
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.listing import page
from local.simulators.ramp.oauth import Access
from local.simulators.ramp.queries import check_query, within
from local.simulators.ramp.view import (
    inventory_view,
    invoice_urls,
    line_view,
    midnight,
    money,
    vendor_reference,
)

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_EQUAL = ("entity_id", "vendor_id", "invoice_number", "remote_id")
_DATES = {"created_at": "created_at", "due_date": "due_on", "issued_date": "issued_on"}
_KEYS = frozenset({*_EQUAL, *(f"{side}_{name}" for side in ("from", "to") for name in _DATES)})
_PAYMENT_FIELDS = ("payment_method", "payment_details", "payment_date")


class Drafts:
    """Handlers of `/bills/drafts`. Table: drafts."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def list(self, access: Access, request: SimRequest) -> SimResponse:
        """One page of drafts; they are not in `GET /bills`."""
        check_query(request.query, _KEYS)
        drafts = self._core.document.rows("drafts").values()
        mine = [draft for draft in drafts if draft["business_id"] == access.business_id]
        order = [draft["id"] for draft in mine]
        for key in _EQUAL:
            if key in request.query:
                mine = [draft for draft in mine if draft[key] == request.query[key]]
        for test in within(request.query, _DATES):
            mine = [draft for draft in mine if test(draft)]
        return page(request, mine, self.view, _KEYS, order=order)

    def create(self, access: Access, request: SimRequest) -> SimResponse:
        """A draft; only the vendor is required."""
        body = f.read_body(request, self._writable(access), ["vendor_id"])
        self._core.bills.check_references(access, body)
        draft: Json = {
            "id": self._core.new_id(),
            "business_id": access.business_id,
            "created_at": self._core.now().isoformat(timespec="seconds"),
            "currency": body.get("invoice_currency", "USD"),
            "line_items": [],
            "inventory_line_items": [],
            "amount_minor": None,
            "enable_accounting_sync": True,
            "attachments": [],
            **dict.fromkeys(_PAYMENT_FIELDS),
            **dict.fromkeys(("due_on", "issued_on", "posting_on", "entity_id", "invoice_number")),
            **dict.fromkeys(("memo", "vendor_memo", "remote_id", "vendor_contact_id", "vendor_id")),
        }
        self._edit(draft, body)
        return json_response(201, self.view(draft))

    def read(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """One draft."""
        return json_response(200, self.view(self._own(access, draft_bill_id)))

    def change(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """Edit a draft."""
        draft = self._own(access, draft_bill_id)
        body = f.read_body(request, self._writable(access))
        self._core.bills.check_references(access, body)
        if "invoice_currency" in body:
            draft["currency"] = body["invoice_currency"]
        self._edit(draft, body)
        return json_response(200, self.view(draft))

    def submit(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """Turn a draft into a bill that waits for the client's approvals."""
        if request.body and request.json():
            f.read_body(request, {})
        draft = self._own(access, draft_bill_id)
        method = draft["payment_method"]
        if not self._core.setting("draft_payment_fields"):
            method = self._core.document.rows("vendors")[draft["vendor_id"]]["default_method"]
        missing = any(draft[key] is None for key in ("due_on", "issued_on", "vendor_contact_id"))
        if missing or method is None:
            message = "draft lacks due date, issue date, payment method or payee contact"
            raise refuse(400, message, code="BILL_PAY_7145")
        vendor = self._core.document.rows("vendors")[draft["vendor_id"]]
        details = self._core.details.columns(access, vendor, method, draft["payment_details"])
        keep = bool(self._core.setting("draft_id_kept"))
        copied = ("vendor_id", "entity_id", "invoice_number", "currency", "issued_on", "due_on")
        more = ("posting_on", "memo", "vendor_memo", "vendor_contact_id", "remote_id")
        bill = self._core.new_bill(
            access.business_id,
            bill_id=draft_bill_id if keep else None,
            **{key: draft[key] for key in (*copied, *more, "enable_accounting_sync")},
            payment_method=method,
            lines=(draft["line_items"], draft["inventory_line_items"]),
            planned_on=self._core.details.planned(method, draft),
            draft=(draft_bill_id, draft["created_at"]),
            approval_status="PENDING",
            attachments=draft["attachments"],
            **details,
        )
        self._core.document.delete("drafts", draft_bill_id)
        self._core.webhooks.event(access.business_id, "bills.created", bill["id"])
        return json_response(201, self._core.shown(bill, single=True))

    def view(self, draft: Mapping[str, object]) -> Json:
        """A DraftBill; nearly everything may be null."""
        row: Json = dict(draft)
        vendor = self._core.document.rows("vendors").get(row["vendor_id"])
        amount, currency = row["amount_minor"], row["currency"]
        return {
            "id": row["id"],
            "status": "DRAFT",
            "sync_status": "NOT_SYNCED",
            "amount": None if amount is None else money(amount, currency),
            "accounting_date": midnight(row["posting_on"]),
            "posting_date": midnight(row["posting_on"]),
            "issued_at": midnight(row["issued_on"]),
            "due_at": midnight(row["due_on"]),
            "created_at": row["created_at"],
            "entity_id": row["entity_id"],
            "vendor": vendor_reference(vendor) if vendor else None,
            "vendor_memo": row["vendor_memo"],
            "bill_owner": None,
            "invoice_number": row["invoice_number"],
            "invoice_urls": invoice_urls(row),
            "memo": row["memo"],
            "remote_id": row["remote_id"],
            "accounting_field_selections": [],
            "line_items": [line_view(line, currency) for line in row["line_items"]],
            "inventory_line_items": [
                inventory_view(line, currency) for line in row["inventory_line_items"]
            ],
        }

    def _writable(self, access: Access) -> dict[str, f.Check]:
        """Through which draft field the method is set is unconfirmed: the create body's names."""
        fields = {
            **self._core.bills.editable(access.business_id),
            "enable_accounting_sync": f.boolean,
            "invoice_currency": f.text(4, 3),
        }
        if self._core.setting("draft_payment_fields"):
            fields["payment_method"] = f.one_of(f.WRITE_METHODS)
            fields["payment_details"] = f.anything
            fields["payment_date"] = f.nullable(f.day)
        return fields

    def _edit(self, draft: Json, body: Json) -> None:
        self._core.bills.apply(draft, body)
        for key in (*_PAYMENT_FIELDS, "enable_accounting_sync"):
            if key in body:
                draft[key] = body[key]
        self._core.document.put("drafts", draft["id"], draft)

    def _own(self, access: Access, key: str) -> Json:
        row = self._core.document.get("drafts", key)
        if row is None or row["business_id"] != access.business_id:
            raise refuse(404, "not found")
        found: Json = row
        return found
