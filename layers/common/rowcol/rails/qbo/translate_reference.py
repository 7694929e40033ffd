"""QBO's vendors, credits and preferences as facts (qbo contract, section 5)."""

from __future__ import annotations

from rowcol.domain.facts import (
    CreditKind,
    LedgerCredit,
    LedgerPreferences,
    LedgerVendor,
    ReadInterval,
)
from rowcol.rails.qbo import wire
from rowcol.rails.qbo.translate import VOIDED, currency_of, day_of, money_of


def ledger_vendor(vendor: wire.Vendor, read: ReadInterval) -> LedgerVendor:
    """A vendor."""
    return LedgerVendor(vendor.id, vendor.display_name or "", vendor.active, read)


def vendor_credit(credit: wire.VendorCredit, read: ReadInterval) -> LedgerCredit:
    """A vendor's credit; one whose balance is not shown has nothing left."""
    currency = currency_of(credit.currency)
    return LedgerCredit(
        credit.id,
        CreditKind.VENDOR,
        credit.vendor.value,
        credit.vendor.name or "",
        credit.doc_number,
        money_of(credit.total, currency),
        money_of(credit.balance or 0, currency),
        day_of(credit.date),
        False,
        credit.sync_token,
        read,
    )


def customer_credit(payment: wire.CustomerPayment, read: ReadInterval) -> LedgerCredit:
    """A customer's payment. A void keeps it: total zero, its note begins with Voided."""
    currency = currency_of(payment.currency)
    noted = payment.total == 0 and (payment.note or "").startswith(VOIDED)
    return LedgerCredit(
        payment.id,
        CreditKind.CUSTOMER,
        payment.customer.value if payment.customer else "",
        (payment.customer.name or "") if payment.customer else "",
        payment.reference,
        money_of(payment.total, currency),
        money_of(payment.unapplied or 0, currency),
        day_of(payment.date),
        payment.status == VOIDED or noted,
        payment.sync_token,
        read,
        tuple(link.id for line in payment.lines for link in line.linked if link.kind == "Invoice"),
    )


def ledger_preferences(found: wire.Preferences, read: ReadInterval) -> LedgerPreferences:
    """The company's settings."""
    closed = found.accounting.closed_through if found.accounting is not None else None
    return LedgerPreferences(day_of(closed[:10]) if closed else None, read)
