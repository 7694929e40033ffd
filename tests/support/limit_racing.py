"""Sixteen people at work at once, each with a clock and ids of their own, on one store."""

from __future__ import annotations

import random
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Barrier
from typing import Any

from local.simulation.clock import SimulatedClock
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.service.change import Contention
from rowcol.service.environment import Environment
from rowcol.service.ports import Surroundings
from tests.support.limits import FIRM, House, folded, stored_payments

WRITERS = 16
ZONE = "America/New_York"
CLIENTS = {f"client-{number}": ZONE for number in range(WRITERS)}


@dataclass
class OwnIds:
    """Ids of one writer."""

    writer: int
    numbers: Iterator[int] = field(default_factory=count)

    def new(self, prefix: str) -> str:
        """The next id."""
        return f"{prefix}_{self.writer}_{next(self.numbers)}"


class Writer(House):
    """Somebody at work in another process; a real backoff is divided by `hurry`."""

    def __init__(self, house: House, number: int, hurry: int) -> None:
        self.number = number
        self.client = f"client-{number}"
        self.store = house.store
        self.clock = SimulatedClock(house.clock.now())
        self.chance = random.Random(number)  # noqa: S311  # seeded
        surroundings = Surroundings(
            self.clock, OwnIds(number), self.chance, lambda seconds: time.sleep(seconds / hurry)
        )
        nothing: Any = None
        self.environment = Environment(house.store, nothing, nothing, nothing, surroundings)

    def until_done(self, work: Callable[[], Payment | Refusal]) -> Payment | Refusal:
        """As a client does that is told to come again."""
        while True:
            try:
                return work()
            except Contention:
                continue


def race(house: House, work: Callable[[Writer], Tally[str]], hurry: int) -> Tally[str]:
    """All start together; adds up the answers. Counters are the sum of the payments after it."""
    start = Barrier(WRITERS)

    def run(number: int) -> Tally[str]:
        start.wait(20)
        return work(Writer(house, number, hurry))

    with ThreadPoolExecutor(WRITERS) as pool:
        answers: Tally[str] = sum(pool.map(run, range(WRITERS)), Tally())
    check_counters(house)
    return answers


def check_counters(house: House) -> None:
    """Every counter that a payment touches is exactly what the payments hold of it."""
    for (scope, name), held in folded(stored_payments(house.store, FIRM, CLIENTS)).items():
        assert house.store.books(scope).counters([name])[name] == held, name


def word(result: Payment | Refusal) -> str:
    """The answer in a word."""
    return result.code.value if isinstance(result, Refusal) else "paid"
