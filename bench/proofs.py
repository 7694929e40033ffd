"""Proofs of long logs: seconds and memory of a verification, and of the evidence of a payment.

Entries come from memory, packed, and are decoded as the table's items are: what the table itself
takes is not in it (500 entries a query of at most 1 MB).
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from bench.apart import told_by
from bench.result import Section, under

if TYPE_CHECKING:
    from rowcol.domain.log import Entry

SIZES = (10_000, 100_000)


def section(sizes: tuple[int, ...] = SIZES) -> Section:
    """Seconds of CPU and what each keeps in memory, by the length of the log."""
    figures = []
    for size in sizes:
        for what in ("verification", "evidence"):
            found = told_by("proofs", what, size)
            name = f"{what} of {size:,} entries"
            figures += [
                under(f"CPU, {name}", found["seconds"], 840, " s"),
                under(f"growth of memory, {name}", found["grown_megabytes"], 64, " MB", 0),
            ]
    return Section(
        "Proofs of long logs",
        tuple(figures),
        ("What the table takes is not in it. A function has 840 seconds before it hands over.",),
    )


class PackedBooks:
    """The log of one client, packed; the rest is the desk's."""

    def __init__(self, books: Any, entries: Iterator[Entry]) -> None:
        from rowcol.storage.entries import entry_item

        self.scope, self._books = books.scope, books
        self._packed: list[bytes] = []
        for entry in entries:
            text = json.dumps(entry_item(books.scope, entry)).encode()
            self._packed.append(zlib.compress(text, 1))
            self._last = entry

    def head(self, currency: str) -> Any:
        """As the log ends."""
        from dataclasses import replace

        head = self._books.head(currency)
        return replace(head, sequence=self._last.sequence, chain=self._last.hash)

    def entries(self, after: int = 0, limit: int = 500) -> tuple[Entry, ...]:
        """Decoded as the table's items are."""
        from rowcol.storage.entries import entry_of

        part = self._packed[after : after + limit]
        return tuple(entry_of(json.loads(zlib.decompress(one))) for one in part)


def child(what: str, size: int) -> None:
    """One proof; prints its time, and by how much the process grew beyond what the log takes."""
    import resource

    from rowcol.service.audit import head_of, verify_log
    from rowcol.service.evidence.pack import evidence_of

    desk, payment, entries = _log()
    books: Any = PackedBooks(desk.books, islice(entries, size))
    assert head_of(books).sequence == size

    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    if what == "verification":
        assert verify_log(books, "USD").intact
    else:
        assert isinstance(evidence_of(desk.environment, books, payment, None), dict)
    seconds = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"seconds": seconds, "grown_megabytes": grown}))


def _log() -> tuple[Any, Any, Iterator[Entry]]:
    """A payment's own entries, then others' of the same sort without end."""
    from rowcol.domain.log import Fact, sealed
    from rowcol.domain.payment import Payment
    from rowcol.domain.scope import SYSTEM
    from tests.support.payment_desk import PaymentDesk

    desk = PaymentDesk()
    name = desk.taken()
    payment = desk.books.get(Payment, name)
    own = list(desk.books.entries(0, 1_000))

    def entries() -> Iterator[Entry]:
        yield from own
        sequence, chain = own[-1].sequence, own[-1].hash
        while True:
            for one in own:
                sequence += 1
                of_payment = f"pay_{sequence}" if one.payment_id else None
                fact = Fact(one.type, one.data, of_payment, f"bill-{sequence}", one.version)
                made = sealed(desk.books.scope, sequence, one.at, SYSTEM, fact, chain)
                chain = made.hash
                yield made

    return desk, payment, entries()
