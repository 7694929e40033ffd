"""Events applied end to end in one process, against a bare loop of the same number of commits.

Ramp's signed webhook -> stored -> applied (Ramp read again, one write) -> relayed -> in the views.
Everything outside is in memory, so what is left is the product's own work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bench.result import Figure, Section
from bench.world import START, Kept, Path
from local.memory_cells import MemoryCells
from local.memory_store import MemoryStore
from local.memory_views import MemoryViews
from rowcol.domain.client import Head
from rowcol.domain.log import Entry, Fact, sealed
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import Severity, TrayItem
from rowcol.service.store import Commit
from rowcol.storage.inbox_memory import MemoryInbox


class NoBus:
    """Takes everything."""

    def publish(self, entries: Sequence[Entry]) -> None:
        """Nobody listens."""


def in_memory(clock: Callable[[], datetime]) -> Kept:
    """Everything in memory."""
    return Kept(MemoryStore(clock), MemoryViews(), MemoryInbox(), NoBus(), MemoryCells(clock))


def bare_commits(count: int) -> float:
    """Seconds for `count` commits of one aggregate and one log entry each, and nothing else."""
    scope = Scope("firm", "client")
    books = MemoryStore(lambda: START).books(scope)
    began = time.process_time()
    for place in range(count):
        head = books.head("USD")
        item = TrayItem(f"item-{place}", 0, "bill-1", "late", Severity.LOW, "title", "", "", START)
        entry = sealed(scope, head.sequence + 1, START, SYSTEM, Fact("made", {}), head.chain)
        after = _moved(head, entry)
        books.commit(Commit(scope, after, (item,), (entry,)))
    return time.process_time() - began


def _moved(head: Head, entry: Entry) -> Head:
    return replace(head, sequence=entry.sequence, chain=entry.hash)


def section(events: int) -> Section:
    """CPU per applied event as a multiple of a bare commit."""
    path = Path(in_memory, events)
    sent = path.changes()
    began = time.process_time()
    entries = 0
    for delivery in sent:
        path.apply(path.take(delivery))
        new = path.new_entries()
        entries += path.relay(new)
        path.project(new)
    spent = time.process_time() - began
    bare = bare_commits(len(sent))
    figures = (
        Figure("CPU per applied event / bare commit", f"{spent / bare:.0f}x"),
        Figure("log entries per event", f"{entries / len(sent):.1f}"),
        Figure("calls to Ramp per event", f"{path.network.calls / len(sent):.2f}"),
        Figure("events per CPU second, this machine", f"{len(sent) / spent:.0f}"),
    )
    note = "Includes the simulated Ramp's own work, which answers each read."
    return Section(f"Applying events end to end, in memory ({len(sent)} events)", figures, (note,))
