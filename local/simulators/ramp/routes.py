"""Ramp's endpoint table (ramp contract, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from local.simulators.messages import SimRequest, SimResponse
from local.simulators.ramp.errors import error_response
from local.simulators.ramp.oauth import Access
from local.simulators.routing import Route

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

PREFIX = "/developer/v1"


def ramp_routes(core: RampCore) -> Iterable[Route]:
    """All routes; longer literal paths come before those with variables."""

    def read(path: str, handler: Callable[..., SimResponse], scope: str) -> Route:
        return Route("GET", PREFIX + path, core.guarded(handler, scope), "read", scope)

    def write(
        method: str, path: str, handler: Callable[..., SimResponse], scope: str = ""
    ) -> Route:
        return Route(method, PREFIX + path, core.guarded(handler, scope), "write", scope)

    def beta(feature: str, handler: Callable[..., SimResponse]) -> Callable[..., SimResponse]:
        def run(access: Access, request: SimRequest, **variables: str) -> SimResponse:
            if not core.has(access.business_id, feature):
                return error_response(404, "not found")
            return handler(access, request, **variables)

        return run

    bills, creation, reference, hooks = core.bills, core.creation, core.reference, core.webhooks
    return [
        Route("GET", "/v1/authorize", core.oauth.authorize, "auth"),
        Route("POST", f"{PREFIX}/token", core.oauth.token, "auth"),
        Route("POST", f"{PREFIX}/token/revoke", core.oauth.revoke, "auth"),
        read("/bills/drafts", creation.list_drafts, "bills:read"),
        write("POST", "/bills/drafts", creation.create_draft, "bills:write"),
        read("/bills/drafts/{draft_bill_id}", creation.read_draft, "bills:read"),
        write("PATCH", "/bills/drafts/{draft_bill_id}", creation.change_draft, "bills:write"),
        write(
            "POST",
            "/bills/drafts/{draft_bill_id}/attachments",
            creation.attach_draft,
            "bills:write",
        ),
        write("POST", "/bills/drafts/{draft_bill_id}/submit", creation.submit, "bills:write"),
        read("/bills", bills.list, "bills:read"),
        write("POST", "/bills", creation.create, "bills:write"),
        read("/bills/{bill_id}", bills.read, "bills:read"),
        write("PATCH", "/bills/{bill_id}", bills.change, "bills:write"),
        write("DELETE", "/bills/{bill_id}", bills.archive, "bills:write"),
        write("POST", "/bills/{bill_id}/attachments", bills.attach, "bills:write"),
        write("POST", "/bills/{bill_id}/hold", beta("hold", bills.hold), "bills:write"),
        write("POST", "/bills/{bill_id}/release", beta("hold", bills.lift), "bills:write"),
        read("/bills/{bill_id}/remittance-receipt", bills.receipt, "bills:read"),
        read("/entities", reference.entities, "entities:read"),
        read("/entities/{entity_id}", reference.entity, "entities:read"),
        read("/bank-accounts", reference.bank_accounts, "bank_accounts:read"),
        read("/bank-accounts/{bank_account_id}", reference.bank_account, "bank_accounts:read"),
        read("/vendors", reference.vendors, "vendors:read"),
        read("/vendors/{vendor_id}", reference.vendor, "vendors:read"),
        read("/vendors/{vendor_id}/accounts", reference.vendor_accounts, "vendors:read"),
        read("/vendors/{vendor_id}/contacts", reference.vendor_contacts, "vendors:read"),
        write("POST", "/vendors/{vendor_id}/hold", reference.hold_vendor, "vendors:write"),
        write("POST", "/vendors/{vendor_id}/release", reference.release_vendor, "vendors:write"),
        read("/business", reference.business, "business:read"),
        read("/business/balance", reference.balance, "business:read"),
        read("/accounting/all-connections", reference.connections, "accounting:read"),
        write("POST", "/accounting/syncs", reference.sync, "accounting:write"),
        read("/audit-logs/events", reference.audit_log, "audit_logs:read"),
        read("/webhooks", hooks.index, ""),
        write("POST", "/webhooks", hooks.create),
        write("POST", "/webhooks/mock-webhook-event", hooks.mock),
        read("/webhooks/{webhook_id}", hooks.read, ""),
        write("DELETE", "/webhooks/{webhook_id}", hooks.delete),
        write("POST", "/webhooks/{webhook_id}/verify", hooks.verify),
    ]
