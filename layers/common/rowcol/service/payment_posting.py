"""Journal entries that follow from a payment's change, written with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rowcol.domain.calendar import local_date
from rowcol.domain.journal import EntryRole, JournalEntry, JournalRef
from rowcol.domain.money import total
from rowcol.domain.payment import Payment, Posting
from rowcol.domain.posting import (
    WantedEntry,
    booked_on,
    kept_refs,
    mirror_day,
    mirror_of,
    number_text,
    standing,
    wanted_entries,
)
from rowcol.domain.tray import Severity
from rowcol.service.allocations import allocate, give_back
from rowcol.service.tray import close_item, open_item

if TYPE_CHECKING:
    from rowcol.service.change import Change

OVER_ALLOCATED = "over_allocated"


class LostEntry(Exception):
    """A payment names an entry that is not in the journal: a defect."""


def follow_posting(change: Change, payment: Payment) -> Payment:
    """Post, clear or mirror what the payment's state wants and its journal does not show yet.

    Gives the payment as it is then put; the same one when nothing was to be done. May be asked
    twice. One fact tells all entries. Raises LostEntry.
    """
    wanted = {entry.role: entry for entry in wanted_entries(payment)}
    stands = standing(payment)
    missing = [entry for role, entry in wanted.items() if role not in stands]
    surplus = [ref for role, ref in stands.items() if role not in wanted]
    if not missing and not surplus:
        return payment
    was_posted = EntryRole.POSTING in stands
    written: list[JournalEntry] = []
    for ref in reversed(surplus):
        payment = _mirror(change, payment, ref, written)
    is_posted = EntryRole.POSTING in wanted
    if is_posted and not was_posted:
        payment = allocate(change, _numbered(change, payment, wanted[EntryRole.POSTING]))
        payment = replace(payment, posting=Posting.POSTED)
    elif was_posted and not is_posted:
        payment = replace(give_back(change, payment), posting=Posting.DRAFT)
    for entry in missing:
        payment = _write(change, payment, entry, written)
    payment = replace(payment, journal=kept_refs(payment.journal))
    change.put(payment)
    if is_posted and not was_posted:
        _tell(change, payment, "payment.posted", written)
        _tell_excess(change, payment)
    elif was_posted and not is_posted:
        _tell(change, payment, "payment.unposted", written)
        close_item(change, f"payment-{payment.id}", OVER_ALLOCATED, "it is posted no more")
    elif missing:
        _tell(change, payment, "payment.cleared", written)
    else:
        _tell(change, payment, "payment.uncleared", written)
    return payment


def _tell(change: Change, payment: Payment, fact: str, entries: list[JournalEntry]) -> None:
    change.state(fact, payment=payment, entries=tuple(entries))


def _tell_excess(change: Change, payment: Payment) -> None:
    """A rail payment that pays more than its bill had open is posted all the same, and told."""
    allocated = total((part.amount for part in payment.allocations), payment.amount.currency)
    if not payment.commands_rail or allocated == payment.amount:
        return
    open_item(
        change,
        f"payment-{payment.id}",
        OVER_ALLOCATED,
        f"The payment to {payment.counterparty_name} is more than its bill had open",
        expected=str(allocated),
        found=str(payment.amount),
        severity=Severity.HIGH,
    )


def _numbered(change: Change, payment: Payment, wanted: WantedEntry) -> Payment:
    """Number it in the year of its posting, once."""
    if payment.number is not None:
        return payment
    year = _day_of(change, payment, wanted).year
    change.head, position = change.head.numbered(year)
    return replace(payment, number=number_text(year, position))


def _write(
    change: Change, payment: Payment, wanted: WantedEntry, written: list[JournalEntry]
) -> Payment:
    assert payment.number is not None  # posting comes first, and numbers it
    entry = JournalEntry(
        _entry_id(change),
        0,
        payment.id,
        payment.number,
        wanted.role,
        _day_of(change, payment, wanted),
        payment.amount.currency,
        wanted.lines,
        payment.type.value,
        payment.counterparty_name,
        payment.reference or payment.invoice_number,
        change.now,
        change.actor.id,
    )
    change.put(entry)
    written.append(entry)
    return replace(payment, journal=(*payment.journal, JournalRef(entry.id, wanted.role)))


def _mirror(
    change: Change, payment: Payment, ref: JournalRef, written: list[JournalEntry]
) -> Payment:
    entry = change.get(JournalEntry, ref.id)
    if entry is None:
        raise LostEntry(f"{payment.id}: {ref.id}")
    undone_on = mirror_day(payment, entry, _today(change))
    day = booked_on(undone_on, max(undone_on, _today(change)), change.client.closed_through)
    mirror = mirror_of(entry, _entry_id(change), day, change.now, change.actor.id)
    change.put(mirror)
    written.append(mirror)
    gone = replace(ref, mirrored_by=mirror.id)
    journal = tuple(gone if known.id == ref.id else known for known in payment.journal)
    return replace(payment, journal=journal)


def _entry_id(change: Change) -> str:
    """Sorts by the order of writing: the log's position, then the place within this write."""
    place = sum(put.kind == JournalEntry.kind for put in change.puts.values())
    return f"jrn_{change.head.sequence + 1:012d}_{place:03d}"


def _day_of(change: Change, payment: Payment, wanted: WantedEntry) -> date:
    """The day that an entry bears. A person's confirmation was checked: its day is open."""
    return booked_on(wanted.day, _today(change), change.client.closed_through)


def _today(change: Change) -> date:
    return local_date(change.now, change.client.zone)
