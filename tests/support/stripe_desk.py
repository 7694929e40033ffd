"""A desk that hears of Stripe: events as they are delivered, bank lines, the ledger's invoices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from rowcol.domain.link import StoredLine
from rowcol.domain.money import Money
from rowcol.domain.receivables.collected import ChargeMatch, Collected
from rowcol.domain.receivables.payout_record import PayoutRecord
from rowcol.domain.receivables.told import ObjectKind, StripeObject, object_id
from rowcol.domain.scope import key_of
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.rails.stripe.webhook import RAIL
from rowcol.service.apply_event import apply_rows
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Endpoint, Reading
from rowcol.service.invoices import keep_invoices
from rowcol.service.listing import every_id
from rowcol.service.receivables.heard import match_receivables
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import bank_line
from tests.support.invoice_desk import OneRow, shown
from tests.support.webhooks.base import NOW, compact
from tests.support.webhooks.stripe import stripe_body


def unix(day: str) -> int:
    """An ISO instant or day as Stripe counts it."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def charge(name: str = "ch_1", amount: int = 30_000, **changes: object) -> dict[str, object]:
    """A charge that succeeded on 10 November for INV-2041."""
    return {
        "id": name, "object": "charge", "amount": amount, "amount_refunded": 0,
        "balance_transaction": f"txn_{name}", "captured": True, "created": unix("2026-11-10"),
        "currency": "usd", "customer": "cus_1", "description": None, "invoice": None,
        "metadata": {"qbo_invoice_doc_number": "INV-2041"}, "status": "succeeded", **changes,
    }  # fmt: skip


def payout(
    name: str = "po_1", amount: int = 29_100, status: str = "pending", **changes: object
) -> dict[str, object]:
    """A payout that arrives on Friday, 13 November."""
    return {
        "id": name, "object": "payout", "amount": amount, "arrival_date": unix("2026-11-13"),
        "automatic": True, "balance_transaction": f"txn_{name}", "created": unix("2026-11-11"),
        "currency": "usd", "failure_code": None, "reconciliation_status": "in_progress",
        "status": status, "trace_id": None, **changes,
    }  # fmt: skip


def refund(
    name: str = "re_1", amount: int = 5_000, status: str = "succeeded", **changes: object
) -> dict[str, object]:
    """A refund of ch_1 on 10 November."""
    return {
        "id": name, "object": "refund", "amount": amount, "charge": "ch_1", "currency": "usd",
        "created": unix("2026-11-10"), "status": status, "balance_transaction": f"txn_{name}",
        **changes,
    }  # fmt: skip


def dispute(name: str = "du_1", of: str = "ch_1", **changes: object) -> dict[str, object]:
    """A dispute with its entry: 300.00 and a fee of 15.00."""
    moved = {
        "id": f"txn_{name}", "object": "balance_transaction", "amount": -30_000, "fee": 1_500,
        "net": -31_500, "currency": "usd", "created": unix("2026-11-15"),
        "available_on": unix("2026-11-17"), "reporting_category": "dispute", "source": name,
    }  # fmt: skip
    return {
        "id": name, "object": "dispute", "amount": 30_000, "charge": of, "currency": "usd",
        "created": unix("2026-11-15"), "reason": "fraudulent", "status": "needs_response",
        "evidence_details": {"due_by": unix("2026-11-25T23:59:59")},
        "balance_transactions": [moved], **changes,
    }  # fmt: skip


def understand(row: InboxRow) -> Reading:
    """As the function that applies events does."""
    return RAIL.understand(row.body, Endpoint("stripe", "e", "maple", livemode=True), NOW)


class StripeDesk(Desk):
    """Bluebird collects through Stripe; its rails are never asked."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = 0

    def deliver(self, body: dict[str, object]) -> InboxRow:
        """One delivery, applied."""
        self.keys += 1
        key = f"stripe#{self.keys}"
        row = InboxRow(
            key, "delivery", "stripe", "endpoint-0123456789", SCOPE.firm, SCOPE.client,
            self.clock.now(), compact(body), f"{self.keys:064d}", "stored", None, False,
        )  # fmt: skip
        inbox = OneRow(row)
        assert apply_rows(self.environment, inbox, understand, [key]).retry == ()
        return inbox.row

    def tell(self, kind: str, subject: dict[str, object], at: str = "2026-11-10") -> None:
        """An event of its own about an object."""
        self.keys += 1
        body = stripe_body(kind, self.keys, data={"object": subject}, created=unix(at))
        self.deliver(body)

    def bill_customer(self, **changes: Any) -> str:
        """The ledger shows an invoice; its id here."""
        reading = shown(**changes)
        keep_invoices(self.environment, SCOPE, [reading])
        return key_of("inv", reading.invoice_id)

    def bank_shows(self, name: str, minor: int, on: str, text: str, **changes: Any) -> None:
        """A line at the bank, money in positive, and what follows from it."""
        line = replace(
            bank_line(),
            line_id=name, amount=Money(-minor, "USD"), posted_on=date.fromisoformat(on),
            text=text, reference=None, **changes,
        )  # fmt: skip
        known = self.books.get(StoredLine, key_of("", name))
        assert self.books.save(StoredLine(key_of("", name), known.version if known else 0, line))
        match_receivables(self.environment, SCOPE)

    def bank_withdraws(self, name: str) -> None:
        """The bank shows a line no more."""
        known = self.books.get(StoredLine, key_of("", name))
        assert known is not None
        assert self.books.save(replace(known, removed=True))
        match_receivables(self.environment, SCOPE)

    def payout(self, name: str = "po_1") -> PayoutRecord:
        """What is made of a payout."""
        found = self.books.get(PayoutRecord, object_id(ObjectKind.PAYOUT, name))
        assert found is not None
        return found

    def match(self, name: str = "ch_1") -> ChargeMatch:
        """What is made of a charge."""
        found = self.books.get(ChargeMatch, object_id(ObjectKind.CHARGE, name))
        assert found is not None
        return found

    def collected(self, invoice_id: str) -> int:
        """What stands collected for an invoice, in cents."""
        found = self.books.get(Collected, invoice_id)
        return found.total("USD").minor if found is not None else 0

    def stripe_objects(self) -> dict[str, StripeObject]:
        """All objects by our id, without their versions."""
        names = every_id(self.books, StripeObject, "")
        found = self.books.get_many(StripeObject, names)
        return {name: replace(one, version=0) for name, one in found.items()}

    def open_items(self) -> dict[str, TrayItem]:
        """Open items of the tray by kind; one of each."""
        items = self.books.get_many(TrayItem, every_id(self.books, TrayItem, "")).values()
        return {one.item: one for one in items if one.state is TrayState.OPEN}
