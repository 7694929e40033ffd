"""Routes of one payment: as it is now, and its whole story with what the three sides say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.event_versions import UnknownEventVersion, UnreadableEvent
from rowcol.domain.journal import JournalEntry
from rowcol.domain.lifecycle import Status
from rowcol.domain.log import Entry
from rowcol.domain.payment import Payment, Posting, Verification
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.operation import ETAG, Operations, Reply, table
from rowcol.edge.payment_view import payment_shown
from rowcol.edge.reading import OfClient, Reading, read_operation

TAG = "Payments"


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """One entry of the payment's own stream: what happened, by whom, and what it was then."""

    sequence: int
    at: datetime
    type: str
    version: int
    actor: Actor
    status: Status | None
    posting: Posting | None
    verification: Verification | None
    hash: str


@dataclass(frozen=True, slots=True)
class Story:
    """The payment with its evidence, its journal entries, and every entry of its stream."""

    payment: Payment
    journal: tuple[JournalEntry, ...]
    story: tuple[StoryEntry, ...]


def _found(read: OfClient) -> Payment | None:
    payment = read.books.get(Payment, read.call.path["payment"])
    return None if payment is None or payment.deleted_at is not None else payment


def _payment(read: OfClient) -> Reply | Refusal:
    payment = _found(read)
    if payment is None:
        return NOT_FOUND
    return Reply(payment_shown(payment), headers={"ETag": f'"{payment.version}"'})


def _story(read: OfClient) -> Reply | Refusal:
    payment = _found(read)
    if payment is None:
        return NOT_FOUND
    refs = [name for ref in payment.journal for name in (ref.id, ref.mirrored_by) if name]
    written = read.books.get_many(JournalEntry, refs)
    journal = tuple(written[name] for name in refs if name in written)
    entries = read.books.entries_of_payment(payment.id)
    told = Story(payment, journal, tuple(_told(entry) for entry in entries))
    return Reply({**to_plain(told), "payment": payment_shown(payment)})


def _told(entry: Entry) -> StoryEntry:
    """An entry of a version that cannot be read is told without its states."""
    try:
        shown = entry.current_data.get("payment")
    except (UnknownEventVersion, UnreadableEvent):
        shown = None
    then = shown if isinstance(shown, dict) else {}
    status, posting = then.get("status"), then.get("posting")
    verification = then.get("verification")
    return StoryEntry(
        entry.sequence,
        entry.at,
        entry.type,
        entry.version,
        entry.actor,
        Status(status) if status else None,
        Posting(posting) if posting else None,
        Verification(verification) if verification else None,
        entry.hash,
    )


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/payments/{payment}", "readPayment", "One payment", TAG, Payment, headers=ETAG
            ),
            _payment,
        ),
        read_operation(
            Reading(
                "/payments/{payment}/custody", "readCustody", "The whole story of one payment", TAG,
                Story,
            ),
            _story,
        ),
    )
)  # fmt: skip
