"""A customer's invoice as the ledger shows it; RowCol never makes or changes one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.facts import LedgerInvoice
from rowcol.domain.money import Money
from rowcol.domain.scope import key_of

OPEN = "open#"


@dataclass(frozen=True, slots=True)
class Invoice(NeverDue):
    """The aggregate: the last applied reading of the ledger.

    `gone`: deleted there; `ledger.read` is then when that was seen. `paid_on`: the day, where the
    client is, on which it was first seen paid in full after it had been seen open; None while it is
    open, and when it was paid before it was ever read.
    """

    id: str
    version: int
    ledger: LedgerInvoice
    gone: bool = False
    paid_on: date | None = None

    kind = "invoice"

    @property
    def amount(self) -> Money:
        """What it asks for."""
        return self.ledger.amount

    @property
    def is_payable(self) -> bool:
        """Whether it stands in the ledger: neither deleted nor voided."""
        return not (self.gone or self.ledger.voided)

    def learns_from(self, reading: LedgerInvoice) -> bool:
        """Whether a reading is news: it says something else, and does not tell of the past.

        QBO counts an object's versions upwards (SyncToken): an older one is the past whenever it
        was read. Of the same version, and after a deletion, the later reading counts.
        """
        known = self.ledger
        if not self.gone and replace(reading, read=known.read) == known:
            return False
        before, now = int(known.sync_token), int(reading.sync_token)
        if before == now or self.gone:
            return before <= now and reading.read.began_at >= known.read.ended_at
        return before < now

    @property
    def is_open(self) -> bool:
        """Whether the ledger waits for money."""
        return self.is_payable and self.ledger.balance.minor > 0

    @property
    def is_paid(self) -> bool:
        """Whether the ledger shows it paid in full."""
        return self.is_payable and not self.is_open

    @property
    def list_key(self) -> str | None:
        """Sort key among the client's invoices: open ones by due date, then the rest."""
        if not self.is_payable:
            return f"void#{self.id}"
        if not self.is_open:
            return f"paid#{self.id}"
        due = self.ledger.due_on.isoformat() if self.ledger.due_on else "9999-12-31"
        return f"{OPEN}{due}#{self.id}"


def paid_on(known: Invoice | None, reading: LedgerInvoice, day: date) -> date | None:
    """Since when an invoice is paid, as a reading of `day` shows it.

    Not told by one that was never seen open: it may have been paid any time before.
    """
    shown = Invoice("", 0, reading)
    if known is None or not shown.is_paid or reading.amount.minor <= 0:
        return None
    return day if known.is_open else known.paid_on


def invoice_key(ledger_id: str) -> str:
    """Our id of the ledger's invoice."""
    return key_of("inv", ledger_id)
