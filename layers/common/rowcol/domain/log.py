"""The one log: append-only, ordered and hash-chained per client. Every event and every denial is an entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.plain import canonical
from rowcol.domain.scope import Actor, Scope

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to be logged: a type with its schema version, what it concerns, and JSON-safe data.

    `data` carries the state after the change of each aggregate it touched, so that views are a fold of the log.
    """

    type: str
    data: dict[str, object]
    payment_id: str | None = None
    bill_id: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a client's chain. `hash` covers everything else, `previous` included."""

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


def sealed(
    scope: Scope, sequence: int, at: datetime, actor: Actor, fact: Fact, previous: str
) -> Entry:
    """The entry that continues a chain whose last hash is `previous`."""
    body = {
        "firm": scope.firm,
        "client": scope.client,
        "sequence": sequence,
        "at": at,
        "actor": actor,
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


@dataclass(frozen=True, slots=True)
class ChainProof:
    """Result of a verification: intact with its head, or the first position that does not fit and why."""

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
    """Walk a chain from its first entry; names the first edit, deletion, insertion, swap or cut tail.

    `head_sequence` and `head_hash` come from the client head (or an exported head) and catch a cut tail.
    """
    previous, expected = GENESIS, 1
    for entry in entries:
        fact = Fact(entry.type, entry.data, entry.payment_id, entry.bill_id, entry.version)
        again = sealed(scope, entry.sequence, entry.at, entry.actor, fact, entry.previous)
        if (entry.firm, entry.client) != (scope.firm, scope.client):
            return ChainProof(False, expected - 1, previous, expected, "entry of another client")
        if entry.sequence != expected:
            return ChainProof(
                False, expected - 1, previous, expected, f"found position {entry.sequence}"
            )
        if entry.previous != previous:
            return ChainProof(
                False, expected - 1, previous, expected, "does not continue the entry before it"
            )
        if again.hash != entry.hash:
            return ChainProof(
                False, expected - 1, previous, expected, "content does not match its hash"
            )
        previous, expected = entry.hash, expected + 1
    length = expected - 1
    if head_sequence is not None and head_sequence > length:
        return ChainProof(
            False, length, previous, length + 1, f"the head says {head_sequence} entries"
        )
    if head_sequence == length and head_hash is not None and head_hash != previous:
        return ChainProof(False, length, previous, length, "the head's hash differs")
    return ChainProof(True, length, previous)
