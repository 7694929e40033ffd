"""The product's own credentials at the rails, remembered: SSM allows few reads a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rowcol.service.intake_ports import IntakeUnavailable
from rowcol.service.ports import RailUnavailable
from rowcol.storage.parameters import Parameters

AGE_MAX = timedelta(seconds=300)
FAILURE_AGE_MAX = timedelta(seconds=30)
STALE_AGE_MAX = timedelta(hours=1)
REMEMBERED_MAX = 16


@dataclass(frozen=True, slots=True)
class _Memory:
    """The last credentials that could be read, when that was, and when to look again."""

    credentials: Mapping[str, str] | None
    read_at: datetime
    look_again_at: datetime


class RememberedApps:
    """`{prefix}/apps/{rail}`, kept for AGE_MAX; a failure is kept for FAILURE_AGE_MAX.

    While the parameters do not answer, credentials of at most STALE_AGE_MAX serve on.
    """

    def __init__(self, source: Parameters, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock
        self._memory: OrderedDict[str, _Memory] = OrderedDict()

    def app(self, rail: str) -> Mapping[str, str]:
        """Credentials such as client_id and client_secret. Raises RailUnavailable."""
        now = self._clock()
        memory = self._memory.get(rail)
        if memory is None or now >= memory.look_again_at:
            memory = self._read(rail, now, memory)
        if memory.credentials is None or now - memory.read_at >= STALE_AGE_MAX:
            raise RailUnavailable(rail, "the app's credentials cannot be read")
        return memory.credentials

    def _read(self, rail: str, now: datetime, known: _Memory | None) -> _Memory:
        try:
            memory = _Memory(self._source.app(rail), now, now + AGE_MAX)
        except IntakeUnavailable:
            credentials, read_at = (known.credentials, known.read_at) if known else (None, now)
            memory = _Memory(credentials, read_at, now + FAILURE_AGE_MAX)
        self._memory[rail] = memory
        self._memory.move_to_end(rail)
        if len(self._memory) > REMEMBERED_MAX:
            self._memory.popitem(last=False)
        return memory
