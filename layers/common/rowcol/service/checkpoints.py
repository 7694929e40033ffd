"""Take the day's checkpoint, once; and find a client's head in the latest one.

Each chain is walked from the checkpoint before: what a day costs is what the day wrote, and what
does not go on from there is found on the same day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from rowcol.domain.chain import Mark, link_of, walk
from rowcol.domain.checkpoint import (
    ChainHead,
    Checkpoint,
    checkpoint_of,
    checkpoint_read,
    entry_leaf,
)
from rowcol.domain.log import Entry
from rowcol.domain.scope import Scope
from rowcol.service.audit import entries_from, head_of
from rowcol.service.checkpoint_ports import Checkpoints
from rowcol.service.environment import Environment
from rowcol.service.store import Books

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the day has. `is_new`: by this run. `broken`: chains that did not go on."""

    checkpoint: Checkpoint
    is_new: bool

    @property
    def broken(self) -> tuple[ChainHead, ...]:
        """Heads of chains that were found broken."""
        return tuple(head for head in self.checkpoint.heads if head.broken_at is not None)


def take_checkpoint(environment: Environment, kept: Checkpoints) -> Taken:
    """The checkpoint of today (UTC), taken unless there is one.

    Runs may overlap, repeat and die: only a whole checkpoint is stored, and only the first of a
    day. Raises BadCheckpoint when the one before is not what was stored: a person must look.
    """
    now = environment.now()
    day = now.date()
    latest = read_checkpoint(kept, kept.latest(day))
    if latest is not None and latest.statement.day == day:
        return Taken(latest, False)
    heads = [_head(environment, scope, latest) for scope in _chains(environment, latest)]
    found = checkpoint_of(day, now, heads, latest)
    if kept.put(day, found.text()):
        return Taken(found, True)
    first = read_checkpoint(kept, day)
    assert first is not None  # it was there a moment ago, and nobody can delete it
    return Taken(first, False)


def read_checkpoint(kept: Checkpoints, day: date | None) -> Checkpoint | None:
    """The checkpoint of a day, whole; None when there is none. Raises BadCheckpoint."""
    text = None if day is None else kept.read(day)
    return None if text is None else checkpoint_read(text)


def latest_checkpoint(kept: Checkpoints) -> Checkpoint | None:
    """The last one. Raises BadCheckpoint."""
    return read_checkpoint(kept, kept.latest())


def _chains(environment: Environment, latest: Checkpoint | None) -> list[Scope]:
    """Every client's chain, each firm's own, and each that there was: none goes away."""
    clients = environment.store.scopes()
    known = [head.scope for head in latest.heads] if latest else []
    return [*dict.fromkeys([*(Scope(scope.firm) for scope in clients), *clients, *known])]


def _head(environment: Environment, scope: Scope, latest: Checkpoint | None) -> ChainHead:
    """A chain's head now, walked from where the latest checkpoint left it."""
    books = environment.store.books(scope)
    known = latest.head_of(scope) if latest else None
    before = known or ChainHead(scope.firm, scope.client)
    head, tree = head_of(books), before.tree

    def grow(at: Mark) -> bool:
        # Asked after each link that the walk has accepted: no other goes into the tree.
        tree.add(entry_leaf(at.hash))
        return False

    links = (link_of(scope, entry) for entry in _entries(books, before.sequence, head.sequence))
    proof = walk(links, (head,), before.mark, grow)
    broken_at = proof.broken_at
    if proof.intact and head.sequence < before.sequence:
        broken_at = head.sequence + 1
    if broken_at is not None:
        logger.error("chain broken", extra={"client": scope.client, "position": broken_at})
    return replace(
        before,
        sequence=proof.length,
        hash=proof.head,
        root=tree.root,
        peaks=tree.peaks,
        broken_at=broken_at,
    )


def _entries(books: Books, after: int, until: int) -> Iterator[Entry]:
    return entries_from(books, after, until) if until > after else iter(())
