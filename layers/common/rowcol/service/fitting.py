"""As many of many as one write holds, whatever each of them turns out to need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rowcol.domain.scope import Actor, Scope
from rowcol.service.change import Change, transact
from rowcol.service.consequences import free_room
from rowcol.service.environment import Environment

T = TypeVar("T")
# So many are read at once: a write takes as many of them as it holds.
TOGETHER = 25
One = Callable[[Change, T], object]


def as_many_as_fit(change: Change, every: Sequence[T], one: One[T]) -> list[object]:
    """Plan one after another until the next would not fit; what each of those planned gave.

    At least one is planned: what does not fit alone is a defect, which the store tells.
    """
    given: list[object] = []
    for each in every:
        point = change.savepoint()
        found = one(change, each)
        if given and free_room(change) < 0:
            change.roll_back(point)
            break
        given.append(found)
    return given


def in_parts(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    every: Sequence[T],
    one: One[T],
    *,
    prepare: Callable[[Change, Sequence[T]], None] | None = None,
) -> int:
    """Do all of them in as few writes as hold them; of how many `one` said yes.

    `prepare` reads what several need, at once. A crash leaves whole ones done: a repeat goes on.
    """
    count, start = 0, 0
    while start < len(every):
        part = every[start : start + TOGETHER]

        def plan(change: Change, chunk: Sequence[T] = part) -> list[object]:
            if prepare is not None:
                prepare(change, chunk)
            return as_many_as_fit(change, chunk, one)

        given = transact(environment.store, environment.surroundings, scope, actor, plan)
        assert isinstance(given, list)  # the plan never refuses and has no command
        start += len(given)
        count += sum(bool(each) for each in given)
    return count
