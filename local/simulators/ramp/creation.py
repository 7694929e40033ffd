"""`POST /bills` (ramp contract, section 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields as f
from local.simulators.ramp.bills import inventory_from, lines_from
from local.simulators.ramp.errors import invalid, refuse
from local.simulators.ramp.oauth import Access

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_CREATABLE: dict[str, f.Check] = {
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


class Creation:
    """Handler of `POST /bills`."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def create(self, access: Access, request: SimRequest) -> SimResponse:
        """A new bill. It skips the approval policy: it is approved at once."""
        core = self._core
        allowed = {**core.bills.editable(access.business_id), **_CREATABLE}
        body = f.read_body(request, allowed, _REQUIRED)
        core.bills.check_references(access, body)
        vendor: Json = dict(core.document.rows("vendors")[body["vendor_id"]])
        syncing = bool(body.get("enable_accounting_sync", True))
        if body.get("remote_id") is not None:
            core.bills.require_synced(access, syncing)
        method = self._method(vendor, body)
        details = core.details.columns(access, vendor, method, body.get("payment_details"))
        currency = body["invoice_currency"]
        bill = core.new_bill(
            access.business_id,
            vendor_id=vendor["id"],
            entity_id=body["entity_id"],
            vendor_contact_id=self._contact(vendor, body),
            invoice_number=body["invoice_number"],
            currency=currency,
            issued_on=body["issued_at"],
            due_on=body["due_at"],
            posting_on=body.get("posting_date", body["issued_at"]),
            memo=body.get("memo"),
            vendor_memo=body.get("vendor_memo"),
            remote_id=body.get("remote_id"),
            enable_accounting_sync=syncing,
            payment_method=method,
            lines=(
                lines_from(body.get("line_items") or [], currency),
                inventory_from(body.get("inventory_line_items") or [], currency),
            ),
            planned_on=core.details.planned(method, body),
            attachments=self._files(access, body),
            **details,
        )
        core.webhooks.event(access.business_id, "bills.created", bill["id"])
        core.webhooks.event(access.business_id, "bills.approved", bill["id"])
        core.schedule.approved(bill)
        if method == "PAID_MANUALLY":
            core.schedule.mark_paid(core.bill(bill["id"]))
        return json_response(201, core.shown(core.bill(bill["id"]), single=True))

    def _method(self, vendor: Json, body: Json) -> str:
        method = body.get("payment_method")
        if method is None and not body.get("use_default_payment_method"):
            raise invalid(payment_method="Required, or use_default_payment_method.")
        return str(method or vendor["default_method"])

    def _contact(self, vendor: Json, body: Json) -> str | None:
        contacts = [contact["id"] for contact in vendor["contacts"]]
        named = body.get("vendor_contact_id")
        if named is not None and named not in contacts:
            raise refuse(404, "no such contact of the vendor")
        return named or (contacts[0] if contacts else None)

    def _files(self, access: Access, body: Json) -> list[str]:
        key = body.get("attachment_id")
        if key is None:
            return []
        row = self._core.document.rows("attachments").get(key)
        if row is None or row["business_id"] != access.business_id:
            raise refuse(404, "no such attachment")
        return [row["kind"]]
