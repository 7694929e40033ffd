"""One seed: two to eight at work at once, and everything checked at each write and at the end."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from typing import Any

from local.simulation.broken import InvariantBroken, broken
from local.simulation.invariants import WriteChecks
from local.simulation.limit_checks import LimitChecks
from local.simulation.watched_store import Written
from rowcol.domain.chain import verify
from rowcol.domain.client import Client, Head
from rowcol.domain.scope import FIRM_WIDE, Scope
from tests.support.console.checks import PeopleChecks, open_reserves
from tests.support.console.firm import FIRM, OTHER_FIRM, Firms
from tests.support.console.people import Person
from tests.support.console.turns import Turns, seeded
from tests.support.console.world import World

ACTORS_MAX = 8


@dataclass
class Result:
    """How a seed went. `failure` is None when everything held."""

    seed: int
    failure: str | None = None
    trace: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)


class Console:
    """A seed in progress."""

    def __init__(self, seed: int) -> None:
        self.chance = seeded(f"turns/{seed}")
        self.writes = WriteChecks(self._client)
        self.limits = LimitChecks(lambda: self.firms.store.items)
        self.people = PeopleChecks(lambda: self.firms.store.items)
        self.firms = Firms(seed, self._written)
        self.firms.furnish()
        self.turns = Turns(self.chance)
        count = self.chance.randint(2, ACTORS_MAX)
        self.actors = [self._person(seed, number) for number in range(count)]
        self.world = World(self.firms, seeded(f"world/{seed}"))

    def _person(self, seed: int, number: int) -> Person:
        firm = OTHER_FIRM if number == ACTORS_MAX - 2 else FIRM
        chance = seeded(f"person/{seed}/{number}")
        return Person(self.firms, firm, chance.choice(self.firms.people[firm]), chance)

    def _written(self, written: Written) -> None:
        self.writes(written)
        self.limits(written)
        self.people(written)

    def _client(self, scope: Scope) -> Client | None:
        items: dict[Any, Any] = self.firms.store.items
        found: Client | None = items.get((scope.firm, scope.client, Client.kind, scope.client))
        return found

    def work(self) -> None:
        """All at once."""
        self.firms.store.on_call = self.turns.pause_point
        self.turns.run([*(actor.work for actor in self.actors), self.world.work])
        self.firms.store.on_call = lambda _call: None

    def check_rest(self) -> None:
        """The chains hold, and totals are what the bills say."""
        store = self.firms.store
        for scope, log in store.logs.items():
            head: Head = store.items[(scope.firm, scope.client, Head.kind, Head.id)]
            proof = verify(scope, log, head.sequence, head.chain)
            if not proof.intact:
                broken("the chain verifies", proof)
            if scope.client == FIRM_WIDE:
                continue
            told = (head.covered_total.minor, head.uncovered_total.minor)
            held = open_reserves(store.items, scope)
            if told != held:
                broken("the head's totals are the bills' reserves", f"{told} and {held}")


def run_seed(seed: int) -> Result:
    """Run one seed to its end or to its failure."""
    result = Result(seed)
    console = Console(seed)
    try:
        console.work()
        console.check_rest()
    except (InvariantBroken, Exception) as failure:  # noqa: BLE001 - any end is told
        result.failure = "".join(traceback.format_exception(failure))
    for actor in console.actors:
        result.trace += actor.trace
        for code, count in actor.codes.items():
            result.codes[code] = result.codes.get(code, 0) + count
    result.trace += console.world.trace
    result.facts = console.people.seen
    return result
