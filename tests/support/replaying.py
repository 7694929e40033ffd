"""Replays in this process: rows of an inbox put back and applied, workers that remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rowcol.service.apply_event import Application, Understand, apply_rows
from rowcol.service.environment import Environment
from rowcol.service.replay_ports import DeadLetter
from rowcol.storage.inbox_memory import MemoryInbox


@dataclass
class Replays:
    """What was asked again; `applied`: what became of rows that were applied at once.

    `raising`: what happens instead.
    """

    environment: Environment
    inbox: MemoryInbox
    understand: Understand
    asked: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    put_back_keys: list[str] = field(default_factory=list)
    applied: list[Application] = field(default_factory=list)
    raising: Exception | None = None

    def put_back(self, inbox_key: str) -> bool:
        """As the table."""
        if self.raising is not None:
            raise self.raising
        self.put_back_keys.append(inbox_key)
        return self.inbox.put_back(inbox_key)

    def apply_soon(self, inbox_keys: Sequence[str]) -> None:
        """At once."""
        done = apply_rows(self.environment, self.inbox, self.understand, inbox_keys)
        self.applied.append(done)

    def run_again(self, worker: str, payload: Mapping[str, object]) -> None:
        """Remembered."""
        self.asked.append((worker, payload))


@dataclass
class Letters:
    """Queues of dead letters in a list."""

    letters: list[DeadLetter] = field(default_factory=list)

    def look(self) -> Sequence[DeadLetter]:
        """All of them."""
        return list(self.letters)

    def forget(self, letter: DeadLetter) -> None:
        """Take it out."""
        self.letters.remove(letter)
