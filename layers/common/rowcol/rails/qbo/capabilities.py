"""What QuickBooks Online can be asked for here (qbo contract, section 5)."""

from __future__ import annotations

from rowcol.rails.capability import Capability, Support

APP = "https://app.qbo.intuit.com"
# By the host of the API. The contract names no site of the sandbox: UNCONFIRMED, a setting.
SANDBOX_APPS = {"sandbox-quickbooks.api.intuit.com": "https://app.sandbox.qbo.intuit.com"}
_APP = f"{APP}/app"

CAPABILITIES = (
    Capability(
        "read", Support.YES, "bills, payments, vendors, invoices; the change feed of 30 days"
    ),
    Capability(
        "audit_note",
        Support.YES,
        "attach a note to a bill, payment or invoice; off until an admin switches it on",
    ),
    Capability("edit_books", Support.NO, "the ledger is read-only here", _APP),
    Capability(
        "pay_bill",
        Support.NO,
        "a BillPayment is a record: nothing in the API moves money",
        _APP,
        "nothing: the execution rail pays",
    ),
    Capability(
        "bank_feed",
        Support.NO,
        "QBO shows neither its bank feed nor reconciliations",
        _APP,
        "prove a payment by the ledger's own reconciliation",
    ),
    Capability(
        "closing_date",
        Support.NO,
        "books are closed in QuickBooks, not from here",
        _APP,
        "close a period when everything in it is verified",
    ),
    Capability(
        "list_clients",
        Support.NO,
        "an accountant's clients are connected one by one",
        _APP,
        "connect all clients of the firm at once",
    ),
    Capability("note_events", Support.NO, "no event tells that a note was changed or removed"),
)
