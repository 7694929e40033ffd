"""Webhook endpoints, remembered: known and unknown ones, for a bounded time and in a bounded
number.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from rowcol.service.intake_ports import Clock, Endpoint, EndpointSource, IntakeUnavailable

AGE_MAX = timedelta(seconds=300)
REFRESH_AGE_MIN = timedelta(seconds=30)
STALE_AGE_MAX = timedelta(seconds=900)
REMEMBERED_MAX = 512
UNKNOWN_LOOKUPS_PER_SECOND_MAX = 20


@dataclass(slots=True)
class _Memory:
    endpoint: Endpoint | None
    read_at: datetime


class EndpointCache:
    """EndpointDirectory over a source.

    Addresses are chosen by the sender. Look-ups of addresses never seen are therefore rationed:
    beyond the ration the sender gets 503 and comes again, while every address in memory keeps
    working.
    """

    def __init__(self, source: EndpointSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._memory: OrderedDict[tuple[str, str], _Memory] = OrderedDict()
        self._lookups: deque[datetime] = deque(maxlen=UNKNOWN_LOOKUPS_PER_SECOND_MAX)

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        """The endpoint, at most AGE_MAX old; STALE_AGE_MAX when the source is silent."""
        now, name = self._clock.now(), (rail, endpoint_key)
        memory = self._memory.get(name)
        if memory is not None and now - memory.read_at < AGE_MAX:
            return memory.endpoint
        if memory is None or memory.endpoint is None:
            self._ration(now)
        try:
            return self._look_up(name, now)
        except IntakeUnavailable:
            if (
                memory is not None
                and memory.endpoint is not None
                and now - memory.read_at < STALE_AGE_MAX
            ):
                return memory.endpoint
            raise

    def refresh(self, rail: str, endpoint_key: str) -> Endpoint | None:
        """Read again when the memory is older than REFRESH_AGE_MIN; None when it is not, or nothing
        changed.
        """
        now, name = self._clock.now(), (rail, endpoint_key)
        memory = self._memory.get(name)
        if memory is None or now - memory.read_at < REFRESH_AGE_MIN:
            return None
        before = memory.endpoint
        newer = self._look_up(name, now)
        return newer if newer != before else None

    def _look_up(self, name: tuple[str, str], now: datetime) -> Endpoint | None:
        endpoint = self._source.read(*name)
        self._memory[name] = _Memory(endpoint, now)
        self._memory.move_to_end(name)
        if len(self._memory) > REMEMBERED_MAX:
            self._forget_one()
        return endpoint

    def _forget_one(self) -> None:
        """The oldest unknown address goes first, so that a flood of them cannot drive out a known
        one.
        """
        unknown = next(
            (name for name, memory in self._memory.items() if memory.endpoint is None), None
        )
        if unknown is None:
            self._memory.popitem(last=False)
        else:
            del self._memory[unknown]

    def _ration(self, now: datetime) -> None:
        full = len(self._lookups) == UNKNOWN_LOOKUPS_PER_SECOND_MAX
        if full and now - self._lookups[0] < timedelta(seconds=1):
            raise IntakeUnavailable("too many unknown addresses")
        self._lookups.append(now)
