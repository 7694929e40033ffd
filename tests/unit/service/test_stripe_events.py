"""Stripe's events as facts: once each, without persons, whatever becomes of the inbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rowcol.domain.plain import to_plain
from rowcol.domain.stripe_event import StripeEvent
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.rails.stripe.webhook import ACTED_ON, RAIL
from rowcol.service.apply_event import apply_rows
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Endpoint, Reading
from rowcol.service.listing import every_id
from tests.support.desk import SCOPE, Desk
from tests.support.invoice_desk import OneRow
from tests.support.webhooks.base import NOW, compact
from tests.support.webhooks.stripe import stripe_body


class StripeDesk(Desk):
    """Bluebird, whose rails are never asked."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = 0

    def deliver(self, body: dict[str, object]) -> InboxRow:
        self.keys += 1
        key = f"stripe#{self.keys}"
        row = InboxRow(
            key, "delivery", "stripe", "endpoint-0123456789", SCOPE.firm, SCOPE.client,
            self.clock.now(), compact(body), f"{self.keys:064d}", "stored", None, False,
        )  # fmt: skip
        inbox = OneRow(row)
        assert apply_rows(self.environment, inbox, understand, [key]).retry == ()
        return inbox.row

    def events(self) -> tuple[StripeEvent, ...]:
        names = every_id(self.books, StripeEvent, "")
        known = self.books.get_many(StripeEvent, names)
        return tuple(known[name] for name in names)

    def tray(self) -> list[TrayItem]:
        items = self.books.get_many(TrayItem, every_id(self.books, TrayItem, "")).values()
        return [item for item in items if item.state is TrayState.OPEN]


def understand(row: InboxRow) -> Reading:
    return RAIL.understand(row.body, Endpoint("stripe", "e", "maple", livemode=True), NOW)


def charge(**changes: object) -> dict[str, object]:
    """A charge with everything about a person that a snapshot carries."""
    return {
        "id": "ch_1", "object": "charge", "amount": 86_550, "amount_captured": 86_550,
        "amount_refunded": 25_000, "currency": "usd", "status": "succeeded",
        "balance_transaction": "txn_1", "payment_intent": {"id": "pi_1", "object": "x"},
        "invoice": None, "customer": "cus_1", "description": "for Jane Doe",
        "billing_details": {"email": "jane@example.com", "name": "Jane Doe"},
        "receipt_email": "jane@example.com", "metadata": {"name": "Jane Doe"},
        "payment_method_details": {"card": {"last4": "4242"}}, "next_years_field": [1],
        **changes,
    }  # fmt: skip


def told(kind: str, subject: dict[str, object], number: int = 1, **more: Any) -> dict[str, object]:
    return stripe_body(kind, number, data={"object": subject}, **more)


@pytest.fixture
def desk() -> StripeDesk:
    return StripeDesk()


def test_what_it_told_is_kept_in_whole_minor_units_and_names_nobody(desk: StripeDesk) -> None:
    assert desk.deliver(told("charge.refunded", charge())).outcome == "applied"
    [event] = desk.events()
    assert (event.event_id, event.type) == ("evt_made_up_1", "charge.refunded")
    assert (event.object_type, event.object_id, event.status) == ("charge", "ch_1", "succeeded")
    assert event.amounts_minor == {
        "amount": 86_550, "amount_captured": 86_550, "amount_refunded": 25_000,
    }  # fmt: skip
    assert event.currency == "USD"
    assert event.references == {"balance_transaction": "txn_1", "payment_intent": "pi_1"}
    assert (event.livemode, event.is_known) == (True, True)
    assert event.occurred_at == datetime.fromtimestamp(int(NOW.timestamp()) - 5, UTC)
    kept = json.dumps(to_plain(event))
    for personal in ("Jane", "jane@", "4242", "cus_1"):
        assert personal not in kept


def test_each_event_is_kept_once(desk: StripeDesk) -> None:
    body = told("charge.refunded", charge())
    assert desk.deliver(body).outcome == "applied"
    assert desk.deliver({**body, "pending_webhooks": 0}).outcome == "unchanged"
    assert len(desk.events()) == 1


def test_they_are_listed_by_their_own_time_whatever_the_order(desk: StripeDesk) -> None:
    for number in (3, 1, 2):
        created = int(NOW.timestamp()) - 100 + number
        desk.deliver(stripe_body("payout.paid", number, created=created))
    assert [event.event_id for event in desk.events()] == [f"evt_made_up_{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("kind", sorted(ACTED_ON))
def test_every_type_that_is_asked_for_is_kept(desk: StripeDesk, kind: str) -> None:
    subject: dict[str, object] = {"id": "any_1", "object": kind.rpartition(".")[0].split(".")[-1]}
    sized = {"payout", "charge", "refund", "dispute"}
    subject |= {"amount": 1} if subject["object"] in sized else {}
    assert desk.deliver(told(kind, subject)).outcome == "applied"
    assert [event.type for event in desk.events()] == [kind]
    assert desk.tray() == []


def test_a_type_that_nobody_knows_is_kept_and_told(desk: StripeDesk) -> None:
    row = desk.deliver(told("stablecoin.minted", {"weight": 3}))
    assert (row.state, row.outcome) == ("applied", "applied")
    [event] = desk.events()
    assert (event.is_known, event.object_id, event.amounts_minor) == (False, None, {})
    [item] = desk.tray()
    assert item.item == "quarantined_event"
    assert item.found.startswith("unknown_type: ")
    assert "stablecoin.minted" in item.title


def test_an_unknown_status_currency_or_field_is_no_trouble(desk: StripeDesk) -> None:
    odd = charge(status="somehow_else", currency="xyz", invoice=["x"], amount_captured="12")
    assert desk.deliver(told("charge.succeeded", odd)).outcome == "applied"
    [event] = desk.events()
    assert (event.status, event.currency) == ("somehow_else", "XYZ")
    assert "amount_captured" not in event.amounts_minor
    assert "invoice" not in event.references
    assert desk.tray() == []


def test_the_other_mode_is_put_aside(desk: StripeDesk) -> None:
    row = desk.deliver(told("charge.succeeded", charge(), livemode=False))
    assert (row.state, row.outcome) == ("quarantined", "livemode_mismatch")
    assert desk.events() == ()
    [item] = desk.tray()
    assert item.item == "quarantined_event"
    assert item.found.startswith("livemode_mismatch: ")


def test_what_nobody_asked_for_is_not_kept(desk: StripeDesk) -> None:
    body = told("customer.created", {"id": "cus_1", "object": "customer", "name": "Jane Doe"})
    assert desk.deliver(body).outcome == "ignored:type_not_used"
    assert desk.events() == ()
