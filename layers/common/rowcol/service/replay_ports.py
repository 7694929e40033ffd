"""What replaying needs besides the store: stored events and workers, and queues of dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rowcol.domain.scope import Scope
from rowcol.service.inbox_ports import InboxRow


class StreamUnavailable(Exception):
    """The stream did not answer: the same may be asked again."""


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """Where in a stream the rows are that were given up, and when they were written."""

    stream: str
    shard: str
    first: str
    last: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class RowKey:
    """The key of a row that a stream told of."""

    partition: str
    sort: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Work that was given up. `id` names it among all letters; `scope` None when it tells nobody's.

    `worker`: which function would do it; `payload`: what it was asked, None when only a stream's
    `position` is left of it. `receipt`: for taking it out of its queue.
    """

    id: str
    queue: str
    worker: str
    scope: Scope | None
    payload: Mapping[str, object] | None
    why: str
    given_up_at: datetime
    receipt: str
    position: StreamPosition | None = None


class Replaying(Protocol):
    """Everything may be repeated without effect."""

    def put_back(self, inbox_key: str) -> bool:
        """Have a quarantined event looked at again; False when it is no longer put aside."""
        ...

    def apply_soon(self, inbox_keys: Sequence[str]) -> None:
        """Have stored events applied now, elsewhere. Should it fail, the redrive does it."""
        ...

    def waiting(self, inbox_keys: Sequence[str]) -> Sequence[InboxRow]:
        """Those of some stored events that are neither applied nor put aside."""
        ...

    def run_again(self, worker: str, payload: Mapping[str, object]) -> None:
        """Ask a worker again for what it gave up. Raises KeyError for one that nobody may ask."""
        ...


class DeadLetters(Protocol):
    """The queues of what was given up. Looking leaves a message where it is."""

    def look(self) -> Iterable[DeadLetter]:
        """Messages that can be received now, of all queues."""
        ...

    def rows(self, position: StreamPosition) -> Sequence[RowKey] | None:
        """Keys of the rows that were written there; None when the stream has forgotten them.

        Raises StreamUnavailable.
        """
        ...

    def exchange(self, letter: DeadLetter, payloads: Sequence[Mapping[str, object]]) -> None:
        """Put letters that say whose work it is into its queue, in its place.

        One that breaks off is asked for again: each of them has an id that follows from the
        letter's and from whose it is.
        """
        ...

    def forget(self, letter: DeadLetter) -> None:
        """Take one out of its queue."""
        ...
