"""Walk a client's chain: intact to its end, or the broken position and what was done to it.

A walk may stop anywhere and go on from its mark, so that a change costs only what comes after it.
An entry is seen as a Link, so that a stored log and an exported file are walked alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain as joined
from itertools import islice

from rowcol.domain.log import GENESIS, Entry, Fact, sealed
from rowcol.domain.plain import PlainError
from rowcol.domain.scope import Scope

# Where a position is missing, the entry is looked for among so many links, and where the one found
# in its place belongs, to tell a moved entry from a deleted one.
LOOKAHEAD = 16
LOOKAHEAD_MAX = 20_000


class BreakKind(StrEnum):
    """What was done to a chain.

    `edited`: the content does not match its hash. `replaced`: the content matches, its neighbours
    were made for another one. `rewritten`: from somewhere on all was made anew, up to the head.
    """

    EDITED = "edited"
    REPLACED = "replaced"
    REWRITTEN = "rewritten"
    DELETED = "deleted"
    INSERTED = "inserted"
    SWAPPED = "swapped"
    CUT_TAIL = "cut_tail"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Mark:
    """A position of a chain and the hash of the entry there; 0 and GENESIS before the first."""

    sequence: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the walk sees it. `sound`: its content matches its hash; `own`: this client's."""

    sequence: int
    previous: str
    hash: str
    sound: bool
    own: bool = True


@dataclass(frozen=True, slots=True)
class ChainProof:
    """Intact, with its head; or the broken position, what was done there, and why we think so.

    `length` and `head`: how far it is intact, counted from the first entry, and the hash there.
    """

    intact: bool
    length: int
    head: str
    broken_at: int | None = None
    reason: str | None = None
    kind: BreakKind | None = None


def verify(
    scope: Scope,
    entries: Iterable[Entry],
    head_sequence: int | None = None,
    head_hash: str | None = None,
) -> ChainProof:
    """Walk a whole chain. The head's position and hash catch a cut or rewritten tail.

    They come from the client head, or from one that was exported. Entries after the head's position
    were written after it was read.
    """
    heads = () if head_sequence is None else (Mark(head_sequence, head_hash or ""),)
    return walk((link_of(scope, entry) for entry in entries), heads)


def walk(
    links: Iterable[Link],
    known: Sequence[Mark] = (),
    start: Mark | None = None,
    pause: Callable[[Mark], bool] = lambda _: False,
) -> ChainProof:
    """Walk from a mark on. `known`: marks that must hold; an empty hash is not compared.

    `pause` is asked after each link whether to stop there: intact up to it, and to go on from.
    """
    rest = iter(links)
    at = start or Mark()
    marks = {mark.sequence: mark.hash for mark in known if mark.sequence >= at.sequence}
    if marks.get(at.sequence) not in (None, "", at.hash):
        return _broken(at, at.sequence, BreakKind.REWRITTEN, "the head's hash differs")
    agreed, before = at.sequence, at
    for link in rest:
        position = at.sequence + 1
        if not (link.sound and link.own and link.previous == at.hash and link.sequence == position):
            return _explained(_Seam(before, at, link), rest, marks.get(position))
        if marks.get(position) not in (None, "", link.hash):
            return _unknown_to_head(at, position, next(rest, None), marks[position], agreed)
        if position in marks:
            agreed = position
        before, at = at, Mark(position, link.hash)
        if pause(at):
            return ChainProof(True, at.sequence, at.hash)
    beyond = max(marks, default=0)
    if beyond > at.sequence:
        reason = f"the head says {beyond} entries"
        return _broken(at, at.sequence + 1, BreakKind.CUT_TAIL, reason)
    return ChainProof(True, at.sequence, at.hash)


def link_of(scope: Scope, entry: Entry) -> Link:
    """An entry of the log as a link: its content is hashed again."""
    if (entry.firm, entry.client) != (scope.firm, scope.client):
        return Link(entry.sequence, entry.previous, entry.hash, sound=True, own=False)
    fact = Fact(entry.type, entry.data, entry.payment_id, entry.bill_id, entry.version)
    try:
        again = sealed(scope, entry.sequence, entry.at, entry.actor, fact, entry.previous)
    except PlainError:
        return Link(entry.sequence, entry.previous, entry.hash, sound=False)
    return Link(entry.sequence, entry.previous, entry.hash, again.hash == entry.hash)


@dataclass(frozen=True, slots=True)
class _Seam:
    """Where a chain does not go on: the two marks before, and the link that does not fit."""

    before: Mark
    at: Mark
    link: Link

    @property
    def position(self) -> int:
        return self.at.sequence + 1


def _broken(at: Mark, position: int, kind: BreakKind, reason: str) -> ChainProof:
    return ChainProof(False, at.sequence, at.hash, position, reason, kind)


def _unknown_to_head(
    at: Mark, position: int, after: Link | None, head_hash: str, agreed: int
) -> ChainProof:
    """A link that fits, but a known head was made for another one."""
    if after is not None and (after.sequence, after.hash) == (position, head_hash):
        return _broken(at, position, BreakKind.INSERTED, f"found position {position} twice")
    reason = f"the head's hash differs: made anew since position {agreed + 1} or later"
    return _broken(at, position, BreakKind.REWRITTEN, reason)


def _explained(seam: _Seam, rest: Iterator[Link], head_hash: str | None) -> ChainProof:
    """What was done where a link does not fit, by what follows it."""
    link, at, position = seam.link, seam.at, seam.position
    after = next(rest, None)
    goes_on = (
        after is not None
        and after.sound
        and (after.sequence, after.previous) == (position, at.hash)
    )
    if not (link.sound and link.own):
        if goes_on:
            return _broken(at, position, BreakKind.INSERTED, "what follows goes on without it")
        if not link.sound:
            return _broken(at, position, BreakKind.EDITED, "content does not match its hash")
        return _broken(at, position, BreakKind.FOREIGN, "entry of another client")
    if link.sequence == position:
        return _replaced(seam, after, head_hash)
    if link.sequence < position:
        return _repeated(seam, after, is_extra=goes_on)
    return _skipped(seam, joined(() if after is None else (after,), rest), goes_on)


def _replaced(seam: _Seam, after: Link | None, head_hash: str | None) -> ChainProof:
    """Two entries in order that do not join: the one that the rest was not made for is false."""
    fits_on = after.previous if after is not None else head_hash
    reason = "does not continue the entry before it"
    if fits_on == seam.link.hash and seam.at.sequence > 0:
        reason = "the entry after it was made for another one"
        return _broken(seam.before, seam.at.sequence, BreakKind.REPLACED, reason)
    return _broken(seam.at, seam.position, BreakKind.REPLACED, reason)


def _repeated(seam: _Seam, after: Link | None, *, is_extra: bool) -> ChainProof:
    """A position again that was there already: one of the two was put in."""
    link, at = seam.link, seam.at
    reason = f"found position {link.sequence} twice"
    rival = link.sequence == at.sequence and link.previous == seam.before.hash
    rival = rival and link.hash != at.hash
    if rival and not is_extra and (after is None or after.previous == link.hash):
        return _broken(seam.before, at.sequence, BreakKind.INSERTED, reason)
    return _broken(at, seam.position, BreakKind.INSERTED, reason)


def _skipped(seam: _Seam, rest: Iterable[Link], goes_on: bool) -> ChainProof:
    """A later position too early: the one expected is elsewhere, or nowhere."""
    at, position, found = seam.at, seam.position, seam.link.sequence
    expected = again = False
    looked_at = min(max(LOOKAHEAD, found - position + 1), LOOKAHEAD_MAX)
    for link in islice(rest, looked_at):
        expected = expected or link.sequence == position
        again = again or link.sequence == found
    reason = f"found position {found}"
    if goes_on and again:
        return _broken(at, position, BreakKind.INSERTED, f"{reason}, which comes again")
    if expected:
        return _broken(at, position, BreakKind.SWAPPED, f"{reason}; {position} is elsewhere")
    return _broken(at, position, BreakKind.DELETED, reason)
