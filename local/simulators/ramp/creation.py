"""New bills and drafts (ramp contract, sections 5.3 and 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields as f
from local.simulators.ramp.bills import EDITABLE, inventory_from, lines_from
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.listing import page
from local.simulators.ramp.oauth import Access
from local.simulators.ramp.view import bill_view, midnight, money, vendor_reference

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_CREATABLE: dict[str, f.Check] = {
    **EDITABLE,
    "attachment_id": f.identifier,
    "enable_accounting_sync": f.boolean,
    "invoice_currency": f.text(4, 3),
    "payment_method": f.one_of(f.WRITE_METHODS),
    "payment_details": f.anything,
    "payment_date": f.day,
    "target_payment_arrival_date": f.day,
    "use_default_payment_method": f.boolean,
    "use_default_vendor_contact": f.boolean,
}
_REQUIRED = ("vendor_id", "entity_id", "invoice_number", "invoice_currency", "issued_at", "due_at")
_BANK_DETAILS = ("payment_arrival_date", "source_bank_account_id")
_DETAILS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ACH": ((*_BANK_DETAILS, "vendor_account_id"), ("is_same_day",)),
    "CHECK": (_BANK_DETAILS, ("is_same_day",)),
    "CARD": (("spend_limit_id",), ("transaction_id",)),
    "PAID_MANUALLY": (("manual_payment_method", "payment_date"), ()),
}
_DRAFTABLE: dict[str, f.Check] = {
    **EDITABLE,
    "enable_accounting_sync": f.boolean,
    "invoice_currency": f.text(4, 3),
    # Through which draft field the method is set is unconfirmed; the create body's names here.
    "payment_method": f.one_of(f.WRITE_METHODS),
    "payment_details": f.anything,
    "payment_date": f.nullable(f.day),
}


class Creation:
    """Handlers of `POST /bills` and of `/bills/drafts`."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def create(self, access: Access, request: SimRequest) -> SimResponse:
        """A new bill. It skips the approval policy: it is approved at once."""
        body = f.read_body(request, _CREATABLE, _REQUIRED)
        vendor = self._owned("vendors", body["vendor_id"], access)
        self._owned("entities", body["entity_id"], access)
        business = self._core.document.rows("businesses")[access.business_id]
        syncing = body.get("enable_accounting_sync", True) and business["accounting_connected"]
        if body.get("remote_id") is not None and not syncing:
            raise refuse(422, "remote_id needs a connection", fields={"remote_id": ["Not synced."]})
        method = body.get("payment_method")
        if method is None:
            if not body.get("use_default_payment_method"):
                raise refuse(422, "validation error", fields={"payment_method": ["Required."]})
            method = vendor["default_method"]
        details = self._details(access, method, body.get("payment_details"))
        bill = self._core.new_bill(
            access.business_id,
            vendor_id=body["vendor_id"],
            entity_id=body["entity_id"],
            invoice_number=body["invoice_number"],
            currency=body["invoice_currency"],
            issued_on=body["issued_at"],
            due_on=body["due_at"],
            posting_on=body.get("posting_date", body["issued_at"]),
            memo=body.get("memo"),
            vendor_memo=body.get("vendor_memo"),
            remote_id=body.get("remote_id"),
            enable_accounting_sync=body.get("enable_accounting_sync", True),
            payment_method=method,
            lines=self._lines(body),
            planned_on=body.get("payment_date"),
            **details,
        )
        self._core.webhooks.event(access.business_id, "bills.created", bill["id"])
        self._core.webhooks.event(access.business_id, "bills.approved", bill["id"])
        self._core.schedule.approved(bill)
        if method == "PAID_MANUALLY":
            self._mark_paid(bill)
        return self._bill_answer(201, bill["id"])

    def list_drafts(self, access: Access, request: SimRequest) -> SimResponse:
        """One page of drafts; they are not in `GET /bills`."""
        drafts = self._core.document.rows("drafts").values()
        mine = [draft for draft in drafts if draft["business_id"] == access.business_id]
        for key in ("entity_id", "vendor_id", "invoice_number", "remote_id"):
            if key in request.query:
                mine = [draft for draft in mine if draft[key] == request.query[key]]
        known = ("entity_id", "vendor_id", "invoice_number", "remote_id")
        return page(request, mine, self.draft_view, known)

    def create_draft(self, access: Access, request: SimRequest) -> SimResponse:
        """A draft; only the vendor is required."""
        body = f.read_body(request, _DRAFTABLE, ["vendor_id"])
        self._owned("vendors", body["vendor_id"], access)
        draft: Json = {
            "id": self._core.new_id(),
            "business_id": access.business_id,
            "created_at": self._core.now().isoformat(timespec="seconds"),
            "currency": body.get("invoice_currency", "USD"),
            "line_items": [],
            "inventory_line_items": [],
            "amount_minor": None,
            "payment_method": None,
            "payment_details": None,
            "payment_date": None,
            "enable_accounting_sync": True,
            **dict.fromkeys(("due_on", "issued_on", "posting_on", "entity_id", "invoice_number")),
            **dict.fromkeys(("memo", "remote_id", "vendor_contact_id", "vendor_id")),
            "vendor_memo": None,
        }
        self._edit(draft, body)
        return json_response(201, self.draft_view(draft))

    def read_draft(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """One draft."""
        return json_response(200, self.draft_view(self._owned("drafts", draft_bill_id, access)))

    def change_draft(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """Edit a draft."""
        draft = self._owned("drafts", draft_bill_id, access)
        self._edit(draft, f.read_body(request, _DRAFTABLE))
        return json_response(200, self.draft_view(draft))

    def attach_draft(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """A file for the draft."""
        draft = self._owned("drafts", draft_bill_id, access)
        return self._core.bills.attach_to("drafts", draft, request)

    def submit(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """Turn a draft into a bill that waits for the client's approvals."""
        draft = self._owned("drafts", draft_bill_id, access)
        needed = ("due_on", "issued_on", "payment_method", "vendor_contact_id")
        if any(draft[key] is None for key in needed):
            message = "draft lacks due date, issue date, payment method or payee contact"
            raise refuse(400, message, code="BILL_PAY_7145")
        details = self._details(access, draft["payment_method"], draft["payment_details"])
        keep = bool(self._core.setting("draft_id_kept"))
        bill = self._core.new_bill(
            access.business_id,
            bill_id=draft_bill_id if keep else None,
            vendor_id=draft["vendor_id"],
            entity_id=draft["entity_id"],
            invoice_number=draft["invoice_number"],
            currency=draft["currency"],
            issued_on=draft["issued_on"],
            due_on=draft["due_on"],
            posting_on=draft["posting_on"],
            memo=draft["memo"],
            vendor_memo=draft["vendor_memo"],
            vendor_contact_id=draft["vendor_contact_id"],
            remote_id=draft["remote_id"],
            enable_accounting_sync=draft["enable_accounting_sync"],
            payment_method=draft["payment_method"],
            lines=(draft["line_items"], draft["inventory_line_items"]),
            planned_on=draft["payment_date"],
            draft=(draft_bill_id, draft["created_at"]),
            approval_status="PENDING",
            **details,
        )
        self._core.document.delete("drafts", draft_bill_id)
        self._core.webhooks.event(access.business_id, "bills.created", bill["id"])
        return self._bill_answer(201, bill["id"])

    def draft_view(self, draft: Mapping[str, Any]) -> Json:
        """A DraftBill; nearly everything may be null."""
        vendor = self._core.document.rows("vendors").get(draft["vendor_id"])
        amount = draft["amount_minor"]
        return {
            "id": draft["id"],
            "status": "DRAFT",
            "sync_status": "NOT_SYNCED",
            "amount": None if amount is None else money(amount, draft["currency"]),
            "accounting_date": midnight(draft["posting_on"]),
            "posting_date": midnight(draft["posting_on"]),
            "issued_at": midnight(draft["issued_on"]),
            "due_at": midnight(draft["due_on"]),
            "created_at": draft["created_at"],
            "entity_id": draft["entity_id"],
            "vendor": vendor_reference(vendor) if vendor else None,
            "vendor_memo": draft["vendor_memo"],
            "bill_owner": None,
            "invoice_number": draft["invoice_number"],
            "invoice_urls": [],
            "memo": draft["memo"],
            "remote_id": draft["remote_id"],
            "accounting_field_selections": [],
            "line_items": [],
            "inventory_line_items": [],
        }

    def _edit(self, draft: Json, body: Json) -> None:
        self._core.bills.apply(draft, body)
        for key in ("payment_method", "payment_details", "payment_date", "enable_accounting_sync"):
            if key in body:
                draft[key] = body[key]
        self._core.document.put("drafts", draft["id"], draft)

    def _details(self, access: Access, method: str, details: Any) -> Json:
        """The payment's accounts from `payment_details`, checked as the rail checks them."""
        required, optional = _DETAILS.get("CARD" if "CARD" in method else method, _DETAILS["ACH"])
        result: Json = {}
        if details is None:
            entity_account = self._core.default_account(access.business_id)
            return {} if "CARD" in method else {"source_bank_account_id": entity_account}
        problem = f.record(dict.fromkeys(required + optional, f.anything), required)(details)
        if problem:
            raise refuse(422, "validation error", fields={"payment_details": [problem]})
        if "source_bank_account_id" in details:
            account = self._core.document.rows("bank_accounts").get(
                details["source_bank_account_id"]
            )
            if account is None or account["business_id"] != access.business_id:
                raise refuse(400, "the source account is not a bill-pay account of the entity")
            result["source_bank_account_id"] = details["source_bank_account_id"]
        arrival = details.get("payment_arrival_date")
        if arrival is not None and (f.day(arrival) or not self._core.is_open_day(arrival)):
            raise refuse(400, "the arrival date is a weekend or bank holiday")
        for source, target in (
            ("vendor_account_id", "vendor_account_id"),
            ("is_same_day", "is_same_day"),
            ("spend_limit_id", "spend_limit_id"),
            ("manual_payment_method", "manual_method"),
        ):
            if source in details:
                result[target] = details[source]
        return result

    def _mark_paid(self, bill: Json) -> None:
        bill = self._core.bill(bill["id"])
        bill.update(status="PAID", state="PAYMENT_COMPLETED")
        bill["paid_at"] = self._core.now().isoformat(timespec="seconds")
        self._core.schedule.take_off(bill)
        self._core.document.put("bills", bill["id"], bill)
        self._core.webhooks.event(bill["business_id"], "bills.paid", bill["id"])

    def _lines(self, body: Json) -> tuple[list[Json], list[Json]]:
        currency = body["invoice_currency"]
        plain = lines_from(body.get("line_items") or [], currency)
        return plain, inventory_from(body.get("inventory_line_items") or [], currency)

    def _owned(self, table: str, key: str, access: Access) -> Json:
        row = self._core.document.get(table, key)
        if row is None or row["business_id"] != access.business_id:
            raise refuse(404, "not found")
        found: Json = row
        return found

    def _bill_answer(self, status: int, bill_id: str) -> SimResponse:
        bill = self._core.document.rows("bills")[bill_id]
        return json_response(status, bill_view(self._core, bill, single=True))
