"""A day's checkpoint: the heads of all chains, sealed together and chained to the day before.

Each head goes into it as one leaf of a tree, so that a client is shown its own head, proved to be
in the checkpoint, and nothing of anybody else. A head also holds the tree of its chain's entries,
as peaks: so one entry is proved without showing what is between it and the head.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from rowcol.domain.chain import Mark
from rowcol.domain.log import GENESIS
from rowcol.domain.merkle import EMPTY, Peaks, Tree, leaf
from rowcol.domain.plain import PlainError, canonical, from_plain, to_plain
from rowcol.domain.scope import Scope

FORMAT = "rowcol-checkpoint-1"


class BadCheckpoint(Exception):
    """Bytes that are no checkpoint, or not the one that was taken."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where a chain ended. `root` is that of the tree of its entries' hashes, `peaks` make it.

    `broken_at`: the position at which the chain did not go on from the checkpoint before; then the
    head is that of the last intact position.
    """

    firm: str
    client: str
    sequence: int = 0
    hash: str = GENESIS
    root: str = EMPTY
    peaks: tuple[str, ...] = ()
    broken_at: int | None = None

    @property
    def scope(self) -> Scope:
        """Whose chain it is."""
        return Scope(self.firm, self.client)

    @property
    def mark(self) -> Mark:
        """Its end."""
        return Mark(self.sequence, self.hash)

    @property
    def tree(self) -> Peaks:
        """The tree of its entries, to grow."""
        return Peaks(self.sequence, self.peaks)

    @property
    def leaf(self) -> str:
        """Its leaf in the checkpoint."""
        return leaf(canonical(self).encode())


def entry_leaf(entry_hash: str) -> str:
    """The leaf of an entry in the tree of its chain."""
    return leaf(bytes.fromhex(entry_hash))


@dataclass(frozen=True, slots=True)
class Statement:
    """What a checkpoint states; its hash covers all of it. `previous`: hash of the one before."""

    day: date
    taken_at: datetime
    count: int
    root: str
    previous_day: date | None
    previous: str | None
    format: str = FORMAT

    @property
    def hash(self) -> str:
        """SHA-256 of its canonical text."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """A statement and the heads that it is of, in the order of their leaves."""

    statement: Statement
    heads: tuple[ChainHead, ...]

    @cached_property
    def tree(self) -> Tree:
        """The tree of its heads."""
        return Tree(head.leaf for head in self.heads)

    @cached_property
    def places(self) -> dict[Scope, int]:
        """Where each head is."""
        return {head.scope: place for place, head in enumerate(self.heads)}

    def head_of(self, scope: Scope) -> ChainHead | None:
        """A chain's head, None when there was no such chain."""
        place = self.places.get(scope)
        return None if place is None else self.heads[place]

    def text(self) -> bytes:
        """What is stored."""
        body = {
            "statement": to_plain(self.statement),
            "hash": self.statement.hash,
            "heads": to_plain(self.heads),
        }
        return (canonical(body) + "\n").encode()


def checkpoint_of(
    day: date, taken_at: datetime, heads: Iterable[ChainHead], before: Checkpoint | None
) -> Checkpoint:
    """The checkpoint of a day after another one."""
    ordered = tuple(sorted(heads, key=lambda head: (head.firm, head.client)))
    root = Tree(head.leaf for head in ordered).root
    previous = before.statement if before else None
    statement = Statement(
        day,
        taken_at,
        len(ordered),
        root,
        previous.day if previous else None,
        previous.hash if previous else None,
    )
    return Checkpoint(statement, ordered)


def checkpoint_read(text: bytes) -> Checkpoint:
    """What was stored, proved to be whole. Raises BadCheckpoint."""
    try:
        body = json.loads(text)
        statement = from_plain(Statement, body["statement"])
        heads = from_plain(tuple[ChainHead, ...], body["heads"])
        said = str(body["hash"])
    except (ValueError, KeyError, TypeError, PlainError) as problem:
        raise BadCheckpoint("not a checkpoint") from problem
    found = Checkpoint(statement, heads)
    if statement.format != FORMAT:
        raise BadCheckpoint(f"another format: {statement.format[:40]}")
    if said != statement.hash:
        raise BadCheckpoint("the statement does not match its hash")
    if (statement.count, statement.root) != (len(heads), found.tree.root):
        raise BadCheckpoint("the heads are not those of the statement")
    for head in heads:
        if head.sequence.bit_count() != len(head.peaks) or head.tree.root != head.root:
            raise BadCheckpoint(f"the tree of {head.firm}/{head.client} does not match its root")
    return found
