"""Records at a desk: told, confirmed, reset; and the journal as it then stands."""

from __future__ import annotations

from datetime import date
from typing import Any

from rowcol.domain.allocation import Allocation, AllocationTarget
from rowcol.domain.facts import LedgerInvoice
from rowcol.domain.invoice import Invoice, invoice_key
from rowcol.domain.journal import JournalEntry
from rowcol.domain.link import StoredLine
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.refusal import Refusal
from rowcol.service.invoices import keep_invoices
from rowcol.service.payment_commands.confirm import confirm
from rowcol.service.payment_commands.create import create
from rowcol.service.payment_commands.delete import delete
from rowcol.service.payment_commands.recording import NewRecord
from rowcol.service.payment_commands.reset_to_draft import reset_to_draft
from rowcol.service.payment_commands.update import update
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import READ, bank_line, usd

THURSDAY = date(2026, 11, 19)
Told = Payment | Refusal


def record(**changes: Any) -> NewRecord:
    """100.00 paid to Acme Supplies on THURSDAY, by check."""
    fields: dict[str, Any] = {
        "type": PaymentType.VENDOR_PAYMENT,
        "amount": usd("100.00"),
        "paid_on": THURSDAY,
        "counterparty_name": "Acme Supplies",
        "account_id": "operating-1",
    }
    return NewRecord(**(fields | changes))


def transfer(**changes: Any) -> NewRecord:
    """100.00 from one own account to the other."""
    fields: dict[str, Any] = {
        "type": PaymentType.TRANSFER,
        "counterparty_name": None,
        "to_account_id": "operating-2",
    }
    return record(**(fields | changes))


def to_bill(amount: str, name: str = "bill-1") -> Allocation:
    """A part for a bill."""
    return Allocation(AllocationTarget.BILL, name, usd(amount))


def to_invoice(amount: str, name: str = "77") -> Allocation:
    """A part for an invoice, by the ledger's id."""
    return Allocation(AllocationTarget.INVOICE, invoice_key(name), usd(amount))


class RecordDesk(Desk):
    """A desk at which payments are recorded."""

    def told(self, person: str = "anna", **fields: Any) -> Payment:
        """A draft, which must be possible."""
        return must(self.tell(record(**fields), person))

    def tell(self, what: NewRecord, person: str = "anna") -> Told:
        """Record a payment."""
        return self._of(self.act(lambda change: create(self.environment, change, what), person))

    def retell(self, name: str, what: NewRecord, version: int) -> Told:
        """Tell a draft anew."""
        return self._of(
            self.act(lambda change: update(self.environment, change, name, what, version))
        )

    def confirm(self, name: str, person: str = "anna") -> Told:
        """Confirm a record."""
        return self._of(self.act(lambda change: confirm(self.environment, change, name), person))

    def reset(self, name: str) -> Told:
        """Reset a record."""
        return self._of(self.act(lambda change: reset_to_draft(self.environment, change, name)))

    def delete(self, name: str, version: int | None = None) -> Told:
        """Delete a record."""
        return self._of(self.act(lambda change: delete(self.environment, change, name, version)))

    def posted(self, **fields: Any) -> Payment:
        """A confirmed record, which must be possible."""
        return must(self.confirm(self.told(**fields).id))

    def journal(self) -> list[JournalEntry]:
        """All entries in the order of the journal."""
        ids = self.books.ids(JournalEntry, limit=1000).ids
        return list(self.books.get_many(JournalEntry, ids).values())

    def balances(self) -> dict[str, int]:
        """Debits less credits by account, zeros left out."""
        found: dict[str, int] = {}
        for entry in self.journal():
            for line in entry.lines:
                found[line.account] = found.get(line.account, 0) + line.debit - line.credit
        return {account: minor for account, minor in found.items() if minor}

    def invoice(self, name: str = "77", amount: str = "500.00", **fields: Any) -> Invoice:
        """The ledger shows an invoice."""
        began = self.clock.now()
        self.clock.pause(1)
        told: dict[str, Any] = {
            "invoice_id": name,
            "customer_id": "201",
            "customer_name": "Blue Heron Hotels",
            "doc_number": f"INV-20{name}",
            "amount": usd(amount),
            "balance": usd(amount),
            "issued_on": date(2026, 11, 1),
            "due_on": date(2026, 12, 1),
            "voided": False,
            "sync_token": str(self.books.head("USD").sequence),
            "read": READ.__class__(began, self.clock.now()),
        }
        keep_invoices(self.environment, SCOPE, [LedgerInvoice(**(told | fields))])
        found = self.books.get(Invoice, invoice_key(name))
        assert found is not None
        return found

    def bank_shows(self, **line: Any) -> None:
        """The bank's feed has a line; one of the same id replaces it."""
        shown = bank_line(**line)
        known = self.books.get(StoredLine, shown.line_id)
        assert self.books.save(StoredLine(shown.line_id, known.version if known else 0, shown))

    def bank_takes_back(self, line_id: str) -> None:
        """The bank's feed removes a line."""
        known = self.books.get(StoredLine, line_id)
        assert known is not None
        assert self.books.save(StoredLine(line_id, known.version, known.line, removed=True))

    def _of(self, outcome: object) -> Told:
        assert isinstance(outcome, Payment | Refusal)
        return outcome


def must(told: Told) -> Payment:
    """A payment and no refusal."""
    assert isinstance(told, Payment), told
    return told


def refused(told: Told) -> Refusal:
    """A refusal and no payment."""
    assert isinstance(told, Refusal), told
    return told
