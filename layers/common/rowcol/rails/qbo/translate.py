"""QBO's bills and payments as facts: the only bridge from its words to ours (qbo contract, section
5).
"""

from __future__ import annotations

from datetime import date

from rowcol.domain.facts import (
    LedgerAllocation,
    LedgerBill,
    LedgerInvoice,
    LedgerPayment,
    ReadInterval,
)
from rowcol.domain.money import Money, MoneyError
from rowcol.rails.qbo import wire
from rowcol.service.ports import RailProtocolError

# Without multi-currency a company's objects name no currency. This product serves US companies.
HOME_CURRENCY = "USD"
DELETED, VOIDED = "Deleted", "Voided"


def ledger_bill(bill: wire.Bill, read: ReadInterval) -> LedgerBill:
    """A bill.

    Its payments are named BillPaymentCheck or BillPaymentCreditCard, whichever way they were paid.
    """
    currency = currency_of(bill.currency)
    payments = (link.id for link in bill.linked if link.kind.startswith("BillPayment"))
    return LedgerBill(
        bill_id=bill.id,
        vendor_id=bill.vendor.value,
        doc_number=bill.doc_number,
        amount=money_of(bill.total, currency),
        balance=money_of(bill.balance, currency),
        due_on=day_of(bill.due_date) if bill.due_date else None,
        payment_ids=tuple(payments),
        sync_token=bill.sync_token,
        read=read,
    )


def ledger_payment(payment: wire.BillPayment, read: ReadInterval) -> LedgerPayment:
    """A BillPayment.

    A void keeps the record: total zero, lines gone, its note begins with Voided.
    """
    currency = currency_of(payment.currency)
    noted = payment.total == 0 and (payment.note or "").startswith(VOIDED)
    return LedgerPayment(
        payment_id=payment.id,
        vendor_id=payment.vendor.value,
        amount=money_of(payment.total, currency),
        paid_on=day_of(payment.date),
        account_id=_account(payment),
        allocations=tuple(
            LedgerAllocation(link.id, money_of(line.amount, currency))
            for line in payment.lines
            for link in line.linked
            if link.kind == "Bill" and line.amount is not None
        ),
        voided=payment.status == VOIDED or noted,
        deleted=payment.status == DELETED,
        sync_token=payment.sync_token,
        read=read,
    )


def ledger_invoice(invoice: wire.Invoice, read: ReadInterval) -> LedgerInvoice:
    """An invoice. A void keeps it: total zero, its note begins with Voided."""
    currency = currency_of(invoice.currency)
    noted = invoice.total == 0 and (invoice.note or "").startswith(VOIDED)
    return LedgerInvoice(
        invoice_id=invoice.id,
        customer_id=invoice.customer.value if invoice.customer else None,
        customer_name=(invoice.customer.name or "") if invoice.customer else "",
        doc_number=invoice.doc_number,
        amount=money_of(invoice.total, currency),
        balance=money_of(invoice.balance, currency),
        issued_on=day_of(invoice.date) if invoice.date else None,
        due_on=day_of(invoice.due_date) if invoice.due_date else None,
        voided=invoice.status == VOIDED or noted,
        sync_token=invoice.sync_token,
        read=read,
    )


def _account(payment: wire.BillPayment) -> str | None:
    found = payment.check.account if payment.check else None
    found = found or (payment.card.account if payment.card else None)
    return found.value if found else None


def currency_of(reference: wire.Reference | None) -> str:
    """The currency that an object names, else the company's own."""
    return reference.value if reference else HOME_CURRENCY


def money_of(value: wire.Number, currency: str) -> Money:
    """An exact amount. Raises RailProtocolError."""
    try:
        return Money.parse(value, currency)
    except MoneyError:
        raise RailProtocolError("qbo", "an amount is not exact or of no currency") from None


def day_of(text: str) -> date:
    """A day. Raises RailProtocolError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RailProtocolError("qbo", "a date is none") from None
