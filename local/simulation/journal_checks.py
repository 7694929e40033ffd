"""The control journal in a simulated run: balanced, mirrored exactly, numbered without gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from local.memory_commits import Key
from local.simulation.broken import broken
from local.simulation.watched_store import Written
from rowcol.domain.allocation import Allocated, AllocationTarget
from rowcol.domain.bill import Bill
from rowcol.domain.client import Head
from rowcol.domain.invoice import Invoice
from rowcol.domain.journal import JournalEntry
from rowcol.domain.payment import Payment, Posting
from rowcol.domain.posting import mirror_of, number_text, standing, wanted_entries
from rowcol.domain.tray import TrayItem
from rowcol.service.over_allocated import OVER_ALLOCATED, asked_by
from rowcol.service.store import Aggregate


def check_journal_write(written: Written) -> None:
    """What one write says of the journal. Raises InvariantBroken."""
    puts = written.commit.puts
    for entry in puts:
        if isinstance(entry, JournalEntry):
            _balanced(entry)
            _written_once(written, entry)
    numbered: list[str] = []
    for payment in puts:
        if isinstance(payment, Payment):
            known = written.before[(payment.kind, payment.id)]
            before = known.number if isinstance(known, Payment) else None
            _stands_as_wanted(payment)
            if payment.number != before and before is not None:
                broken("a number is given once", f"{payment.id}: {before}, then {payment.number}")
            if payment.number is not None and before is None:
                numbered.append(payment.number)
    _without_gaps(written.head, written.commit.head, numbered)


def _balanced(entry: JournalEntry) -> None:
    debits = sum(line.debit for line in entry.lines)
    credits_ = sum(line.credit for line in entry.lines)
    if debits != credits_ or debits <= 0:
        broken("every entry balances", f"{entry.id}: {debits} and {credits_}")


def _written_once(written: Written, entry: JournalEntry) -> None:
    if written.before[(entry.kind, entry.id)] is not None:
        broken("an entry is never edited", entry.id)


def _stands_as_wanted(payment: Payment) -> None:
    wanted = {entry.role for entry in wanted_entries(payment)}
    stands = set(standing(payment))
    if wanted != stands:
        broken("what a payment wants stands", f"{payment.id}: {sorted(wanted)}, {sorted(stands)}")
    if (payment.posting is Posting.POSTED) != bool(wanted):
        broken("posted is what stands", f"{payment.id}: {payment.posting}")


def _without_gaps(before: Head, after: Head, numbered: list[str]) -> None:
    """The numbers of a write are those by which the head has moved, and no others."""
    last = {given.year: given.last for given in before.numbers}
    wanted = [
        number_text(given.year, position)
        for given in after.numbers
        for position in range(last.get(given.year, 0) + 1, given.last + 1)
    ]
    if sorted(numbered) != sorted(wanted):
        broken("numbers have no gaps", f"head moved by {wanted}, payments have {numbered}")


def check_books(items: Mapping[Key, Aggregate]) -> None:
    """The whole journal and all allocations, of all clients. Raises InvariantBroken."""
    by_client: dict[tuple[str, str], list[Aggregate]] = {}
    for (firm, client, _, _), item in items.items():
        by_client.setdefault((firm, client), []).append(item)
    for every in by_client.values():
        payments = [item for item in every if isinstance(item, Payment)]
        _entries(payments, {item.id: item for item in every if isinstance(item, JournalEntry)})
        _numbers(payments, [item for item in every if isinstance(item, Head)])
        _allocations(payments, every)


def _entries(payments: list[Payment], entries: dict[str, JournalEntry]) -> None:
    """Each entry is one of its payment's, and each mirror takes one back, to the cent."""
    named = {ref.id: ref for payment in payments for ref in payment.journal}
    mirrors = {entry.mirrors: entry for entry in entries.values() if entry.mirrors is not None}
    if len(mirrors) != sum(entry.mirrors is not None for entry in entries.values()):
        broken("an entry is mirrored once", sorted(mirrors))
    for entry in entries.values():
        mirror = mirrors.get(entry.id)
        if entry.mirrors is not None:
            continue
        ref = named.get(entry.id)
        if ref is not None and ref.mirrored_by != (mirror.id if mirror else None):
            broken("a payment knows its mirrors", f"{entry.id}: {ref}")
        if mirror is not None:
            exact = mirror_of(entry, mirror.id, mirror.day, mirror.written_at, mirror.written_by)
            if exact.lines != mirror.lines or exact.number != mirror.number:
                broken("a mirror is exact", f"{entry.id} and {mirror.id}")
    for payment in payments:
        for wanted in wanted_entries(payment):
            stands = entries[standing(payment)[wanted.role].id]
            if stands.lines != wanted.lines:
                broken("what stands says what is wanted", f"{stands.lines} != {wanted.lines}")


def _numbers(payments: list[Payment], heads: list[Head]) -> None:
    given = sorted(payment.number for payment in payments if payment.number is not None)
    wanted = sorted(
        number_text(year.year, position)
        for head in heads
        for year in head.numbers
        for position in range(1, year.last + 1)
    )
    if given != wanted:
        broken("numbers have no gaps", f"{given} of {wanted}")


def _allocations(payments: list[Payment], every: Iterable[Aggregate]) -> None:
    """A target's parts are those of posted payments; more than it asks for by now is told."""
    told_of = {
        item.subject
        for item in every
        if isinstance(item, TrayItem) and item.item == OVER_ALLOCATED
        if item.is_live
    }
    told: dict[tuple[AllocationTarget, str], dict[str, int]] = {}
    for payment in payments:
        if payment.posting is Posting.POSTED:
            for part in payment.allocations:
                parts = told.setdefault((part.target, part.target_id), {})
                parts[payment.id] = parts.get(payment.id, 0) + part.amount.minor
    amounts = {
        (_TARGETS[type(item)], item.id): asked_by(item).minor
        for item in every
        if isinstance(item, Bill | Invoice)
    }
    for item in every:
        if not isinstance(item, Allocated):
            continue
        kept = {part.payment_id: part.amount.minor for part in item.parts}
        if kept != told.pop((item.target, item.target_id), {}):
            broken("allocations are those of posted payments", f"{item.id}: {kept}")
        too_much = sum(kept.values()) > amounts[(item.target, item.target_id)]
        # A rail may ask for less by now: then the tray says so, and only then.
        if too_much != (f"{item.target.value}-{item.target_id}" in told_of):
            broken("what is allocated beyond what is asked for is told", f"{item.id}: {kept}")
    if told:
        broken("allocations are those of posted payments", told)


_TARGETS = {Bill: AllocationTarget.BILL, Invoice: AllocationTarget.INVOICE}
