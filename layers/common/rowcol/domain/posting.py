"""Which entries of the control journal a payment wants, as a pure function of the payment.

Source: design section 4, posting. A rail payment stands in the journal from Processing on, without
being asked; a record from its confirmation to its reset. Money in transit is cleared by the bank's
settled line, and no longer when that line is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from rowcol.domain import chart
from rowcol.domain.chart import ControlAccount
from rowcol.domain.facts import BankLine
from rowcol.domain.journal import EntryRole, JournalEntry, JournalRef, Line
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment, PaymentType, Posting
from rowcol.domain.windows import CARD_METHODS, VENDOR_CREDIT, started_on

# Its money has moved, or is on its way: ended otherwise, nothing of it stands.
STANDS = frozenset({Status.PROCESSING, Status.DONE, Status.REVERSING})
_AGAINST: dict[PaymentType, ControlAccount] = {
    PaymentType.VENDOR_PAYMENT: chart.PAYABLE,
    PaymentType.CUSTOMER_PAYMENT: chart.RECEIVABLE,
    PaymentType.REFUND: chart.RECEIVABLE,
    PaymentType.TRANSFER: chart.TRANSFERS,
    PaymentType.FEE: chart.BANK_FEES,
}
REFS_KEPT = 40


@dataclass(frozen=True, slots=True)
class WantedEntry:
    """An entry that should stand: why, what it says, and the day on which it happened."""

    role: EntryRole
    day: date
    lines: tuple[Line, ...]


def wanted_entries(payment: Payment) -> tuple[WantedEntry, ...]:
    """The entries that should stand for a payment now; their lines balance by construction."""
    if not is_to_stand(payment):
        return ()
    found = [WantedEntry(EntryRole.POSTING, _posting_day(payment), _posting_lines(payment))]
    transit = funding(payment) is chart.CASH_IN_TRANSIT
    moved = _settled(own_lines(payment)) if transit else ()
    if moved:
        found.append(WantedEntry(EntryRole.CLEARING, _last(moved), _clearing_lines(payment)))
    arrived = _settled(arrival_lines(payment))
    if arrived:
        found.append(WantedEntry(EntryRole.ARRIVAL, _last(arrived), _arrival_lines(payment)))
    return tuple(found)


def is_to_stand(payment: Payment) -> bool:
    """Whether the payment should stand in the journal at all."""
    if payment.status not in STANDS or payment.deleted_at is not None:
        return False
    return payment.commands_rail or payment.posting is Posting.POSTED


def is_money_in(payment: Payment) -> bool:
    """Whether its money comes to the client's account."""
    return payment.type is PaymentType.CUSTOMER_PAYMENT


def own_lines(payment: Payment) -> tuple[BankLine, ...]:
    """The bank's lines that move its money; of a transfer those of the account it leaves."""
    if payment.cash is None:
        return ()
    return payment.cash.credits if is_money_in(payment) else payment.cash.debits


def arrival_lines(payment: Payment) -> tuple[BankLine, ...]:
    """The bank's lines by which a transfer arrives; none for other types."""
    if payment.cash is None or payment.type is not PaymentType.TRANSFER:
        return ()
    return payment.cash.credits


def funding(payment: Payment) -> ControlAccount:
    """What pays: money in transit, the rail's card, or a vendor's credit."""
    method = (payment.paid_by or "").upper()
    if payment.type is PaymentType.VENDOR_PAYMENT and method in CARD_METHODS:
        return chart.CARD_PAYABLE
    if payment.type is PaymentType.VENDOR_PAYMENT and method == VENDOR_CREDIT:
        return chart.VENDOR_CREDITS
    return chart.CASH_IN_TRANSIT


def standing(payment: Payment) -> dict[EntryRole, JournalRef]:
    """Its entries that nothing has taken back."""
    return {ref.role: ref for ref in payment.journal if ref.mirrored_by is None}


def booked_on(day: date, today: date, closed_through: date | None) -> date:
    """The day that an entry of the system bears: never ahead, never in a closed period.

    What happened in a closed period takes the first open day.
    """
    day = min(day, today)
    if closed_through is not None and day <= closed_through:
        return closed_through + timedelta(days=1)
    return day


def mirror_of(entry: JournalEntry, name: str, day: date, at: datetime, by: str) -> JournalEntry:
    """The exact mirror of an entry, under the id `name`: the same lines on the other side."""
    lines = tuple(line.mirrored for line in entry.lines)
    return replace(
        entry,
        id=name,
        version=0,
        day=day,
        lines=lines,
        written_at=at,
        written_by=by,
        mirrors=entry.id,
    )


def mirror_day(payment: Payment, entry: JournalEntry, today: date) -> date:
    """When an entry is taken back: a reset undoes its own day, anything else happens today."""
    reset = not payment.commands_rail and payment.status in STANDS
    undone = reset and payment.posting is Posting.DRAFT
    return entry.day if undone else today


def kept_refs(refs: Iterable[JournalRef]) -> tuple[JournalRef, ...]:
    """All that stand and the latest that were mirrored: a payment stays small for ever."""
    found = tuple(refs)
    gone = [ref for ref in found if ref.mirrored_by is not None]
    forgotten = {ref.id for ref in gone[: max(0, len(gone) - REFS_KEPT)]}
    return tuple(ref for ref in found if ref.id not in forgotten)


def number_text(year: int, position: int) -> str:
    """A payment's number: `2026-000123`."""
    return f"{year:04d}-{position:06d}"


def _posting_day(payment: Payment) -> date:
    if payment.commands_rail:
        return started_on(payment.expectation, payment.rail)
    return payment.pay_on


def _posting_lines(payment: Payment) -> tuple[Line, ...]:
    account_id = payment.expectation.bank_account_id
    paid_from = funding(payment)
    held_at = account_id if paid_from.per_bank_account else None
    against = _AGAINST[payment.type]
    other = payment.to_account_id if against.per_bank_account else None
    if is_money_in(payment):
        return _pair(payment, paid_from, held_at, against, other)
    return _pair(payment, against, other, paid_from, held_at)


def _clearing_lines(payment: Payment) -> tuple[Line, ...]:
    account_id = payment.expectation.bank_account_id
    if is_money_in(payment):
        return _pair(payment, chart.CASH, account_id, chart.CASH_IN_TRANSIT, account_id)
    return _pair(payment, chart.CASH_IN_TRANSIT, account_id, chart.CASH, account_id)


def _arrival_lines(payment: Payment) -> tuple[Line, ...]:
    account_id = payment.to_account_id
    return _pair(payment, chart.CASH, account_id, chart.TRANSFERS, account_id)


def _pair(
    payment: Payment,
    debited: ControlAccount,
    debited_at: str | None,
    credited: ControlAccount,
    credited_at: str | None,
) -> tuple[Line, ...]:
    minor = payment.amount.minor
    return (
        Line(debited.code, minor, 0, debited_at),
        Line(credited.code, 0, minor, credited_at),
    )


def _settled(lines: tuple[BankLine, ...]) -> tuple[BankLine, ...]:
    """A pending line may yet change or disappear: it clears nothing."""
    return tuple(line for line in lines if not line.pending)


def _last(lines: tuple[BankLine, ...]) -> date:
    return max(line.posted_on for line in lines)
