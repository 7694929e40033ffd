"""What every use case is handed: store, rails, workflow engine, and the surroundings of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.service.ports import Rails, Surroundings
from rowcol.service.store import Executions, Store, Views


@dataclass(frozen=True, slots=True)
class Environment:
    """The ports of one process. Nothing in it holds state of a request."""

    store: Store
    views: Views
    rails: Rails
    executions: Executions
    surroundings: Surroundings

    def now(self) -> datetime:
        """Now, in UTC, by the clock handed in."""
        return self.surroundings.clock.now()
