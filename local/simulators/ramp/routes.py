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

    bills, drafts, uploads, hooks = core.bills, core.drafts, core.uploads, core.webhooks
    reference, accounting = core.reference, core.accounting
    return [
        Route("GET", "/v1/authorize", core.oauth.authorize, "auth"),
        Route("POST", f"{PREFIX}/token", core.oauth.token, "auth"),
        Route("POST", f"{PREFIX}/token/revoke", core.oauth.revoke, "auth"),
        read("/bills/drafts", drafts.list, "bills:read"),
        write("POST", "/bills/drafts", beta("draft_write", drafts.create), "bills:write"),
        read("/bills/drafts/{draft_bill_id}", drafts.read, "bills:read"),
        write(
            "PATCH",
            "/bills/drafts/{draft_bill_id}",
            beta("draft_write", drafts.change),
            "bills:write",
        ),
        write(
            "POST",
            "/bills/drafts/{draft_bill_id}/attachments",
            uploads.attach_draft,
            "bills:write",
        ),
        write(
            "POST",
            "/bills/drafts/{draft_bill_id}/submit",
            beta("draft_submit", drafts.submit),
            "bills:write",
        ),
        read("/bills", bills.list, "bills:read"),
        write("POST", "/bills", core.creation.create, "bills:write"),
        read("/bills/{bill_id}", bills.read, "bills:read"),
        write("PATCH", "/bills/{bill_id}", bills.change, "bills:write"),
        write("DELETE", "/bills/{bill_id}", bills.archive, "bills:write"),
        write("POST", "/bills/{bill_id}/attachments", uploads.attach_bill, "bills:write"),
        write("POST", "/bills/{bill_id}/hold", beta("hold", bills.hold), "bills:write"),
        write("POST", "/bills/{bill_id}/release", beta("hold", bills.lift), "bills:write"),
        read(
            "/bills/{bill_id}/remittance-receipt",
            beta("remittance_receipt", uploads.receipt),
            "bills:read",
        ),
        read("/entities", reference.entities, "entities:read"),
        read("/entities/{entity_id}", reference.entity, "entities:read"),
        read("/bank-accounts", reference.bank_accounts, "bank_accounts:read"),
        read("/bank-accounts/{bank_account_id}", reference.bank_account, "bank_accounts:read"),
        read("/vendors", reference.vendors, "vendors:read"),
        read("/vendors/{vendor_id}", reference.vendor, "vendors:read"),
        read("/vendors/{vendor_id}/accounts", reference.vendor_accounts, "vendors:read"),
        read("/vendors/{vendor_id}/contacts", reference.vendor_contacts, "vendors:read"),
        write(
            "POST",
            "/vendors/{vendor_id}/hold",
            beta("vendor_hold", reference.hold_vendor),
            "vendors:write",
        ),
        write(
            "POST",
            "/vendors/{vendor_id}/release",
            beta("vendor_hold", reference.release_vendor),
            "vendors:write",
        ),
        read("/business", reference.business, "business:read"),
        read("/business/balance", reference.balance, "business:read"),
        read("/accounting/all-connections", accounting.connections, "accounting:read"),
        write("POST", "/accounting/syncs", accounting.sync, "accounting:write"),
        read("/audit-logs/events", beta("audit_log", accounting.audit_log), "audit_logs:read"),
        read("/webhooks", hooks.index, ""),
        write("POST", "/webhooks", hooks.create),
        write("POST", "/webhooks/mock-webhook-event", beta("mock_event", hooks.mock)),
        read("/webhooks/{webhook_id}", hooks.read, ""),
        write("DELETE", "/webhooks/{webhook_id}", hooks.delete),
        write("POST", "/webhooks/{webhook_id}/verify", hooks.verify),
    ]
