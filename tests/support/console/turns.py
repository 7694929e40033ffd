"""Several people at work at once, of whom one moves at a time: a seed is one interleaving.

Each runs in a thread of its own, but only the one that holds the turn goes on. At every call of the
store the turn may pass to another.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence

SWITCH = 0.35
STUCK_SECONDS = 60.0


def seeded(name: str) -> random.Random:
    """Chance that a name decides: the same for the same name."""
    return random.Random(name)  # noqa: S311  # repeatable, not secret


class Stuck(Exception):
    """Nobody gave the turn back in time: a defect of the test."""


class Turns:
    """Who moves. `pause_point` is called where another may go on."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._alive: list[int] = []
        self._turns: list[threading.Semaphore] = []
        self._me = threading.local()
        self._done = threading.Event()
        self._failures: list[BaseException] = []

    def pause_point(self, _call: str = "") -> None:
        """Another may go on here."""
        me = getattr(self._me, "index", None)
        if me is None or self._failures or self._chance.random() >= SWITCH:
            return
        following = self._chance.choice(self._alive)
        if following != me:
            self._turns[following].release()
            self._wait(me)

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run all to their ends. Raises the first failure."""
        self._alive = list(range(len(tasks)))
        self._turns = [threading.Semaphore(0) for _ in tasks]
        threads = [
            threading.Thread(target=self._run, args=(index, task), daemon=True)
            for index, task in enumerate(tasks)
        ]
        for thread in threads:
            thread.start()
        self._turns[self._chance.choice(self._alive)].release()
        if not self._done.wait(STUCK_SECONDS):
            raise Stuck
        for thread in threads:
            thread.join(STUCK_SECONDS)
        if self._failures:
            raise self._failures[0]

    def _run(self, index: int, task: Callable[[], None]) -> None:
        self._me.index = index
        self._wait(index)
        try:
            if not self._failures:
                task()
        except BaseException as failure:  # noqa: BLE001 - told to who runs the test
            self._failures.append(failure)
        self._alive.remove(index)
        if self._alive:
            self._turns[self._chance.choice(self._alive)].release()
        else:
            self._done.set()

    def _wait(self, index: int) -> None:
        if not self._turns[index].acquire(timeout=STUCK_SECONDS):
            raise Stuck
