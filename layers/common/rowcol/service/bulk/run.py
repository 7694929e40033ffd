"""Carry batches on: in the request until its time is up, by the worker, after a crash by the sweep.

Whoever runs, and however many at once: the batch's version lets each step happen once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from rowcol.domain.batch import Batch
from rowcol.domain.batch_items import BatchInput
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.service.bulk.items import Work
from rowcol.service.bulk.steps import RESUMED_AFTER, LostBatch, Step
from rowcol.service.bulk.verb import Verbs, verb_of
from rowcol.service.bulk.verbs import VERBS
from rowcol.service.change import Change, Contention, transact
from rowcol.service.decision_batches.part import PartOf, items_of_part, read_decisions
from rowcol.service.environment import Environment
from rowcol.service.store import Books, Command, StoreUnavailable


class RefusedStep(Exception):
    """A step was refused as a whole, though each of its items was looked at: a defect."""


def advance(
    environment: Environment,
    scope: Scope,
    batch_id: str,
    until: datetime | None = None,
    verbs: Verbs = VERBS,
) -> Batch:
    """Take steps until the batch is over, or no new one may begin because it is `until`.

    Contention and a store that does not answer end it early: the batch is as the last step left it
    and can be resumed. Raises LostBatch, UnknownVerb, and what plans raise, which are defects: they
    are counted, so that no item stops the others for ever.
    """
    books = environment.store.books(scope)
    batch = _batch(books, batch_id)
    work = work_of(environment, books, batch, verbs)
    above = PartOf(environment, scope, batch_id) if batch.is_part else None
    step = Step(work, batch_id, above)
    return _run(environment, scope, step, batch, batch.asked_by, until) or batch


def advance_part(
    environment: Environment,
    scope: Scope,
    batch_id: str,
    until: datetime | None = None,
    verbs: Verbs = VERBS,
) -> Batch | None:
    """The same for one client's part of decisions, which its first step begins.

    None while it has not begun: all was cancelled before, or nothing could be written.
    """
    above = read_decisions(environment, scope.firm, batch_id)
    items = items_of_part(environment, scope, above)
    work = Work.of(environment, verb_of(verbs, above.verb), items)
    step = Step(work, batch_id, PartOf(environment, scope, batch_id))
    known = environment.store.books(scope).get(Batch, batch_id)
    return _run(environment, scope, step, known, above.asked_by, until)


def _run(
    environment: Environment,
    scope: Scope,
    step: Step,
    batch: Batch | None,
    actor: Actor,
    until: datetime | None,
) -> Batch | None:
    while _goes_on(environment, batch, until):
        try:
            batch = _step(environment, scope, step, actor)
        except (Contention, StoreUnavailable):
            break
        except Exception:
            _note_trouble(environment, scope, step)
            raise
        if batch is None:
            break
    return batch


def _goes_on(environment: Environment, batch: Batch | None, until: datetime | None) -> bool:
    over = batch is not None and batch.is_over
    return not over and (until is None or environment.now() < until)


def work_of(environment: Environment, books: Books, batch: Batch, verbs: Verbs = VERBS) -> Work:
    """What a batch was asked. Raises LostBatch, LostDecisions, UnknownVerb."""
    if batch.is_part:
        above = read_decisions(environment, books.scope.firm, batch.id)
        items = items_of_part(environment, books.scope, above)
        return Work.of(environment, verb_of(verbs, batch.verb), items)
    names = batch.input_ids()
    rows = books.get_many(BatchInput, names)
    if len(rows) != len(names):
        raise LostBatch(f"{batch.id}: {len(rows)} of {len(names)} rows of its input")
    items = tuple(item for name in names for item in rows[name].items)
    return Work.of(environment, verb_of(verbs, batch.verb), items)


def _step(environment: Environment, scope: Scope, step: Step, actor: Actor) -> Batch | None:
    result = transact(environment.store, environment.surroundings, scope, actor, step)
    if isinstance(result, Refusal | Command):
        raise RefusedStep(f"{step.batch_id}: {result}")
    return result


def _batch(books: Books, batch_id: str) -> Batch:
    batch = books.get(Batch, batch_id)
    if batch is None:
        raise LostBatch(batch_id)
    return batch


def _note_trouble(environment: Environment, scope: Scope, step: Step) -> None:
    """Count a defect; the sweep tries again in a while. Somebody else's step makes it void."""
    books = environment.store.books(scope)
    batch = books.get(Batch, step.batch_id)
    if batch is None and step.above is not None:
        _begin_in_trouble(environment, scope, step)
    elif batch is not None and not batch.is_over:
        due = None if batch.is_part else environment.now() + RESUMED_AFTER
        books.save(replace(batch, troubles=batch.troubles + 1, due=due))


def _begin_in_trouble(environment: Environment, scope: Scope, step: Step) -> None:
    """A part that met a defect before anything of it was written begins with it."""

    def plan(change: Change) -> bool:
        batch = step.above.opening(change) if step.above is not None else None
        if batch is not None and change.get(Batch, batch.id) is None:
            change.put(replace(batch, troubles=1))
        return True

    above = read_decisions(environment, scope.firm, step.batch_id)
    transact(environment.store, environment.surroundings, scope, above.asked_by, plan)


def nudge(environment: Environment, scope: Scope, batch_id: str) -> None:
    """The minute sweep's part: a batch that nobody writes to any more gets a worker."""
    books = environment.store.books(scope)
    batch = books.get(Batch, batch_id)
    now = environment.now()
    if batch is None or batch.due is None or batch.due > now:
        return
    if books.save(replace(batch, due=now + RESUMED_AFTER)):
        environment.executions.advance_batch(scope, batch_id)
