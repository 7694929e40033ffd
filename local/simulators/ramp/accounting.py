"""The accounting side and the audit log (ramp contract, sections 9 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields as f
from local.simulators.ramp.errors import invalid, refuse
from local.simulators.ramp.listing import page
from local.simulators.ramp.oauth import Access
from local.simulators.ramp.queries import instant

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_AUDIT_KEYS = (
    "user_ids",
    "from_date",
    "to_date",
    "event_actor_types",
    "event_types",
    "object_id",
    "resource_name",
)
_AUDIT_LISTS = {
    "user_ids": "user_id",
    "event_actor_types": "event_actor_type",
    "event_types": "event_type",
}
_SYNC_TYPES = (
    *("ACCRUAL_SYNC", "BANKING_TRANSACTION_SYNC", "BILL_PAYMENT_SYNC", "BILL_SYNC"),
    *("BROKERAGE_ORDER_SYNC", "PAYEE_SYNC", "REIMBURSEMENT_SYNC", "STATEMENT_CREDIT_SYNC"),
    *("TRACKING_CATEGORY_OPTION_SYNC", "TRANSACTION_SYNC", "TRANSFER_SYNC"),
    "WALLET_TRANSFER_SYNC",
)
_LIST_MAX = 5000
_SYNC_FIELDS: dict[str, f.Check] = {
    "idempotency_key": f.text(length_min=1),
    "sync_type": f.one_of(_SYNC_TYPES),
    "successful_syncs": f.list_of(
        f.record(
            {"id": f.identifier, "reference_id": f.text(), "deep_link_url": f.text()},
            ("id", "reference_id"),
        )
    ),
    "failed_syncs": f.list_of(
        f.record(
            {"id": f.identifier, "error": f.record({"message": f.text()}, ["message"])},
            ("id", "error"),
        )
    ),
}


class Accounting:
    """Handlers of `/accounting/*` and `/audit-logs/events`. Tables: syncs, audit_events."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def connections(self, access: Access, request: SimRequest) -> SimResponse:
        """The accounting connection; one per business."""
        row = self._core.document.rows("businesses")[access.business_id]
        connection = {
            "id": row["connection_id"],
            "created_at": row["created_at"],
            "is_active": True,
            "last_linked_at": row["created_at"],
            "remote_provider_name": "QUICKBOOKS",
            "status": "linked",
            "connection_type": "DIRECT",
        }
        shown = [connection] if row["accounting_connected"] else []
        return json_response(200, {"connections": shown})

    def sync(self, access: Access, request: SimRequest) -> SimResponse:
        """`POST /accounting/syncs`: refused when Ramp itself writes to the ledger.

        The same idempotency key gives the first answer and no second effect.
        """
        body = f.read_body(request, _SYNC_FIELDS, ("idempotency_key", "sync_type"))
        for name in ("successful_syncs", "failed_syncs"):
            if name in body and not 1 <= len(body[name]) <= _LIST_MAX:
                raise invalid(**{name: f"Length must be between 1 and {_LIST_MAX}."})
        if self._core.document.rows("businesses")[access.business_id]["accounting_connected"]:
            raise refuse(400, "a direct connection does not take syncs")
        name = f"{access.business_id}/{body['idempotency_key']}"
        known = self._core.document.get("syncs", name)
        if known is None:
            known = {"sync_id": self._core.new_id()}
            self._core.document.put("syncs", name, known)
            for entry in body.get("successful_syncs", []):
                self._mark(access, body["sync_type"], entry)
        return json_response(201, known)

    def audit_log(self, access: Access, request: SimRequest) -> SimResponse:
        """Audit-log events (beta, Ramp Plus only)."""
        if not self._core.document.rows("businesses")[access.business_id]["plus"]:
            raise refuse(403, "audit logs need Ramp Plus")
        rows = self._mine(access)
        order = [row["id"] for row in rows]
        query = request.query
        for key, column in _AUDIT_LISTS.items():
            if key in query:
                wanted = set(query[key].split(","))
                rows = [row for row in rows if row.get(column) in wanted]
        for key in ("object_id", "resource_name"):
            if key in query:
                rows = [row for row in rows if row[key] == query[key]]
        if "from_date" in query:
            begin = instant("from_date", query["from_date"])
            rows = [row for row in rows if instant("from_date", row["created_at"]) >= begin]
        if "to_date" in query:
            end = instant("to_date", query["to_date"])
            rows = [row for row in rows if instant("to_date", row["created_at"]) <= end]
        return page(request, rows, _public, _AUDIT_KEYS, order=order)

    def note(self, bill: Mapping[str, Any], event_type: str) -> None:
        """Add an audit-log event. The element's fields are unconfirmed: store them raw."""
        row = {
            "id": self._core.new_id(),
            "business_id": bill["business_id"],
            "event_type": event_type,
            "event_actor_type": "SYSTEM",
            "user_id": None,
            "object_id": bill["id"],
            "resource_name": "bill",
            "created_at": self._core.stamp(),
        }
        self._core.document.put("audit_events", row["id"], row)

    def _mark(self, access: Access, sync_type: str, entry: Json) -> None:
        bill = self._core.document.get("bills", entry["id"])
        if bill is None or bill["business_id"] != access.business_id:
            return
        if sync_type == "BILL_SYNC":
            bill.update(remote_id=entry["reference_id"], sync_status="BILL_SYNCED")
        elif sync_type == "BILL_PAYMENT_SYNC":
            bill["sync_status"] = "BILL_AND_PAYMENT_SYNCED"
        bill["synced_at"] = self._core.stamp()
        self._core.document.put("bills", bill["id"], bill)

    def _mine(self, access: Access) -> list[Mapping[str, Any]]:
        rows = self._core.document.rows("audit_events").values()
        return [row for row in rows if row["business_id"] == access.business_id]


def _public(row: Mapping[str, Any]) -> Json:
    return {key: value for key, value in row.items() if key != "business_id"}
