"""The one log: append-only, hash-chained per client. Every event and every denial is an entry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from rowcol.domain.event_versions import CURRENT, upcast
from rowcol.domain.plain import canonical, to_plain
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
    open_entry = Entry(
        scope.firm, scope.client, sequence, at, actor, fact.type, fact.version,
        fact.payment_id, fact.bill_id, fact.data, previous, "",
    )  # fmt: skip
    digest = hashlib.sha256(canonical(signed_body(open_entry)).encode()).hexdigest()
    return replace(open_entry, hash=digest)


def signed_body(entry: Entry) -> dict[str, object]:
    """What the hash of an entry covers."""
    return {
        "firm": entry.firm,
        "client": entry.client,
        "sequence": entry.sequence,
        "at": entry.at,
        "actor": _signed_actor(entry.actor),
        "type": entry.type,
        "version": entry.version,
        "payment_id": entry.payment_id,
        "bill_id": entry.bill_id,
        "data": entry.data,
        "previous": entry.previous,
    }


def _signed_actor(actor: Actor) -> dict[str, object]:
    """The actor as hashes cover it: without what older entries did not have."""
    plain: dict[str, object] = to_plain(actor)
    for later in ("responsible_id", "asked_at"):
        if plain[later] is None:
            del plain[later]
    return plain
