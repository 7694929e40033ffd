"""Data that exists before a test: apps, businesses, vendors, bills. The format is in README.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.messages import ControlError, Json
from local.simulators.ramp.view import to_minor

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

ASKED_SCOPES = [
    *("bills:read", "bills:write", "vendors:read", "entities:read", "bank_accounts:read"),
    *("business:read", "accounting:read"),
]
ALL_SCOPES = [*ASKED_SCOPES, "vendors:write", "accounting:write", "audit_logs:read"]
EVENTS = [
    *("bills.created", "bills.approved", "bills.rejected", "bills.paid", "bills.updated"),
    *("bills.archived", "payments.updated", "vendors.updated"),
]


class RampSeed:
    """Writes rows. Ids may be given; what is not given is made up from the handed-in chance."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def load(self, data: Json) -> Json:
        """Load `{"apps": [...], "businesses": [...]}`; gives ids and tokens of the businesses."""
        if unknown := set(data) - {"apps", "businesses"}:
            raise ControlError(f"unknown keys {sorted(unknown)}")
        for app in data.get("apps", []):
            row = {
                "secret": app["client_secret"],
                "redirect_uris": app.get("redirect_uris", []),
                "scopes": app.get("scopes", ALL_SCOPES),
                "business_id": app.get("business_id"),
            }
            self._core.document.put("apps", app["client_id"], row)
        return {"businesses": [self._business(row) for row in data.get("businesses", [])]}

    def _business(self, given: Json) -> Json:
        document = self._core.document
        key = given.get("id") or self._core.new_id()
        business = {
            "id": key,
            "name": given.get("name", "Client"),
            "realm_id": given.get("realm_id"),
            "profile": given.get("profile"),
            "plus": bool(given.get("plus", False)),
            "same_day": bool(given.get("same_day", False)),
            "accounting_connected": bool(given.get("accounting_connected", True)),
            "connection_id": self._core.new_id(),
            "created_at": self._core.now().isoformat(timespec="seconds"),
        }
        if key not in document.rows("businesses"):
            document.put("businesses", key, business)
        entity = self._entity(key, given)
        accounts = [self._account(key, entity, row) for row in given.get("bank_accounts", [])]
        vendors = [self._vendor(key, row) for row in given.get("vendors", [])]
        bills = [self._bill(key, row) for row in given.get("bills", [])]
        result: Json = {"id": key, "entity_id": entity, "bank_accounts": accounts}
        result.update(vendors=vendors, bills=bills)
        if given.get("connect_to"):
            scopes = given.get("scopes", ASKED_SCOPES)
            result["tokens"] = self._core.oauth.connect(given["connect_to"], key, scopes)
        if given.get("webhook"):
            result["webhook"] = self._subscription(key, given["webhook"])
        return result

    def _entity(self, business_id: str, given: Json) -> str:
        rows = self._core.document.rows("entities").values()
        for row in rows:
            if row["business_id"] == business_id:
                return str(row["id"])
        key = given.get("entity_id") or self._core.new_id()
        entity = {
            "id": key,
            "business_id": business_id,
            "name": given.get("name", "Client"),
            "currency": given.get("currency", "USD"),
            "created_at": self._core.now().isoformat(timespec="seconds"),
        }
        self._core.document.put("entities", key, entity)
        return str(key)

    def _account(self, business_id: str, entity_id: str, given: Json) -> str:
        key = given.get("id") or self._core.new_id()
        account = {
            "id": key,
            "business_id": business_id,
            "entity_id": entity_id,
            "internal_id": self._core.new_id(),
            "name": given.get("name", "Operating checking"),
            "last_four": given["last_four"],
            "institution": given.get("institution", "First Platypus Bank"),
            "ledger_account_id": given.get("ledger_account_id"),
            "plaid_account_id": given.get("plaid_account_id"),
        }
        self._core.document.put("bank_accounts", key, account)
        return str(key)

    def _vendor(self, business_id: str, given: Json) -> str:
        key = given.get("id") or self._core.new_id()
        account = {
            "id": given.get("account_id") or self._core.new_id(),
            "payment_method": given.get("default_method", "ACH"),
            "currency": "USD",
            "is_default": True,
            "account_nickname": None,
        }
        contact = {
            "id": given.get("contact_id") or self._core.new_id(),
            "email": given.get("email", "ar@vendor.example"),
            "first_name": None,
            "last_name": None,
            "is_default": True,
            "phone": None,
        }
        vendor = {
            "id": key,
            "business_id": business_id,
            "name": given["name"],
            "type": "BUSINESS",
            "remote_id": given.get("remote_id"),
            "created_at": self._core.now().isoformat(timespec="seconds"),
            "accounts": [account],
            "contacts": [contact],
            "default_method": given.get("default_method", "ACH"),
            "has_address": bool(given.get("has_address", True)),
            "is_active": True,
            "on_hold": False,
        }
        self._core.document.put("vendors", key, vendor)
        return str(key)

    def _subscription(self, business_id: str, given: Json) -> Json:
        """An active subscription whose handshake lies in the past."""
        now = self._core.now().isoformat(timespec="seconds")
        row = {
            "id": given.get("id") or self._core.new_id(),
            "business_id": business_id,
            "endpoint_url": given["endpoint_url"],
            "event_types": given.get("event_types") or EVENTS,
            "additional_headers": {},
            "created_at": now,
            "updated_at": now,
            "status": "active",
            "secret": given["secret"],
            "challenge": "",
        }
        self._core.document.put("subscriptions", row["id"], row)
        return {"id": row["id"], "secret": row["secret"]}

    def _bill(self, business_id: str, given: Json) -> str:
        fields = dict(given)
        currency = fields.get("currency", "USD")
        amount = to_minor(fields.pop("amount"), currency)
        planned = fields.pop("payment_date", None)
        approval = fields.get("approval_status", "APPROVED")
        line = {"amount_minor": amount, "memo": fields.get("memo")}
        bill = self.bill_row(business_id, {"lines": ([line], []), **fields, "planned_on": planned})
        self._core.webhooks.event(business_id, "bills.created", bill["id"])
        if approval == "APPROVED":
            self._core.webhooks.event(business_id, "bills.approved", bill["id"])
            self._core.schedule.approved(bill)
        return str(bill["id"])

    def bill_row(self, business_id: str, given: Mapping[str, Any]) -> Json:
        """Write one bill with its payment; not scheduled or approved any further."""
        core = self._core
        vendor_id = given["vendor_id"]
        vendor = core.document.rows("vendors")[vendor_id]
        method = given.get("payment_method") or vendor["default_method"]
        lines, inventory = given["lines"]
        issued = given.get("issued_on") or core.days_ago(5)
        approval = given.get("approval_status", "APPROVED")
        remote_id = given.get("remote_id")
        draft_id, draft_created = given.get("draft") or (None, None)
        entities = core.document.rows("entities").values()
        entity = next(row["id"] for row in entities if row["business_id"] == business_id)
        bill: Json = {
            "id": given.get("bill_id") or given.get("id") or core.new_id(),
            "business_id": business_id,
            "entity_id": given.get("entity_id") or entity,
            "vendor_id": vendor_id,
            "vendor_contact_id": given.get("vendor_contact_id") or vendor["contacts"][0]["id"],
            "vendor_account_id": given.get("vendor_account_id")
            or core.account_for(vendor_id, method),
            "source_bank_account_id": given.get("source_bank_account_id")
            or core.default_account(business_id),
            "amount_minor": sum(item["amount_minor"] for item in [*lines, *inventory]),
            "currency": given.get("currency", "USD"),
            "line_items": list(lines),
            "inventory_line_items": list(inventory),
            "invoice_number": given.get("invoice_number"),
            "issued_on": issued,
            # A bill always has a due date; drafts may lack one.
            "due_on": given.get("due_on") or _a_month_after(issued),
            "posting_on": given.get("posting_on") or issued,
            "memo": given.get("memo"),
            "vendor_memo": given.get("vendor_memo"),
            "owner": given.get("owner")
            or {"id": core.new_id(), "first_name": "Dana", "last_name": "Reyes"},
            "created_at": core.now().isoformat(timespec="seconds"),
            "paid_at": None,
            "archived_at": None,
            "synced_at": None,
            "draft_bill_id": draft_id,
            "draft_created_at": draft_created,
            "status": "OPEN",
            "state": "APPROVAL_REJECTED" if approval == "REJECTED" else "APPROVAL_PENDING",
            "approval_status": approval,
            "sync_status": "BILL_SYNCED" if remote_id else "NOT_SYNCED",
            "remote_id": remote_id,
            "offered": False,
            "enable_accounting_sync": bool(given.get("enable_accounting_sync", True)),
            "payment_method": method,
            "is_same_day": bool(given.get("is_same_day", False)),
            "spend_limit_id": given.get("spend_limit_id"),
            "manual_method": given.get("manual_method"),
            "hold_reason": None,
            "attachments": list(given.get("attachments", [])),
        }
        payment = core.new_payment(bill)
        payment["planned_on"] = given.get("planned_on")
        core.document.put("payments", payment["id"], payment)
        return bill


def _a_month_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=30)).isoformat()
