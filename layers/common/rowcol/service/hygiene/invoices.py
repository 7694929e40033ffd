"""Judge the data of an invoice in the write that brings a reading of it, or a follow-up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rowcol.domain.calendar import local_date
from rowcol.domain.hygiene.index import DocumentIndex, Entry
from rowcol.domain.hygiene.invoice_checks import (
    INVOICE_CHECKS,
    InvoiceCase,
    is_judged,
    may_lack_contact,
)
from rowcol.domain.hygiene.problem import problems_of
from rowcol.domain.hygiene.twin_checks import INVOICE_TWINS
from rowcol.domain.invoice import Invoice
from rowcol.domain.receivables.collected import Collected
from rowcol.domain.receivables.follow_up import FollowUp
from rowcol.service.hygiene.booked import judge_booked
from rowcol.service.hygiene.twins import Document, drop_twins, follow_twins, twin_kinds
from rowcol.service.hygiene.writing import About, settle

if TYPE_CHECKING:
    from rowcol.service.change import Change

INVOICE = "invoice"
KINDS: tuple[str, ...] = (*(check.kind for check in INVOICE_CHECKS), *twin_kinds(INVOICE_TWINS))


def judge_invoice(change: Change, invoice: Invoice, known: Invoice | None = None) -> None:
    """Judge an invoice by what is known now. `known`: as it was before the reading."""
    subject = f"{INVOICE}-{invoice.id}"
    if is_judged(invoice):
        ledger = invoice.ledger
        about = About(ledger.customer_name or None, ledger.customer_id, ledger.amount)
        settle(change, subject, problems_of(INVOICE_CHECKS, _case(change, invoice)), about=about)
    elif known is not None:
        shown = "paid" if invoice.is_paid else "void or deleted"
        closed = f"QuickBooks shows it {shown}"
        settle(change, subject, dict.fromkeys(check.kind for check in INVOICE_CHECKS), closed)
    judge_booked(change, invoice)
    if not invoice.is_payable:
        if known is not None:
            drop_twins(change, _document(known), INVOICE, INVOICE_TWINS)
        return
    before = _document(known) if known is not None and known.is_payable else None
    follow_twins(change, before, _document(invoice), INVOICE, INVOICE_TWINS)


def prefetch(change: Change, many: Iterable[Invoice]) -> None:
    """Read at once what judging several invoices asks for."""
    places: set[str] = set()
    known = list(many)
    for invoice in known:
        places.update(_document(invoice).index_ids(INVOICE_TWINS).values())
    change.load(DocumentIndex, places)
    change.load(Collected, [invoice.id for invoice in known])


def _case(change: Change, invoice: Invoice) -> InvoiceCase:
    today = local_date(change.now, change.client.zone)
    late = may_lack_contact(invoice, today)
    follow_up = change.get(FollowUp, invoice.id) if late else None
    return InvoiceCase(invoice, change.client.currency, today, follow_up)


def _document(invoice: Invoice) -> Document:
    ledger = invoice.ledger
    entry = Entry(invoice.id, ledger.doc_number, ledger.amount, ledger.issued_on, invoice.is_open)
    party = f"{INVOICE}/{ledger.customer_id}" if ledger.customer_id else None
    return Document(entry, party, ledger.customer_name or "an unnamed customer")
