"""Keep which invoices of the ledger have a number, in the write that applies their reading."""

from __future__ import annotations

from rowcol.domain.invoice import Invoice
from rowcol.domain.receivables.collected import InvoiceNumber, number_id
from rowcol.service.change import Change
from rowcol.service.receivables.follow_ups import settle_follow_up


def keep_number(change: Change, before: Invoice | None, after: Invoice) -> None:
    """An invoice is found by the number it has now; one that is gone or void by none.

    What a person decided on it is settled with it, once it is paid or gone.
    """
    old = _number(before) if before is not None else None
    new = _number(after)
    if old is not None and old != new:
        known = change.get(InvoiceNumber, old)
        if known is not None:
            change.put(known.without(after.id))
    if new is not None and (before is None or old != new):
        known = change.get(InvoiceNumber, new) or InvoiceNumber(new, 0)
        change.put(known.with_invoice(after.id))
    if before is not None and before.is_open is not after.is_open:
        settle_follow_up(change, after)


def _number(invoice: Invoice) -> str | None:
    number = invoice.ledger.doc_number
    return number_id(number) if number and invoice.is_payable else None
