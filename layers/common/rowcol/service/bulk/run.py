"""Carry batches on: in the request until its time is up, by the worker, after a crash by the sweep.

Whoever runs, and however many at once: the batch's version lets each step happen once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from rowcol.domain.batch import Batch
from rowcol.domain.batch_items import BatchInput
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Scope
from rowcol.service.bulk.items import Work
from rowcol.service.bulk.steps import RESUMED_AFTER, LostBatch, Step
from rowcol.service.bulk.verb import Verbs, verb_of
from rowcol.service.bulk.verbs import VERBS
from rowcol.service.change import Contention, transact
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
    while _goes_on(environment, batch, until):
        try:
            batch = _step(environment, scope, batch, work)
        except (Contention, StoreUnavailable):
            break
        except Exception:
            note_trouble(environment, books, batch_id)
            raise
    return batch


def _goes_on(environment: Environment, batch: Batch, until: datetime | None) -> bool:
    return not batch.is_over and (until is None or environment.now() < until)


def work_of(environment: Environment, books: Books, batch: Batch, verbs: Verbs = VERBS) -> Work:
    """What a batch was asked. Raises LostBatch, UnknownVerb."""
    names = batch.input_ids()
    rows = books.get_many(BatchInput, names)
    if len(rows) != len(names):
        raise LostBatch(f"{batch.id}: {len(rows)} of {len(names)} rows of its input")
    items = [item for name in names for item in rows[name].items]
    return Work.of(environment, verb_of(verbs, batch.verb), items)


def _step(environment: Environment, scope: Scope, batch: Batch, work: Work) -> Batch:
    result = transact(
        environment.store,
        environment.surroundings,
        scope,
        batch.asked_by,
        Step(work, batch.id),
    )
    if isinstance(result, Refusal | Command):
        raise RefusedStep(f"{batch.id}: {result}")
    return result


def _batch(books: Books, batch_id: str) -> Batch:
    batch = books.get(Batch, batch_id)
    if batch is None:
        raise LostBatch(batch_id)
    return batch


def note_trouble(environment: Environment, books: Books, batch_id: str) -> None:
    """Count a defect; the sweep tries again in a while. Somebody else's step makes it void."""
    batch = books.get(Batch, batch_id)
    if batch is not None and not batch.is_over:
        due = environment.now() + RESUMED_AFTER
        books.save(replace(batch, troubles=batch.troubles + 1, due=due))


def nudge(environment: Environment, scope: Scope, batch_id: str) -> None:
    """The minute sweep's part: a batch that nobody writes to any more gets a worker."""
    books = environment.store.books(scope)
    batch = books.get(Batch, batch_id)
    now = environment.now()
    if batch is None or batch.due is None or batch.due > now:
        return
    if books.save(replace(batch, due=now + RESUMED_AFTER)):
        environment.executions.advance_batch(scope, batch_id)
