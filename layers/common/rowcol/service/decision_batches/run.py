"""Carry decisions over many clients on: in the request for a moment, then by the machine.

After a crash by the sweep. Whoever runs, and however many at once: each part's version lets each
step happen once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rowcol.domain.decision_batch import DecisionBatch, DecisionsState, shown
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.bulk.run import advance_part
from rowcol.service.bulk.steps import RESUMED_AFTER
from rowcol.service.bulk.verb import Verbs
from rowcol.service.bulk.verbs import VERBS
from rowcol.service.change import Change, Contention, transact
from rowcol.service.decision_batches.part import read_decisions
from rowcol.service.decision_batches.standing import all_over, last_progress, read_standings, sums
from rowcol.service.environment import Environment
from rowcol.service.store import StoreUnavailable


@dataclass(frozen=True, slots=True)
class PartDone:
    """How far one client's part came: whether it is over, and items without a result."""

    over: bool
    pending: int


def clients_to_do(environment: Environment, scope: Scope, batch_id: str) -> tuple[str, ...]:
    """Clients whose part is not over."""
    batch = read_decisions(environment, scope.firm, batch_id)
    if batch.state is DecisionsState.DONE:
        return ()
    standings = read_standings(environment, scope, batch)
    return tuple(client for client, each in standings.items() if not each.is_over)


def run_part(
    environment: Environment,
    scope: Scope,
    batch_id: str,
    until: datetime | None,
    verbs: Verbs = VERBS,
) -> PartDone:
    """Carry one client's part on until it is over or it is `until`. Raises what plans raise."""
    own = advance_part(environment, scope, batch_id, until, verbs)
    if own is not None:
        return PartDone(own.is_over, own.pending)
    batch = read_decisions(environment, scope.firm, batch_id)
    never = batch.state is not DecisionsState.RUNNING
    part = batch.parts[batch.place(scope.client)]
    return PartDone(never, 0 if never else part.submitted)


def run_here(
    environment: Environment,
    scope: Scope,
    batch_id: str,
    until: datetime | None,
    verbs: Verbs = VERBS,
) -> DecisionBatch:
    """Part after part until all are over or it is `until`; then the end is written."""
    for client in clients_to_do(environment, scope, batch_id):
        if until is not None and environment.now() >= until:
            break
        run_part(environment, Scope(scope.firm, client), batch_id, until, verbs)
    return close(environment, scope, batch_id)


def close(environment: Environment, scope: Scope, batch_id: str) -> DecisionBatch:
    """Write the end, once no part has anything left to do. The batch as it is then."""
    batch = read_decisions(environment, scope.firm, batch_id)
    standings = read_standings(environment, scope, batch)
    if batch.state is DecisionsState.DONE or not all_over(standings):
        return batch

    def plan(change: Change) -> DecisionBatch:
        current = change.get(DecisionBatch, batch_id)
        assert current is not None  # it was just read, and is never deleted
        if current.state is DecisionsState.DONE:
            return current
        # Parts that are over stay as they are: their sums are those of any later moment.
        of = sums(read_standings(environment, scope, current), current.refused)
        done = replace(
            current,
            state=DecisionsState.DONE,
            ok=of.ok,
            failed=of.failed,
            skipped=of.skipped,
            ended_at=change.now,
            due=None,
        )
        change.put(done)
        change.state("decisions.done", decisions=shown(done))
        return done

    try:
        ended = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    except (Contention, StoreUnavailable):
        return batch
    assert isinstance(ended, DecisionBatch)  # the plan refuses nothing and has no command
    return ended


def hand_over(environment: Environment, scope: Scope, batch: DecisionBatch) -> None:
    """Have the machine carry it on. Whoever is not the first to count a new attempt starts none."""
    if batch.state is DecisionsState.DONE:
        return
    due = environment.now() + RESUMED_AFTER
    counted = replace(batch, attempt=batch.attempt + 1, due=due)
    if environment.store.books(scope).save(counted):
        environment.executions.run_decisions(scope, batch.id, counted.attempt)


def nudge(environment: Environment, scope: Scope, batch_id: str) -> None:
    """The minute sweep's part: decisions that nobody works on any more get another execution."""
    batch = environment.store.books(scope).get(DecisionBatch, batch_id)
    now = environment.now()
    if batch is None or batch.due is None or batch.due > now:
        return
    standings = read_standings(environment, scope, batch)
    if all_over(standings):
        close(environment, scope, batch_id)
        return
    last = last_progress(standings)
    if last is not None and now - last < RESUMED_AFTER:
        environment.store.books(scope).save(replace(batch, due=last + RESUMED_AFTER))
        return
    hand_over(environment, scope, batch)
