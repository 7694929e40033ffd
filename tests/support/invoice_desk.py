"""A desk whose ledger holds invoices: what QuickBooks shows, and when it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rowcol.domain.client import Client
from rowcol.domain.directory import Tenant, tenant_key
from rowcol.domain.facts import LedgerChanges, LedgerInvoice, ReadInterval
from rowcol.domain.invoice import Invoice, invoice_key
from rowcol.domain.money import Money
from rowcol.domain.scope import Scope
from rowcol.service.apply_event import Application, apply_rows
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Notice, Reading
from rowcol.service.onboard import register_firm
from rowcol.service.store import Commit
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import client
from tests.support.quiet_reference import QuietReference

OTHER = Scope("maple", "cormorant")
REALMS = {"realm-1": SCOPE.client, "realm-2": OTHER.client}


def shown(balance: int = 30_000, token: int = 0, **changes: Any) -> LedgerInvoice:
    """INV-2041 of 300.00 as a ledger shows it; read in 2000 unless told."""
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    fields: dict[str, Any] = {
        "invoice_id": "1741",
        "customer_id": "201",
        "customer_name": "Blue Heron Hotels",
        "doc_number": "INV-2041",
        "amount": Money(30_000, "USD"),
        "balance": Money(balance, "USD"),
        "issued_on": date(2026, 11, 1),
        "due_on": date(2026, 12, 1),
        "voided": False,
        "sync_token": str(token),
        "read": ReadInterval(long_ago, long_ago),
    }
    return LedgerInvoice(**(fields | changes))


class ScriptedLedger(QuietReference):
    """QuickBooks: what it holds now, and what its change feed will tell next."""

    def __init__(self, desk: InvoiceDesk) -> None:
        self.desk = desk
        self.held: dict[str, LedgerInvoice] = {}
        self.feed = LedgerChanges()
        self.reads: list[str] = []

    def read_invoice(self, invoice_id: str) -> LedgerInvoice | None:
        """As it is now; a read takes a second."""
        self.reads.append(invoice_id)
        found = self.held.get(invoice_id)
        return self.desk.read_now(found) if found else None

    def open_invoices(self) -> tuple[LedgerInvoice, ...]:
        """All with a balance."""
        self.reads.append("open")
        return tuple(self.desk.read_now(one) for one in self.held.values() if one.balance.minor)

    def changes(self, since: datetime) -> LedgerChanges:
        """What was put into the feed, once."""
        feed, self.feed = self.feed, LedgerChanges()
        return replace(feed, invoices=tuple(self.desk.read_now(one) for one in feed.invoices))


class OneRow:
    """An inbox of one delivery."""

    def __init__(self, row: InboxRow) -> None:
        self.row = row

    def read(self, inbox_keys: Sequence[str]) -> tuple[InboxRow, ...]:
        """It."""
        return (self.row,)

    def mark_applied(self, inbox_key: str, outcome: str) -> bool:
        """Closed."""
        self.row = replace(self.row, handled=True, state="applied", outcome=outcome)
        return True

    def mark_quarantined(self, inbox_key: str, reason: str) -> bool:
        """Closed for people."""
        self.row = replace(self.row, handled=True, state="quarantined", outcome=reason)
        return True

    def put_back(self, inbox_key: str) -> bool:
        """Looked at again."""
        if self.row.state != "quarantined":
            return False
        replays = self.row.replays + 1
        self.row = replace(self.row, handled=False, state="stored", replays=replays)
        return True

    def unapplied(self, older_than: datetime, limit: int) -> tuple[str, ...]:
        """None."""
        return ()


class InvoiceDesk(Desk):
    """Bluebird and, in the same firm, Cormorant; the ledger of each is its own."""

    def __init__(self) -> None:
        super().__init__()
        rails: Any = self
        self.environment = replace(self.environment, rails=rails)
        self.ledgers = {name: ScriptedLedger(self) for name in REALMS.values()}
        other: Client = replace(client(), id=OTHER.client, version=0)
        books = self.store.books(OTHER)
        books.commit(Commit(OTHER, books.head(other.currency), (other,), ()))
        register_firm(self.store, SCOPE.firm, "Maple Street")
        firm = self.store.books(Scope(SCOPE.firm))
        for realm, name in REALMS.items():
            firm.save(Tenant(tenant_key("qbo", realm), 0, name))

    def counting(self, meter: object) -> InvoiceDesk:
        """The same: no calls are counted here."""
        return self

    def ledger(self, firm: str, name: str) -> ScriptedLedger:
        """The ledger of one client."""
        return self.ledgers[name]

    @property
    def qbo(self) -> ScriptedLedger:
        """Bluebird's ledger."""
        return self.ledgers[SCOPE.client]

    def read_now(self, invoice: LedgerInvoice) -> LedgerInvoice:
        """The same, read just now."""
        began = self.clock.now()
        self.clock.pause(1)
        return replace(invoice, read=ReadInterval(began, self.clock.now()))

    def notice(self, kind: str, invoice_id: str = "1741", realm: str = "realm-1") -> str:
        """A webhook of QuickBooks is applied; gives what became of it."""
        now = self.clock.now()
        row = InboxRow(
            "qbo#1", "delivery", "qbo", "endpoint-0123456789", SCOPE.firm, None, now, b"", "0" * 64,
            "stored", None, False,
        )  # fmt: skip
        told = Notice("qbo", "event-1", kind, realm, (invoice_id,), now)
        inbox = OneRow(row)
        done = apply_rows(self.environment, inbox, lambda _: Reading((told,)), ["qbo#1"])
        assert done == Application(("qbo#1",), ())
        return inbox.row.outcome or ""

    def invoice(self, invoice_id: str = "1741", scope: Scope = SCOPE) -> Invoice | None:
        """As stored."""
        return self.store.books(scope).get(Invoice, invoice_key(invoice_id))

    def facts(self, scope: Scope = SCOPE) -> list[str]:
        """Types of the log's entries about invoices."""
        entries = self.store.books(scope).entries()
        return [entry.type for entry in entries if entry.type.startswith("invoice.")]


def later(invoice: LedgerInvoice, began_at: datetime, seconds: float = 1) -> LedgerInvoice:
    """A reading that began at an instant."""
    return replace(invoice, read=ReadInterval(began_at, began_at + timedelta(seconds=seconds)))
