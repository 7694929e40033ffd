"""Sixteen writers on one counter: its ceiling is never passed, no acknowledged move is lost.

Each writer keeps its own account of what was acknowledged; the counter must be the sum of them.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from rowcol.domain.chain import verify
from rowcol.domain.scope import Scope
from rowcol.service.store import Books, Committed, Conflict, Counter, CounterMove
from tests.conformance.races import together
from tests.conformance.world import BLUEBIRD, FIRM, Planned, World, next_commit

WRITERS = 16
TRIES_MAX = 2000
MOVES = 12
SHARED = "lim_firm-2026-11-20"


class Refused(Exception):
    """The ceiling does not allow the move."""


@dataclass
class Account:
    """What one writer was told is written, and how often it was refused."""

    total: int = 0
    used: int = 0
    moves: int = 0
    refused: int = 0


def client_of(writer: int) -> Scope:
    """A client of the writer's own: nothing but the firm's counter is shared."""
    return Scope(FIRM.firm, f"client-{writer}")


def apply_once(books: Books, one: CounterMove) -> None:
    """One acknowledged move, however many conflicts of other kinds there are. Raises Refused."""
    for _ in range(TRIES_MAX):
        outcome = books.commit(next_commit(books, Planned(counters=(one,))))
        if outcome == Committed():
            return
        assert isinstance(outcome, Conflict)
        # A stale head says nothing about the counter as it is now.
        if outcome.items == (f"counter/{one.id}",):
            raise Refused
    raise AssertionError("never won")


def try_move(books: Books, account: Account, one: CounterMove) -> bool:
    """Apply a move and keep account of it; False when it was refused."""
    try:
        apply_once(books, one)
    except Refused:
        account.refused += 1
        return False
    account.total += one.total
    account.used += one.used
    account.moves += 1
    return True


def take_until_full(books: Books, scope: Scope, step: int, ceiling: int) -> Account:
    """Reserve steps until one is refused."""
    account = Account()
    while try_move(books, account, CounterMove(scope, SHARED, step, 0, ceiling)):
        pass
    return account


def live(books: Books, scope: Scope, ceiling: int, seed: int, moves: int = MOVES) -> Account:
    """Reserve, use at once, use what is reserved, give back unused and used, in any order."""
    account, chance = Account(), random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(moves):
        reserved = account.total - account.used
        amount = chance.randint(1, ceiling // 6)
        choices = [CounterMove(scope, SHARED, amount, 0, ceiling)]
        choices.append(CounterMove(scope, SHARED, amount, amount, ceiling))
        if reserved:
            part = chance.randint(1, reserved)
            choices.append(CounterMove(scope, SHARED, 0, part, ceiling))
            choices.append(CounterMove(scope, SHARED, -part, 0))
        if account.used:
            part = chance.randint(1, account.used)
            choices.append(CounterMove(scope, SHARED, -part, -part))
        try_move(books, account, chance.choice(choices))
    return account


def accounts(results: list[object]) -> list[Account]:
    """What the writers kept; fails on any that raised."""
    kept = [result for result in results if isinstance(result, Account)]
    assert len(kept) == len(results), results
    return kept


def check_sum(counter: Counter, kept: list[Account], ceiling: int) -> None:
    """The counter is the sum of what was acknowledged, within its ceiling."""
    assert counter == Counter(sum(one.total for one in kept), sum(one.used for one in kept))
    assert 0 <= counter.used <= counter.total <= ceiling


class Watcher:
    """Reads a counter all the time; keeps whatever it should never have seen."""

    def __init__(self, books: Books, ceiling: int) -> None:
        self.wrong: list[Counter] = []
        self.reads = 0
        self._books, self._ceiling = books, ceiling
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._done.is_set():
            seen = self._books.counters([SHARED])[SHARED]
            self.reads += 1
            if not 0 <= seen.used <= seen.total <= self._ceiling:
                self.wrong.append(seen)

    def during(self, work: Callable[[], list[object]]) -> list[object]:
        """Watch while the work goes on."""
        self._thread.start()
        try:
            return work()
        finally:
            self._done.set()
            self._thread.join(timeout=60)


class CounterRaces:
    def test_sixteen_clients_fill_a_firms_limit_to_the_last_unit(self, world: World) -> None:
        ceiling = 40

        def work(writer: int) -> Account:
            return take_until_full(world.books(client_of(writer)), FIRM, 1, ceiling)

        kept = accounts(together(work, WRITERS))
        check_sum(world.books(FIRM).counters([SHARED])[SHARED], kept, ceiling)
        assert sum(one.total for one in kept) == ceiling
        assert all(one.refused == 1 for one in kept)

    def test_what_does_not_divide_leaves_less_than_a_step(self, world: World) -> None:
        ceiling, step = 100, 7

        def work(writer: int) -> Account:
            return take_until_full(world.books(client_of(writer)), FIRM, step, ceiling)

        kept = accounts(together(work, WRITERS))
        assert sum(one.total for one in kept) == ceiling // step * step
        check_sum(world.books(FIRM).counters([SHARED])[SHARED], kept, ceiling)

    def test_sixteen_writers_of_one_client_fill_its_limit(self, world: World) -> None:
        """They also conflict on the head, so each plans again; the log counts them as well."""
        ceiling = 24

        def work(_writer: int) -> Account:
            return take_until_full(world.books(), BLUEBIRD, 1, ceiling)

        kept = accounts(together(work, WRITERS))
        books = world.books()
        check_sum(books.counters([SHARED])[SHARED], kept, ceiling)
        head = books.head("USD")
        assert head.sequence == sum(one.moves for one in kept) == ceiling
        assert verify(BLUEBIRD, books.entries(), head.sequence, head.chain).intact

    def test_reserved_used_and_given_back_at_once_adds_up(self, world: World) -> None:
        ceiling = 120
        watcher = Watcher(world.books(FIRM), ceiling)

        def work(writer: int) -> Account:
            return live(world.books(client_of(writer)), FIRM, ceiling, seed=writer)

        kept = accounts(watcher.during(lambda: together(work, WRITERS)))
        check_sum(world.books(FIRM).counters([SHARED])[SHARED], kept, ceiling)
        assert watcher.wrong == []
        assert watcher.reads > 0
        assert sum(one.refused for one in kept) > 0, "the ceiling was never met"

    def test_one_of_many_takes_what_is_left(self, world: World) -> None:
        for number in range(4):
            name = f"lim-{number}"

            def work(writer: int, name: str = name) -> bool:
                books = world.books(client_of(writer))
                account = Account()
                return try_move(books, account, CounterMove(FIRM, name, 60, 60, 100))

            won = together(work, WRITERS)
            assert sorted(map(bool, won)) == [False] * (WRITERS - 1) + [True]
            assert world.books(FIRM).counters([name])[name] == Counter(60, 60)
