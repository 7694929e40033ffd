"""What an execution consists of: walks through blocks of states, and the tokens they wait for."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from local.walker.definition import Block, State
from local.walker.errors import StateFailed

Function = Callable[[dict[str, Any]], Any]


class Status(StrEnum):
    """How an execution (or a part of one) stands."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


class Stepped(StrEnum):
    """What a step did. WAITING: nothing can go on before a token is answered or time has passed."""

    MOVED = "moved"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Platform:
    """What machines run on. `wait_scale` 0 skips Wait states and pauses before a retry."""

    functions: Mapping[str, Function]
    now: Callable[[], datetime]
    random: random.Random
    wait_scale: float = 1.0


@dataclass(slots=True)
class Waiting:
    """A task that waits for its token."""

    token: str
    until: datetime | None
    called: bool = False
    answer: tuple[Any] | StateFailed | None = None


@dataclass(slots=True)
class Run:
    """One walk through a block of states."""

    block: Block
    at: str
    data: Any
    context: dict[str, Any]
    parent: Run | None = None
    status: Status = Status.RUNNING
    output: Any = None
    failure: StateFailed | None = None
    retried: dict[int, int] = field(default_factory=dict)
    sleeps_until: datetime | None = None
    slept: bool = False
    waiting: Waiting | None = None
    children: list[Run] = field(default_factory=list)
    at_once_max: int = 0

    @property
    def state(self) -> State:
        """The state it stands at."""
        return self.block.states[self.at]
