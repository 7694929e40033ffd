"""Words that a rail adds one day: each delivery is read, kept, and told to people; none is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.directory import Tenant, tenant_key
from rowcol.domain.facts import RailState
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.domain.tray_kinds import QUARANTINED
from rowcol.rails.plaid import webhook as plaid
from rowcol.rails.qbo.webhook import RAIL as QBO
from rowcol.rails.ramp.webhook import RAIL as RAMP
from rowcol.rails.stripe.webhook import RAIL as STRIPE
from rowcol.service.apply_event import apply_rows
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Endpoint, Reading
from rowcol.service.listing import every_id
from rowcol.service.onboard import register_firm
from tests.support.desk import SCOPE
from tests.support.invoice_desk import OneRow
from tests.support.payment_desk import PaymentDesk
from tests.support.webhooks.base import REALM, compact
from tests.support.webhooks.qbo import cloud_event
from tests.support.webhooks.ramp import ramp_body
from tests.support.webhooks.stripe import stripe_body

READERS = {"ramp": RAMP.understand, "plaid": plaid.understand, "qbo": QBO.understand}
READERS["stripe"] = STRIPE.understand
ITEM = {"item_id": "item-1", "environment": "production"}
# By rail: a body with a word of the future, the row's state, and the tray's item (None: no item).
FUTURE: dict[str, tuple[str, object, str, str | None]] = {
    "ramp_type": ("ramp", ramp_body("bills.returned"), "quarantined", "unknown_type"),
    "plaid_code": (
        "plaid",
        {"webhook_type": "ITEM", "webhook_code": "MOVED_TO_MARS", **ITEM},
        "quarantined",
        "unknown_type",
    ),
    "plaid_family": (
        "plaid",
        {"webhook_type": "STABLECOINS", "webhook_code": "MINTED", **ITEM},
        "quarantined",
        "unknown_type",
    ),
    "plaid_error": (
        "plaid",
        {
            "webhook_type": "ITEM",
            "webhook_code": "ERROR",
            "error": {"error_code": "MOON_PHASE", "error_type": "ASTRAL"},
            **ITEM,
        },
        "applied",
        "connection_broken",
    ),
    "plaid_reason": (
        "plaid",
        {
            "webhook_type": "ITEM",
            "webhook_code": "PENDING_DISCONNECT",
            "reason": "INSTITUTION_WENT_HOME",
            "disconnect_time": "2026-11-27T12:00:00Z",
            **ITEM,
        },
        "applied",
        "connection_broken",
    ),
    "qbo_operation": (
        "qbo",
        [cloud_event(1, "qbo.bill.teleported.v1")],
        "quarantined",
        "unknown_type",
    ),
    "qbo_version": ("qbo", [cloud_event(2, "qbo.bill.updated.v9")], "quarantined", "unknown_type"),
    "qbo_entity": ("qbo", [cloud_event(3, "qbo.hologram.created.v1")], "applied", None),
    "stripe_type": ("stripe", stripe_body("stablecoin.minted"), "applied", "unknown_type"),
}


def understand(row: InboxRow) -> Reading:
    endpoint = Endpoint(row.rail, row.endpoint_key, row.firm, row.client)
    return READERS[row.rail](row.body, endpoint, row.received_at)


def open_items(desk: PaymentDesk, scope: Scope) -> list[str]:
    books = desk.store.books(scope)
    items = books.get_many(TrayItem, every_id(books, TrayItem, "")).values()
    shown = [item for item in items if item.state is TrayState.OPEN]
    # Events that cannot be used are one kind: which of them it is stands first in what was found.
    return [
        item.found.partition(":")[0] if item.item == QUARANTINED else item.item for item in shown
    ]


@pytest.mark.parametrize("name", FUTURE)
def test_a_word_of_the_future_is_told(name: str) -> None:
    rail, body, state, item = FUTURE[name]
    desk = PaymentDesk()
    register_firm(desk.store, SCOPE.firm, "Maple Street")
    firm = Scope(SCOPE.firm)
    for tenant in (tenant_key("qbo", REALM), tenant_key("plaid", "item-1")):
        desk.store.books(firm).save(Tenant(tenant, 0, SCOPE.client))
    client = SCOPE.client if rail in ("ramp", "stripe") else None
    row = InboxRow(
        "row-1", "delivery", rail, "endpoint-0123456789", SCOPE.firm, client, desk.clock.now(),
        compact(body), "0" * 64, "stored", None, False,
    )  # fmt: skip
    quarantined = understand(row).unusable
    row = replace(row, state="quarantined" if quarantined else "stored", reason="unknown_type")
    inbox = OneRow(row)
    environment: Any = desk.environment
    assert apply_rows(environment, inbox, understand, ["row-1"]).retry == ()
    assert inbox.row.state == state
    told = [*open_items(desk, SCOPE), *open_items(desk, firm)]
    assert told == ([item] if item is not None else [])


def test_a_state_of_ramp_that_nobody_knows_is_read_and_told() -> None:
    desk = PaymentDesk()
    desk.shows(RailState.UNKNOWN)
    assert any("unknown" in item for item in desk.items()), desk.items()
