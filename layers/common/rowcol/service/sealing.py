"""A planned change as the commit that writes it: its facts continue the client's chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rowcol.domain.log import Entry, sealed
from rowcol.service.store import Command, Commit, VersionCheck

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
        _each_once(change.checks),
        command,
        counters=tuple(change.counters),
    )


def _each_once(checks: Iterable[VersionCheck]) -> tuple[VersionCheck, ...]:
    """Many items of one write may ask the same thing. Of two readings the first must hold."""
    found: dict[tuple[object, ...], VersionCheck] = {}
    for check in checks:
        found.setdefault((check.scope, check.kind, check.id), check)
    return tuple(found.values())
