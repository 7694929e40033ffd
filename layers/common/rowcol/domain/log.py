"""The one log: append-only, hash-chained per client. Every event and every denial is an entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.event_versions import CURRENT, upcast
from rowcol.domain.plain import PlainError, canonical, to_plain
from rowcol.domain.scope import Actor, Scope

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to be logged: a type with its schema version, what it concerns, and JSON-safe data.

    `data` carries the state after the change of each aggregate it touched, so that views are a
    fold of the log.
    """

    type: str
    data: dict[str, object]
    payment_id: str | None = None
    bill_id: str | None = None
    version: int = CURRENT


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a client's chain. `hash` covers everything else, `previous` included.

    `data` is what was written, in the shape of `version`; `current_data` is for whoever reads it.
    """

    firm: str
    client: str
    sequence: int
    at: datetime
    actor: Actor
    type: str
    version: int
    payment_id: str | None
    bill_id: str | None
    data: dict[str, object]
    previous: str
    hash: str

    @property
    def current_data(self) -> dict[str, object]:
        """Its data as the current version shows it. UnknownEventVersion, UnreadableEvent."""
        return upcast(self.type, self.version, self.data)


def sealed(
    scope: Scope, sequence: int, at: datetime, actor: Actor, fact: Fact, previous: str
) -> Entry:
    """The entry that continues a chain whose last hash is `previous`."""
    body = {
        "firm": scope.firm,
        "client": scope.client,
        "sequence": sequence,
        "at": at,
        "actor": _signed_actor(actor),
        "type": fact.type,
        "version": fact.version,
        "payment_id": fact.payment_id,
        "bill_id": fact.bill_id,
        "data": fact.data,
        "previous": previous,
    }
    digest = hashlib.sha256(canonical(body).encode()).hexdigest()
    return Entry(
        scope.firm, scope.client, sequence, at, actor, fact.type, fact.version,
        fact.payment_id, fact.bill_id, fact.data, previous, digest,
    )  # fmt: skip


def _signed_actor(actor: Actor) -> dict[str, object]:
    """The actor as hashes cover it: without what older entries did not have."""
    plain: dict[str, object] = to_plain(actor)
    for later in ("responsible_id", "asked_at"):
        if plain[later] is None:
            del plain[later]
    return plain


@dataclass(frozen=True, slots=True)
class ChainProof:
    """Intact, with its head; or the first position that does not fit, and why."""

    intact: bool
    length: int
    head: str
    broken_at: int | None = None
    reason: str | None = None


def verify(
    scope: Scope,
    entries: Iterable[Entry],
    head_sequence: int | None = None,
    head_hash: str | None = None,
) -> ChainProof:
    """Walk a chain from its first entry to the first edit, deletion, insertion, swap or cut tail.

    `head_sequence` and `head_hash` come from the client head (or an exported head) and catch a cut
    or rewritten tail. Entries after the head's position were written after it was read.
    """
    previous, length = GENESIS, 0
    for entry in entries:
        reason = _misfit(scope, entry, previous, length + 1)
        if reason is None and length + 1 == head_sequence and head_hash not in (None, entry.hash):
            reason = "the head's hash differs"
        if reason is not None:
            return ChainProof(False, length, previous, length + 1, reason)
        previous, length = entry.hash, length + 1
    if head_sequence is not None and head_sequence > length:
        reason = f"the head says {head_sequence} entries"
        return ChainProof(False, length, previous, length + 1, reason)
    if head_sequence == 0 and head_hash not in (None, GENESIS):
        return ChainProof(False, length, previous, 0, "the head's hash differs")
    return ChainProof(True, length, previous)


def _misfit(scope: Scope, entry: Entry, previous: str, position: int) -> str | None:
    """Why an entry cannot be the one at `position` after the entry with hash `previous`."""
    if (entry.firm, entry.client) != (scope.firm, scope.client):
        return "entry of another client"
    if entry.sequence != position:
        return f"found position {entry.sequence}"
    if entry.previous != previous:
        return "does not continue the entry before it"
    fact = Fact(entry.type, entry.data, entry.payment_id, entry.bill_id, entry.version)
    try:
        again = sealed(scope, entry.sequence, entry.at, entry.actor, fact, entry.previous)
    except PlainError:
        return "content was never written by this log"
    return None if again.hash == entry.hash else "content does not match its hash"
