"""Verify a client's log against its head and the heads known from elsewhere, in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rowcol.domain.chain import BreakKind, ChainProof, Mark, link_of, walk
from rowcol.domain.log import Entry
from rowcol.service.store import Books

ENTRIES_PER_READ = 500


@dataclass(frozen=True, slots=True)
class Walked:
    """What a part of a walk found. `go_on`: where the next part begins; None when it is over."""

    proof: ChainProof
    go_on: Mark | None = None


def verify_log(books: Books, currency: str) -> ChainProof:
    """Walk the whole chain."""
    return walk_on(books, Mark(), head_of(books, currency)).proof


def head_of(books: Books, currency: str = "USD") -> Mark:
    """Position and hash of the last entry, consistently read."""
    head = books.head(currency)
    return Mark(head.sequence, head.chain)


def walk_on(
    books: Books,
    start: Mark,
    head: Mark,
    known: Sequence[Mark] = (),
    is_time_up: Callable[[], bool] = lambda: False,
) -> Walked:
    """Walk from a mark on, to the end of the log as it is by then.

    `head` was read before: entries written meanwhile are no broken tail. Entries that no head knows
    are one, so the head is read once more at the end. The entry at `start` must still be there.
    When the time is up the walk pauses after a page, so that every part gets somewhere.
    """
    if start.sequence:
        there = books.entries(start.sequence - 1, 1)
        if [Mark(entry.sequence, entry.hash) for entry in there] != [start]:
            reason = "another entry than when the walk began"
            before = start.sequence - 1
            return Walked(ChainProof(False, before, "", start.sequence, reason, BreakKind.REPLACED))
    paused: list[Mark] = []

    def pause(at: Mark) -> bool:
        if (at.sequence - start.sequence) % ENTRIES_PER_READ == 0 and is_time_up():
            paused.append(at)
        return bool(paused)

    links = (link_of(books.scope, entry) for entry in entries_from(books, start.sequence))
    proof = walk(links, (*known, head), start, pause)
    if paused or not proof.intact:
        return Walked(proof, paused[0] if paused else None)
    now = head_of(books)
    if proof.length > now.sequence:
        reason = f"the head says {now.sequence} entries"
        at = now.sequence
        return Walked(ChainProof(False, at, now.hash, at + 1, reason, BreakKind.INSERTED))
    return Walked(proof)


def last_before(books: Books, is_before: Callable[[Entry], bool]) -> int:
    """The position of the last entry that is before something; 0 when none is. Found by halving.

    About as many reads of one entry as the log's length has binary digits. `is_before` holds for
    all entries up to some position and for none after it, as a comparison of times does.
    """
    low, high = 0, head_of(books).sequence
    while low < high:
        middle = (low + high) // 2
        entries = books.entries(middle, 1)
        if entries and is_before(entries[0]):
            low = middle + 1
        else:
            high = middle
    return low


def entries_from(books: Books, after: int = 0, until: int | None = None) -> Iterator[Entry]:
    """Entries after a position, in order, up to another one; read as they are asked for."""
    while page := books.entries(after, ENTRIES_PER_READ):
        for entry in page:
            if until is not None and entry.sequence > until:
                return
            yield entry
        after = max(after + len(page), page[-1].sequence)
