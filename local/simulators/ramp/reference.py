"""Entities, bank accounts, vendors and the business (ramp contract, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp.errors import refuse
from local.simulators.ramp.listing import page
from local.simulators.ramp.oauth import Access
from local.simulators.ramp.queries import check_query, flag, within
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


class Reference:
    """Read-only data around bills, and vendor hold."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def entities(self, access: Access, request: SimRequest) -> SimResponse:
        """The business's entities."""
        check_query(request.query, _ENTITY_KEYS)
        query, rows = request.query, self._mine("entities", access)
        order = [row["id"] for row in rows]
        if "currency" in query:
            rows = [row for row in rows if row["currency"] == query["currency"]]
        if "entity_name" in query:
            rows = [row for row in rows if query["entity_name"].lower() in row["name"].lower()]
        if flag(query, "is_primary") is False:
            rows = []
        return page(request, rows, self._entity, _ENTITY_KEYS, order=order)

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
        check_query(request.query, _VENDOR_KEYS)
        query, rows = request.query, self._mine("vendors", access)
        order = [row["id"] for row in rows]
        if "name" in query:
            rows = [row for row in rows if query["name"].lower() in row["name"].lower()]
        if (active := flag(query, "is_active")) is not None:
            rows = [row for row in rows if row["is_active"] is active]
        if "accounting_vendor_remote_ids" in query:
            wanted = set(query["accounting_vendor_remote_ids"].split(","))
            rows = [row for row in rows if row["remote_id"] in wanted]
        if {"vendor_owner_id", "merchant_id", "external_vendor_id"} & set(query):
            rows = []  # no vendor here has an owner, a merchant or an external id
        for test in within(query, {"created_at": "created_at"}):
            rows = [row for row in rows if test(row)]
        return page(request, rows, _vendor, _VENDOR_KEYS, order=order)

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
