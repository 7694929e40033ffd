"""The audit note of an invoice whose money was found: asked with the match, written later.

As the note of a verified payment (ledger_notes.py): off until an admin switches it on, once for
each invoice and source, carried out by the same steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rowcol.domain.allocation import AllocationTarget
from rowcol.domain.client import Client
from rowcol.domain.invoice import Invoice
from rowcol.domain.ledger_note import (
    NOTE_CHARACTERS_MAX,
    LedgerNote,
    NoteState,
    note_request_id,
    reference_of,
)
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment, PaymentType, Verification
from rowcol.domain.receivables.collected import ChargeMatch, ChargeState
from rowcol.domain.receivables.payout_record import PayoutRecord, PayoutStanding
from rowcol.domain.receivables.told import ObjectKind, object_id
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.hold import START_WITHIN
from rowcol.service.note_facts import NoteStep, tell_note

INVOICE = "Invoice"
LINES_TOLD_MAX = 5


@dataclass(frozen=True, slots=True)
class Received:
    """Money seen for an invoice. `source`: the id of what shows it; `words`: lines of the note."""

    source: str
    amount: Money
    on: date
    words: tuple[str, ...]


def ask_received(change: Change, invoice_id: str, received: Received) -> bool:
    """Have it noted beside the invoice, if the client wants that: once. Whether it is asked now."""
    realm = change.client.ledger_realm_id
    if not change.client.ledger_notes or realm is None:
        return False
    invoice = change.get(Invoice, invoice_id)
    if invoice is None or not invoice.is_payable:
        return False
    target_id = invoice.ledger.invoice_id
    request_id = note_request_id(realm, target_id, f"{invoice.id}:received:{received.source}")
    name = f"note-{request_id}"
    if change.get(LedgerNote, name) is not None:
        return False
    note = LedgerNote(
        name,
        0,
        "",
        "",
        realm,
        INVOICE,
        target_id,
        received_text(invoice, received, request_id),
        request_id,
        NoteState.ASKED,
        change.now,
        due=change.now + START_WITHIN,
        invoice_id=invoice.id,
    )
    change.put(note)
    tell_note(change, note, NoteStep.ASKED)
    return True


def received_text(invoice: Invoice, received: Received, request_id: str) -> str:
    """What the note says: amounts, days, ids of the evidence. No person, no account."""
    lines = (
        f"RowCol: {received.amount} for invoice {invoice.ledger.doc_number or '-'} was received.",
        f"Seen: {received.on}",
        *received.words,
    )
    reference = reference_of(request_id)
    kept = "\n".join(lines)[: NOTE_CHARACTERS_MAX - len(reference) - 1]
    return f"{kept}\n{reference}"


def note_record(change: Change, payment: Payment) -> None:
    """A customer's payment that was recorded and that the bank shows: its invoices get a note."""
    cash = payment.cash
    if payment.type is not PaymentType.CUSTOMER_PAYMENT or cash is None or not cash.credits:
        return
    if payment.verification is not Verification.VERIFIED:
        return
    credits_seen = cash.credits[:LINES_TOLD_MAX]
    words = tuple(f"Bank: {-one.amount} on {one.posted_on} ({one.line_id})" for one in credits_seen)
    on = max(one.posted_on for one in cash.credits)
    for part in payment.allocations:
        if part.target is AllocationTarget.INVOICE:
            told = Received(payment.id, part.amount, on, (*words, f"Record: {payment.id}"))
            ask_received(change, part.target_id, told)


def note_payout(
    environment: Environment, scope: Scope, record_id: str, charge_ids: Iterable[str | None]
) -> int:
    """Charges of a payout that the bank shows: the invoices that they surely pay get a note.

    A repeat asks for nothing twice, so that a run which died is made good by the next one.
    """
    books = environment.store.books(scope)
    client, record = books.get(Client, scope.client), books.get(PayoutRecord, record_id)
    if client is None or not client.ledger_notes or record is None or record.line is None:
        return 0
    if record.standing is not PayoutStanding.ARRIVED:
        return 0
    named = (object_id(ObjectKind.CHARGE, name) for name in charge_ids if name is not None)
    found = books.get_many(ChargeMatch, dict.fromkeys(named)).values()
    sure = [match for match in found if match.state is ChargeState.EXACT]
    line = record.line

    def one(change: Change, match: ChargeMatch) -> bool:
        if match.found is None:
            return False
        words = (
            f"Stripe: charge {match.charge.id} in payout {record.payout.id}",
            f"Bank: {line.amount} on {line.posted_on} ({line.line_id})",
        )
        told = Received(match.charge.id, match.charge.amount, line.posted_on, words)
        return ask_received(change, match.found.invoice_id, told)

    return in_parts(environment, scope, SYSTEM, sure, one)
