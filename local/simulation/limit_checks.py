"""Limits at every write: usage moves by what its payments do, and no person passes a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.simulation.broken import broken
from local.simulation.watched_store import Written
from rowcol.domain.bill import Bill
from rowcol.domain.limits import Limits, LimitSet
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.scope import ActorKind, Scope
from rowcol.service.limit_changes import Target
from rowcol.service.limit_usage import Day, Usage, days_of, usage_of, usage_of_claim

Moves = dict[tuple[Scope, str], tuple[int, int]]


class LimitChecks:
    """Checks each commit by itself. `items`: the store, as it is right after the write."""

    def __init__(self, items: Callable[[], Mapping[Any, Any]]) -> None:
        self._items = items
        self._totals: dict[tuple[Scope, str], int] = {}
        self.grown_under_a_limit = 0

    def __call__(self, written: Written) -> None:
        """Check one write. Raises InvariantBroken."""
        wanted = self._wanted(written)
        moved = {(move.scope, move.id): (move.total, move.used) for move in written.commit.counters}
        if moved != wanted:
            broken("usage moves by what payments do", f"counters {moved}, payments {wanted}")
        for key, (total, _) in moved.items():
            self._totals[key] = self._totals.get(key, 0) + total
        if written.commit.entries and written.commit.entries[0].actor.kind is ActorKind.PERSON:
            self._within(written, wanted)

    def _wanted(self, written: Written) -> Moves:
        moves: Moves = {}
        for put in written.commit.puts:
            if not isinstance(put, Payment | Bill):
                continue
            before = written.before[(put.kind, put.id)]
            for held, sign in ((before, -1), (put, 1)):
                self._add(moves, held, written.commit.scope, sign)
        return {key: move for key, move in moves.items() if move != (0, 0)}

    def _add(self, moves: Moves, what: object, scope: Scope, sign: int) -> None:
        """What a payment holds, or the claim on a bill."""
        usage: Usage = {}
        if isinstance(what, Payment):
            usage = usage_of(what, scope)
        elif isinstance(what, Bill):
            usage = usage_of_claim(what, scope)
        for day, held in usage.items():
            key = (day.scope(scope), day.counter)
            total, used = moves.get(key, (0, 0))
            moves[key] = (total + sign * held.total, used + sign * held.used)

    def _within(self, written: Written, moves: Moves) -> None:
        """What a person's write adds is within what holds right now, at each of its levels."""
        scope = written.commit.scope
        for put in written.commit.puts:
            if not isinstance(put, Payment) or not usage_of(put, scope):
                continue
            for day in days_of(put, scope):
                key = (day.scope(scope), day.counter)
                if moves.get(key, (0, 0))[0] <= 0:
                    continue
                limits = self._limits(scope, day)
                self._one(put.amount, limits.per_transaction, "a payment")
                self._one(Money(self._totals[key], day.currency), limits.per_day, str(day))

    def _one(self, amount: Money, limit: Money | None, what: str) -> None:
        if limit is None:
            return
        self.grown_under_a_limit += 1
        if amount > limit:
            broken("no person passes a limit", f"{amount} of {limit} for {what}")

    def _limits(self, scope: Scope, day: Day) -> LimitSet:
        target = Target(day.level, day.subject)
        place = target.scope(scope.firm)
        found = self._items().get((place.firm, place.client, Limits.kind, target.id))
        return found.limits if isinstance(found, Limits) else LimitSet()
