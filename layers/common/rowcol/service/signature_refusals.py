"""Refused signatures in the firm's log, a bounded number of them however many are sent."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.service.change import Change, Contention, UnknownClient, transact
from rowcol.service.environment import Environment

# Of one machine and one reason, one entry is kept in each such span.
EVERY = timedelta(minutes=15)


def note(environment: Environment, firm: str, actor: Actor, refusal: Refusal, reason: str) -> None:
    """Have the log say that a machine's signature was refused, and the true reason why.

    One conditional put for each refusal, one entry for each machine, reason and quarter of an hour:
    whoever sends bad signatures cannot fill the log or hold up the firm's other writes.
    """
    now = environment.now()
    span = int(now.timestamp() // EVERY.total_seconds())
    text = f"refused\n{actor.id}\n{reason}\n{span}"
    name = hashlib.sha256(text.encode()).hexdigest()
    books = environment.store.books(Scope(firm))
    if not books.is_first_use(name, now + 2 * EVERY):
        return

    def plan(change: Change) -> bool:
        change.state("machine.signature_refused", refusal=refusal, reason=reason)
        return True

    try:
        transact(environment.store, environment.surroundings, Scope(firm), actor, plan)
    except (Contention, UnknownClient):
        return  # the refusal stands without its entry
