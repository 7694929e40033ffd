"""QBO's vendors, credits and preferences as facts (qbo contract, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rowcol.domain.facts import (
    CreditKind,
    InvoicePart,
    LedgerCredit,
    LedgerPreferences,
    LedgerVendor,
    ReadInterval,
)
from rowcol.rails.qbo import wire
from rowcol.rails.qbo.translate import VOIDED, currency_of, day_of, money_of
from rowcol.rails.wire_reading import Model, model


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
        tuple(
            InvoicePart(link.id, money_of(line.amount, currency))
            for line in payment.lines
            for link in line.linked
            if link.kind == "Invoice" and line.amount is not None
        ),
    )


def customer_memo(memo: wire.CustomerCredit, read: ReadInterval) -> LedgerCredit:
    """What a customer was credited; one that does not show what is left has nothing left."""
    left = memo.remaining if memo.remaining is not None else memo.balance
    return _given_back(memo, CreditKind.MEMO, left or 0, read)


def customer_refund(receipt: wire.CustomerCredit, read: ReadInterval) -> LedgerCredit:
    """What a customer was paid back: nothing of it waits for anything."""
    return _given_back(receipt, CreditKind.REFUND, 0, read)


def _given_back(
    found: wire.CustomerCredit, kind: CreditKind, left: wire.Number, read: ReadInterval
) -> LedgerCredit:
    """A void keeps it: total zero, its note begins with Voided."""
    currency = currency_of(found.currency)
    noted = found.total == 0 and (found.note or "").startswith(VOIDED)
    return LedgerCredit(
        found.id,
        kind,
        found.customer.value if found.customer else "",
        (found.customer.name or "") if found.customer else "",
        found.doc_number,
        money_of(found.total, currency),
        money_of(left, currency),
        day_of(found.date),
        found.status == VOIDED or noted,
        found.sync_token,
        read,
    )


# How each kind comes over the wire, and what it is here.
CREDITS: Mapping[CreditKind, Callable[[object, ReadInterval], LedgerCredit]] = {
    CreditKind.VENDOR: lambda row, read: vendor_credit(_as(wire.VendorCredit, row), read),
    CreditKind.CUSTOMER: lambda row, read: customer_credit(_as(wire.CustomerPayment, row), read),
    CreditKind.MEMO: lambda row, read: customer_memo(_as(wire.CustomerCredit, row), read),
    CreditKind.REFUND: lambda row, read: customer_refund(_as(wire.CustomerCredit, row), read),
}


def _as(kind: type[Model], row: object) -> Model:
    return model("qbo", kind, row)


def ledger_preferences(found: wire.Preferences, read: ReadInterval) -> LedgerPreferences:
    """The company's settings."""
    closed = found.accounting.closed_through if found.accounting is not None else None
    return LedgerPreferences(day_of(closed[:10]) if closed else None, read)
