"""What the log says of an audit note: with the payment or the invoice that it is about."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from rowcol.domain.invoice import Invoice
from rowcol.domain.ledger_note import LedgerNote
from rowcol.domain.payment import Payment

if TYPE_CHECKING:
    from rowcol.service.change import Change


class NoteStep(StrEnum):
    """What became of a note."""

    ASKED = "asked"
    SENT = "sent"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


def tell_note(change: Change, note: LedgerNote, step: NoteStep) -> None:
    """State a step of a note."""
    if note.invoice_id is not None:
        _of_invoice(change, note, step, change.get(Invoice, note.invoice_id))
    else:
        _of_payment(change, note, step, change.get(Payment, note.payment_id))


def tell_unanswered(change: Change, note: LedgerNote, detail: str) -> None:
    """State that a note is looked for again later, and why."""
    if note.invoice_id is not None:
        invoice = change.get(Invoice, note.invoice_id)
        change.state("ledger_note.unanswered", invoice=invoice, note=note, detail=detail)
    else:
        payment = change.get(Payment, note.payment_id)
        change.state("ledger_note.unanswered", payment=payment, note=note, detail=detail)


def subject_of(note: LedgerNote) -> str:
    """The subject of the tray item about a note."""
    if note.invoice_id is not None:
        return f"invoice-{note.invoice_id}"
    return f"payment-{note.payment_id}"


def _of_payment(change: Change, note: LedgerNote, step: NoteStep, payment: Payment | None) -> None:
    match step:
        case NoteStep.ASKED:
            change.state("ledger_note.asked", payment=payment, note=note)
        case NoteStep.SENT:
            change.state("ledger_note.sent", payment=payment, note=note)
        case NoteStep.CONFIRMED:
            change.state("ledger_note.confirmed", payment=payment, note=note)
        case NoteStep.WITHDRAWN:
            change.state("ledger_note.withdrawn", payment=payment, note=note)
        case NoteStep.REFUSED:
            change.state("ledger_note.refused", payment=payment, note=note)


def _of_invoice(change: Change, note: LedgerNote, step: NoteStep, invoice: Invoice | None) -> None:
    match step:
        case NoteStep.ASKED:
            change.state("ledger_note.asked", invoice=invoice, note=note)
        case NoteStep.SENT:
            change.state("ledger_note.sent", invoice=invoice, note=note)
        case NoteStep.CONFIRMED:
            change.state("ledger_note.confirmed", invoice=invoice, note=note)
        case NoteStep.WITHDRAWN:
            change.state("ledger_note.withdrawn", invoice=invoice, note=note)
        case NoteStep.REFUSED:
            change.state("ledger_note.refused", invoice=invoice, note=note)
