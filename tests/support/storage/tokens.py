"""A vault and a rail's token endpoint, for tests of kept tokens."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from rowcol.domain.scope import Scope
from rowcol.service.connections import Granted
from rowcol.service.ports import Surroundings
from tests.conformance.world import MovableClock


class PlainSealer:
    """Seals by writing the context in front, so that a wrong one shows."""

    def __init__(self, context: dict[str, str]) -> None:
        self.context = context

    def seal(self, secret: str) -> str:
        return f"{sorted(self.context.items())}|{secret}"


class PlainVault:
    """Opens what PlainSealer sealed, for the same owner."""

    def __init__(self) -> None:
        self.opened = 0

    def sealer(self, context: dict[str, str]) -> PlainSealer:
        return PlainSealer(context)

    def open(self, sealed: str, context: dict[str, str]) -> str:
        bound, _, secret = sealed.rpartition("|")
        assert bound == str(sorted(context.items()))
        self.opened += 1
        return secret


class Endpoint:
    """Grants numbered tokens for an hour; like QBO, kills what is refreshed twice at once."""

    def __init__(self, clock: MovableClock, during: Callable[[], None] = lambda: None) -> None:
        self.clock = clock
        self.during = during
        self.asked: list[str] = []
        self.killed = False
        self._busy = threading.Lock()

    def refresh(self, refresh_token: str) -> Granted:
        if not self._busy.acquire(blocking=False):
            self.killed = True
            return self._granted()
        try:
            self.asked.append(refresh_token)
            self.during()
            return self._granted()
        finally:
            self._busy.release()

    def _granted(self) -> Granted:
        number = len(self.asked)
        return Granted(f"access-{number}", self._in_an_hour(), f"refresh-{number}")

    def _in_an_hour(self) -> datetime:
        return self.clock.now() + timedelta(hours=1)


def surroundings_of(clock: MovableClock, pause: Callable[[float], None]) -> Surroundings:
    """`pause` may move the clock, or really wait."""

    class NoIds:
        def new(self, prefix: str) -> str:
            raise AssertionError(prefix)

    return Surroundings(clock, NoIds(), random.Random(1), pause)  # noqa: S311 - seeded on purpose


OWNER = Scope("oak", "bluebird")
