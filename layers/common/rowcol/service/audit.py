"""Verify a client's log against its head."""

from __future__ import annotations

from collections.abc import Iterator

from rowcol.domain.log import ChainProof, Entry, verify
from rowcol.service.store import Books

ENTRIES_PER_READ = 500


def verify_log(books: Books, currency: str) -> ChainProof:
    """Walk the whole chain. The head is read first: later entries are no broken tail."""
    head = books.head(currency)
    return verify(books.scope, _entries(books), head.sequence, head.chain)


def _entries(books: Books) -> Iterator[Entry]:
    after = 0
    while page := books.entries(after, ENTRIES_PER_READ):
        yield from page
        after = page[-1].sequence
