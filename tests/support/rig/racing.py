"""Use cases raced by processes of their own: one store, one clock and one connection each."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from local.demo.firm import FIRM
from local.engine.deploy import client as connect
from rowcol.domain.bill import DecisionAction
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, ActorKind, Member, Scope
from rowcol.service.change import Asked, Contention, transact
from rowcol.service.decide import Decide, decide
from rowcol.service.environment import Environment
from rowcol.service.ports import Surroundings
from rowcol.service.stage import stage
from rowcol.service.store import Command, VersionCheck
from rowcol.storage.store import DynamoStore
from rowcol.storage.transaction import Tables
from rowcol.wiring import SortableIds

ASKED_AGAIN_MAX = 4
RACE_SECONDS_MAX = 90.0


@dataclass(frozen=True)
class Track:
    """Where a race is run: the engine, its tables, and how far its clock is ahead."""

    endpoint: str
    tables: Tables
    ahead: timedelta
    client: str


@dataclass(frozen=True)
class Runner:
    """What one process does: each (command, bill, idempotency key) in order."""

    person: str
    steps: tuple[tuple[str, str, str | None], ...]


Finish = Callable[[], "list[tuple[Runner, list[dict[str, Any]]]]"]


class _Clock:
    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


def environment_of(track: Track) -> Environment:
    """Use cases over the real store; what deciding never touches is left out."""
    clock = _Clock(track.ahead)
    dynamodb = connect("dynamodb", track.endpoint, retries={"total_max_attempts": 4})
    store = DynamoStore(track.tables, lambda: dynamodb, clock.now)
    ids: Any = SortableIds(clock)  # type: ignore[arg-type]  # any clock will do
    surroundings = Surroundings(clock, ids, random.SystemRandom(), time.sleep)
    nothing: Any = None
    return Environment(store, nothing, nothing, nothing, surroundings)


def act(
    environment: Environment, track: Track, runner: Runner, member: Member, step: Sequence[Any]
) -> dict[str, Any]:
    """One command as the API runs it: same use case, same guards; the answer as plain data."""
    command, bill, key = step
    scope = Scope(FIRM, track.client)

    def plan(change: Any) -> Any:
        if command == "stage":
            return stage(environment, change, bill)
        return decide(environment, change, Decide(bill, DecisionAction.PAY_NOW))

    def plain(result: Any) -> dict[str, object]:
        if isinstance(result, Refusal):
            return {"code": result.code.value}
        paid = result.payment.id if result.payment is not None else None
        return {"bill_id": result.bill.id, "payment_id": paid}

    result = transact(
        environment.store,
        environment.surroundings,
        scope,
        Actor(ActorKind.PERSON, runner.person),
        plan,
        asked=Asked.by(runner.person, key, [command, bill]) if key else None,
        answer=plain,
        checks=(VersionCheck(Scope(FIRM), member.kind, member.id, member.version),),
    )
    return result.answer if isinstance(result, Command) else plain(result)


def _run(track: Track, runner: Runner, start: Barrier, results: Any) -> None:
    answers: list[Any] = []
    try:
        environment = environment_of(track)
        member = environment.store.books(Scope(FIRM)).get(Member, runner.person)
        assert member is not None
        start.wait(RACE_SECONDS_MAX)
        answers += [_try(environment, track, runner, member, step) for step in runner.steps]
    finally:
        results.put((runner, answers))


def _try(
    environment: Environment, track: Track, runner: Runner, member: Member, step: Sequence[Any]
) -> dict[str, Any]:
    """The answer; who met too many others tries again, as the API's 503 asks."""
    for tried in range(ASKED_AGAIN_MAX):
        try:
            return act(environment, track, runner, member, step)
        except Contention:
            time.sleep(tried + random.random())  # noqa: S311 (spreads tries, guards nothing)
        except Exception as error:  # noqa: BLE001 (the race's result, whatever it is)
            return {"error": type(error).__name__}
    return {"error": Contention.__name__}


@contextmanager
def racing(track: Track, runners: Sequence[Runner]) -> Iterator[Finish]:
    """Start all runners at once; the value waits for them and gives each one's answers."""
    spawning = multiprocessing.get_context("spawn")
    start, results = spawning.Barrier(len(runners) + 1), spawning.Queue()
    processes = [
        spawning.Process(target=_run, args=(track, runner, start, results), daemon=True)
        for runner in runners
    ]
    for process in processes:
        process.start()
    start.wait(RACE_SECONDS_MAX)
    try:
        yield lambda: [results.get(timeout=RACE_SECONDS_MAX) for _ in processes]
    finally:
        for process in processes:
            process.join(RACE_SECONDS_MAX)
            assert process.exitcode == 0


def race(track: Track, runners: Sequence[Runner]) -> list[Mapping[str, Any]]:
    """Run all at once and give every answer."""
    with racing(track, runners) as finished:
        return [answer for _, answers in finished() for answer in answers]
