"""Entities, bank accounts, vendors, business, accounting, audit log (ramp contract, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp import fields as f
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.listing import page
from local.simulators.ramp.oauth import Access
from local.simulators.ramp.view import money

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_ENTITY_KEYS = (
    "currency",
    "entity_name",
    "is_primary",
    "hide_inactive",
    "include_deleted_accounts",
)
_VENDOR_KEYS = (
    "name",
    "is_active",
    "vendor_owner_id",
    "merchant_id",
    "external_vendor_id",
    "accounting_vendor_remote_ids",
    "from_created_at",
    "to_created_at",
)
_AUDIT_KEYS = (
    "user_ids",
    "from_date",
    "to_date",
    "event_actor_types",
    "event_types",
    "object_id",
    "resource_name",
)


class Reference:
    """Read-only data around bills, vendor hold, and the accounting sync call."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def entities(self, access: Access, request: SimRequest) -> SimResponse:
        """The business's entities."""
        return page(request, self._mine("entities", access), self._entity, _ENTITY_KEYS)

    def entity(self, access: Access, request: SimRequest, entity_id: str) -> SimResponse:
        """One entity with its paying accounts."""
        return json_response(200, self._entity(self._one("entities", entity_id, access)))

    def bank_accounts(self, access: Access, request: SimRequest) -> SimResponse:
        """The business's bank accounts."""
        return page(request, self._mine("bank_accounts", access), _bank_account)

    def bank_account(
        self, access: Access, request: SimRequest, bank_account_id: str
    ) -> SimResponse:
        """One bank account."""
        row = self._one("bank_accounts", bank_account_id, access)
        return json_response(200, _bank_account(row))

    def vendors(self, access: Access, request: SimRequest) -> SimResponse:
        """The business's vendors."""
        rows = self._mine("vendors", access)
        if "name" in request.query:
            rows = [row for row in rows if request.query["name"].lower() in row["name"].lower()]
        return page(request, rows, _vendor, _VENDOR_KEYS)

    def vendor(self, access: Access, request: SimRequest, vendor_id: str) -> SimResponse:
        """One vendor."""
        return json_response(200, _vendor(self._one("vendors", vendor_id, access)))

    def vendor_accounts(self, access: Access, request: SimRequest, vendor_id: str) -> SimResponse:
        """Where the vendor can be paid."""
        return page(request, self._one("vendors", vendor_id, access)["accounts"], dict)

    def vendor_contacts(self, access: Access, request: SimRequest, vendor_id: str) -> SimResponse:
        """The vendor's contacts."""
        return page(request, self._one("vendors", vendor_id, access)["contacts"], dict)

    def hold_vendor(self, access: Access, request: SimRequest, vendor_id: str) -> SimResponse:
        """Vendor hold (beta): its approved, open bills become BLOCKED."""
        return self._block_vendor(access, vendor_id, blocked=True)

    def release_vendor(self, access: Access, request: SimRequest, vendor_id: str) -> SimResponse:
        """Lift a vendor hold."""
        return self._block_vendor(access, vendor_id, blocked=False)

    def business(self, access: Access, request: SimRequest) -> SimResponse:
        """The business; `id` is the `business_id` of webhooks."""
        row = self._core.document.rows("businesses")[access.business_id]
        body = {
            "id": row["id"],
            "active": True,
            "business_name_legal": row["name"],
            "business_name_on_card": row["name"],
            "created_time": row["created_at"],
            "is_reimbursements_enabled": False,
        }
        return json_response(200, body)

    def balance(self, access: Access, request: SimRequest) -> SimResponse:
        """Card credit, not cash."""
        body = {"available_card_limit": 25000, "card_limit": 30000, "statement_balance": 1200}
        return json_response(200, body)

    def connections(self, access: Access, request: SimRequest) -> SimResponse:
        """The accounting connection."""
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
        return json_response(
            200, {"connections": [connection] if row["accounting_connected"] else []}
        )

    def sync(self, access: Access, request: SimRequest) -> SimResponse:
        """`POST /accounting/syncs` is refused when Ramp itself writes to the ledger."""
        f.read_body(
            request,
            dict.fromkeys(
                ("idempotency_key", "sync_type", "successful_syncs", "failed_syncs"), f.anything
            ),
            ("idempotency_key", "sync_type"),
        )
        if self._core.document.rows("businesses")[access.business_id]["accounting_connected"]:
            raise refuse(400, "a direct connection does not take syncs")
        return json_response(201, {"sync_id": self._core.new_id()})

    def audit_log(self, access: Access, request: SimRequest) -> SimResponse:
        """Audit-log events (beta, Ramp Plus only)."""
        if not self._core.document.rows("businesses")[access.business_id]["plus"]:
            raise refuse(403, "audit logs need Ramp Plus")
        rows = self._mine("audit_events", access)
        if "event_types" in request.query:
            kinds = request.query["event_types"].split(",")
            rows = [row for row in rows if row["event_type"] in kinds]
        if "object_id" in request.query:
            rows = [row for row in rows if row["object_id"] == request.query["object_id"]]
        return page(request, rows, _public, _AUDIT_KEYS)

    def _block_vendor(self, access: Access, vendor_id: str, *, blocked: bool) -> SimResponse:
        vendor = self._one("vendors", vendor_id, access)
        vendor["on_hold"] = blocked
        self._core.document.put("vendors", vendor_id, vendor)
        for bill in self._mine("bills", access):
            open_bill = bill["vendor_id"] == vendor_id and bill["status"] == "OPEN"
            if not open_bill or bill["archived_at"] or bill["approval_status"] != "APPROVED":
                continue
            changed = self._core.bill(bill["id"])
            if blocked and bill["state"] in ("PAYMENT_READY", "PAYMENT_SCHEDULED"):
                self._core.schedule.take_off(changed)
                changed["state"] = "BLOCKED"
            elif not blocked and bill["state"] == "BLOCKED":
                payment = self._core.payment(changed)
                changed["state"] = self._core.schedule.settled_state(changed, payment)
            self._core.document.put("bills", changed["id"], changed)
        return json_response(200, _vendor(vendor))

    def _mine(self, table: str, access: Access) -> list[Mapping[str, Any]]:
        rows = self._core.document.rows(table).values()
        return [row for row in rows if row["business_id"] == access.business_id]

    def _one(self, table: str, key: str, access: Access) -> Json:
        row = self._core.document.get(table, key)
        if row is None or row["business_id"] != access.business_id:
            raise refuse(404, "not found")
        found: Json = row
        return found

    def _entity(self, entity: Mapping[str, Any]) -> Json:
        accounts = self._core.document.rows("bank_accounts").values()
        paying = [account for account in accounts if account["entity_id"] == entity["id"]]
        return {
            "id": entity["id"],
            "entity_name": entity["name"],
            "currency": entity["currency"],
            "is_primary": True,
            "location_ids": [],
            "default_bill_pay_payment_account_id": paying[0]["id"] if paying else None,
            "accounts": [
                {
                    "internal_id": account["internal_id"],
                    "bank_account_id": account["id"],
                    "classification": "ASSET",
                    "created_at": entity["created_at"],
                    "external_id": account["ledger_account_id"] or "",
                    "external_name": account["name"],
                    "usage_type": "BILL_PAY_BANK_ACCOUNT",
                }
                for account in paying
            ],
        }


def _public(row: Mapping[str, Any]) -> Json:
    return {key: value for key, value in row.items() if key != "business_id"}


def _bank_account(row: Mapping[str, Any]) -> Json:
    return {
        "id": row["id"],
        "account_name": row["name"],
        "account_number_last_four": row["last_four"],
        "account_subtype": "checking",
        "connection_provider": "plaid",
        "financial_institution_name": row["institution"],
    }


def _vendor(row: Mapping[str, Any]) -> Json:
    nothing = money(0, "USD")
    return {
        "id": row["id"],
        "name": row["name"],
        "name_legal": row["name"],
        "accounting_vendor_remote_id": row["remote_id"],
        "contacts": [contact["id"] for contact in row["contacts"]],
        "country": "US",
        "created_at": row["created_at"],
        "description": None,
        "is_active": row["is_active"],
        "is_deletable": False,
        "vendor_type": row["type"],
        "external_vendor_id": None,
        **dict.fromkeys(
            (
                "total_spend_all_time",
                "total_spend_last_30_days",
                "total_spend_last_365_days",
                "total_spend_ytd",
            ),
            nothing,
        ),
    }
