"""What replaying needs besides the store: stored events and workers, and queues of dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rowcol.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Work that was given up. `id` is the message's; `scope` None when it tells nobody's.

    `worker`: which function would do it; `payload`: what it was asked, None when only a stream's
    position is left of it. `receipt`: for taking it out of its queue.
    """

    id: str
    queue: str
    worker: str
    scope: Scope | None
    payload: Mapping[str, object] | None
    why: str
    given_up_at: datetime
    receipt: str


class Replaying(Protocol):
    """Everything may be repeated without effect."""

    def put_back(self, inbox_key: str) -> bool:
        """Have a quarantined event looked at again; False when it is no longer put aside."""
        ...

    def apply_soon(self, inbox_keys: Sequence[str]) -> None:
        """Have stored events applied now, elsewhere. Should it fail, the redrive does it."""
        ...

    def run_again(self, worker: str, payload: Mapping[str, object]) -> None:
        """Ask a worker again for what it gave up. Raises KeyError for one that nobody may ask."""
        ...


class DeadLetters(Protocol):
    """The queues of what was given up. Looking leaves a message where it is."""

    def look(self) -> Iterable[DeadLetter]:
        """Messages that can be received now, of all queues."""
        ...

    def forget(self, letter: DeadLetter) -> None:
        """Take one out of its queue."""
        ...
