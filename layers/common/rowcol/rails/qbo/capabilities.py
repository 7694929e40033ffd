"""What QuickBooks Online can be asked for here (qbo contract, section 5)."""

from __future__ import annotations

from rowcol.rails.capability import Capability, Support

APP_LINK = "https://qbo.intuit.com/app/bill?txnId={bill_id}"

CAPABILITIES = (
    Capability(
        "read", Support.YES, "bills, payments, vendors, invoices; the change feed of 30 days"
    ),
    Capability("audit_note", Support.YES, "attach a note to a bill or payment"),
    Capability("edit_books", Support.NO, "the ledger is read-only here", "https://qbo.intuit.com/"),
    Capability("bank_feed", Support.NO, "QBO shows neither its bank feed nor reconciliations"),
    Capability("note_events", Support.NO, "no event tells that a note was changed or removed"),
)
