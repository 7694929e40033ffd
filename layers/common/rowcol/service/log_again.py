"""Parts of logs that are relayed or folded once more: by position, or by time, if need be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.audit import entries_from, last_before
from rowcol.service.environment import Environment
from rowcol.service.rebuild import Cursor, rebuild_views
from rowcol.service.relay import Bus, relay
from rowcol.service.store import Books

# As many as one batch of the stream brings.
ENTRIES_PER_BATCH = 25


@dataclass(frozen=True, slots=True)
class PartAsked:
    """Entries after a position up to another one, of one log."""

    scope: Scope
    after: int
    until: int


@dataclass(frozen=True, slots=True)
class TimesAsked:
    """Entries written from `since` to just before `before`, of all logs of a firm."""

    firm: str
    since: datetime
    before: datetime


def parts_of(environment: Environment, asked: PartAsked | TimesAsked) -> Iterator[PartAsked]:
    """The parts that are asked for; by time, as many reads of an entry as a log has digits."""
    if isinstance(asked, PartAsked):
        yield asked
        return
    for client in (FIRM_WIDE, *environment.store.clients(asked.firm)):
        books = environment.store.books(Scope(asked.firm, client))
        after = last_before(books, lambda entry: entry.at < asked.since)
        until = _until(books, after, asked.before)
        if until > after:
            yield PartAsked(books.scope, after, until)


def _until(books: Books, after: int, before: datetime) -> int:
    last = after
    for entry in entries_from(books, after):
        if entry.at >= before:
            break
        last = entry.sequence
    return last


def relay_again(environment: Environment, bus: Bus, asked: PartAsked | TimesAsked) -> int:
    """Relay entries once more; gives their number. All of it may be repeated.

    Raises what the store, the workflow engine or the bus raise.
    """
    count = 0
    for part in parts_of(environment, asked):
        books = environment.store.books(part.scope)
        batch = []
        for entry in entries_from(books, part.after, part.until):
            relay(environment, entry)
            batch.append(entry)
            if len(batch) == ENTRIES_PER_BATCH:
                bus.publish(batch)
                batch = []
            count += 1
        if batch:
            bus.publish(batch)
    return count


def fold_again(environment: Environment, asked: PartAsked | TimesAsked) -> int:
    """Fold logs once more from where the asked parts begin; gives how many views are whole.

    Raises StoreUnavailable, Contention.
    """
    whole = 0
    for part in parts_of(environment, asked):
        step = rebuild_views(environment, part.scope, Cursor(None, str(part.after)))
        while step.next is not None:
            step = rebuild_views(environment, part.scope, step.next)
        whole += not step.unfoldable
    return whole
