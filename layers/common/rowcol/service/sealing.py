"""A planned change as the commit that writes it: its facts continue the client's chain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rowcol.domain.log import Entry, sealed
from rowcol.service.store import Command, Commit

if TYPE_CHECKING:
    from rowcol.service.change import Change


def commit_of(change: Change, command: Command | None) -> Commit:
    """All that a change puts, states, checks and counts, as one commit."""
    entries: list[Entry] = []
    sequence, chain = change.head.sequence, change.head.chain
    for fact in change.facts:
        sequence += 1
        entry = sealed(change.scope, sequence, change.now, change.actor, fact, chain)
        chain = entry.hash
        entries.append(entry)
    return Commit(
        change.scope,
        replace(change.head, sequence=sequence, chain=chain),
        tuple(change.puts.values()),
        tuple(entries),
        tuple(change.checks),
        command,
        counters=tuple(change.counters),
    )
