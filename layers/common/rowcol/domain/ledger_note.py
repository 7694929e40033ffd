"""The audit note that a proved payment gets in the client's ledger: its words, and its journal.

The one thing ever written there (qbo contract, section 5): an Attachable beside the payment, which
is not touched itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import Unlisted
from rowcol.domain.payment import Payment

NOTE_CHARACTERS_MAX = 2000


class NoteState(StrEnum):
    """How far a note is."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class LedgerNote(Unlisted):
    """One note, and the journal of writing it.

    `id` and `request_id` are made from realm, target and event, so that the same note is the same
    in every attempt. `sent_at`: written before the call; there while the ledger does not show it.
    `invoice_id`: ours, of a note beside an invoice; `payment_id` and `bill_id` are empty then.
    `ledger_id`: the ledger's own, once it has shown it. `tries`: how often it was sent; `waits`:
    how often it was put off.
    """

    id: str
    version: int
    payment_id: str
    bill_id: str
    realm: str
    target: str
    target_id: str
    text: str
    request_id: str
    state: NoteState
    asked_at: datetime
    sent_at: datetime | None = None
    first_sent_at: datetime | None = None
    tries: int = 0
    waits: int = 0
    ledger_id: str | None = None
    ended_at: datetime | None = None
    code: str | None = None
    due: datetime | None = None
    invoice_id: str | None = None

    kind = "ledger_note"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at it again."""
        return self.due


def note_request_id(realm: str, target_id: str, event_id: str) -> str:
    """32 characters: the same note has the same id in every attempt (36 at most, contract 3)."""
    return hashlib.sha256(f"{realm}|{target_id}|{event_id}".encode()).hexdigest()[:32]


def note_text(payment: Payment, request_id: str) -> str:
    """What the note says: amounts, days, ids of the evidence. No person, no account.

    The last line is its reference, by which it is found again.
    """
    verdict = payment.verdict
    rail = payment.rail.payment if payment.rail is not None else None
    debits = payment.cash.debits if payment.cash is not None else ()
    lines = [
        f"RowCol: payment {payment.number or payment.id} of {payment.amount} is verified.",
        f"Payment: {payment.id}",
        f"Invoice: {payment.invoice_number or '-'}",
    ]
    if rail is not None and rail.effective_on is not None:
        lines.append(f"Ramp: paid by {rail.method}, started {rail.effective_on}")
    lines += [f"Bank: {one.amount} on {one.posted_on}" for one in debits[:5]]
    if verdict is not None:
        lines.append(f"Verified: {verdict.at:%Y-%m-%d %H:%M} UTC, evidence:")
        lines += [f"- {source}" for source in verdict.evidence[:20]]
    reference = reference_of(request_id)
    kept = "\n".join(lines)[: NOTE_CHARACTERS_MAX - len(reference) - 1]
    return f"{kept}\n{reference}"


def reference_of(request_id: str) -> str:
    """The last line of a note."""
    return f"Reference: {request_id}"
