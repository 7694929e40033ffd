"""Routes of one payment: as it is now, and its whole story with what the three sides say."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.journal import JournalEntry
from rowcol.domain.payment import Payment
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Refusal
from rowcol.edge.caller import NOT_FOUND
from rowcol.edge.operation import ETAG, Operations, Reply, table
from rowcol.edge.payment_view import payment_shown
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.service.payment_story import LimitHeld, StoryEntry, limits_held, story_of
from rowcol.service.verdict_history import JudgedOnce, verdicts_of

TAG = "Payments"


@dataclass(frozen=True, slots=True)
class Story:
    """The payment with its evidence, its journal entries, limits, and every entry of its stream."""

    payment: Payment
    journal: tuple[JournalEntry, ...]
    limits: tuple[LimitHeld, ...]
    story: tuple[StoryEntry, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Every verdict on the payment, the oldest first; the last one stands."""

    items: tuple[JudgedOnce, ...]


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
    story = story_of(read.books.entries_of_payment(payment.id))
    told = Story(payment, journal, limits_held(payment, read.books.scope), story)
    return Reply({**to_plain(told), "payment": payment_shown(payment)})


def _verdicts(read: OfClient) -> Reply | Refusal:
    payment = _found(read)
    if payment is None:
        return NOT_FOUND
    return Reply(Verdicts(verdicts_of(read.books.entries_of_payment(payment.id))))


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
        read_operation(
            Reading(
                "/payments/{payment}/verdicts", "listVerdicts", "Every verdict on one payment", TAG,
                Verdicts,
            ),
            _verdicts,
        ),
    )
)  # fmt: skip
