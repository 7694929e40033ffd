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
    currency = _currency(bill.currency)
    payments = (link.id for link in bill.linked if link.kind.startswith("BillPayment"))
    return LedgerBill(
        bill_id=bill.id,
        vendor_id=bill.vendor.value,
        doc_number=bill.doc_number,
        amount=_money(bill.total, currency),
        balance=_money(bill.balance, currency),
        due_on=_day(bill.due_date) if bill.due_date else None,
        payment_ids=tuple(payments),
        sync_token=bill.sync_token,
        read=read,
    )


def ledger_payment(payment: wire.BillPayment, read: ReadInterval) -> LedgerPayment:
    """A BillPayment.

    A void keeps the record: total zero, lines gone, its note begins with Voided.
    """
    currency = _currency(payment.currency)
    noted = payment.total == 0 and (payment.note or "").startswith(VOIDED)
    return LedgerPayment(
        payment_id=payment.id,
        vendor_id=payment.vendor.value,
        amount=_money(payment.total, currency),
        paid_on=_day(payment.date),
        account_id=_account(payment),
        allocations=tuple(
            LedgerAllocation(link.id, _money(line.amount, currency))
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
    currency = _currency(invoice.currency)
    noted = invoice.total == 0 and (invoice.note or "").startswith(VOIDED)
    return LedgerInvoice(
        invoice_id=invoice.id,
        customer_id=invoice.customer.value if invoice.customer else None,
        customer_name=(invoice.customer.name or "") if invoice.customer else "",
        doc_number=invoice.doc_number,
        amount=_money(invoice.total, currency),
        balance=_money(invoice.balance, currency),
        issued_on=_day(invoice.date) if invoice.date else None,
        due_on=_day(invoice.due_date) if invoice.due_date else None,
        voided=invoice.status == VOIDED or noted,
        sync_token=invoice.sync_token,
        read=read,
    )


def _account(payment: wire.BillPayment) -> str | None:
    found = payment.check.account if payment.check else None
    found = found or (payment.card.account if payment.card else None)
    return found.value if found else None


def _currency(reference: wire.Reference | None) -> str:
    return reference.value if reference else HOME_CURRENCY


def _money(value: wire.Number, currency: str) -> Money:
    try:
        return Money.parse(value, currency)
    except MoneyError:
        raise RailProtocolError("qbo", "an amount is not exact or of no currency") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RailProtocolError("qbo", "a date is none") from None
