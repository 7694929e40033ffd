"""A planned change as the commit that writes it: its facts continue the client's chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from rowcol.domain.log import Entry, sealed
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.store import Command, Commit, VersionCheck

if TYPE_CHECKING:
    from rowcol.service.change import Asked, Change

R = TypeVar("R")
COMMAND_KEPT = timedelta(days=30)


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


def command_of(
    asked: Asked | None,
    answer: Callable[[R | Refusal], dict[str, object]] | None,
    result: R | Refusal,
    now: datetime,
) -> Command | None:
    """What answers the same command when it comes again; None where it is to be asked anew."""
    if asked is None or answer is None:
        return None
    if isinstance(result, Refusal) and result.code is Code.STEP_UP_REQUIRED:
        return None  # who asked was not known well enough: the same key may come again
    return Command(asked.key, asked.input_hash, answer(result), now + COMMAND_KEPT)


def _each_once(checks: Iterable[VersionCheck]) -> tuple[VersionCheck, ...]:
    """Many items of one write may ask the same thing. Of two readings the first must hold."""
    found: dict[tuple[object, ...], VersionCheck] = {}
    for check in checks:
        found.setdefault((check.scope, check.kind, check.id), check)
    return tuple(found.values())
