"""The worker of batches: carries one on for as long as it may, then hands over to the next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rowcol.domain.batch import Batch
from rowcol.domain.scope import valid_id
from rowcol.edge.decision_batch_tasks import decision_step
from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput, scope_of
from rowcol.service.bulk.run import advance
from rowcol.service.bulk.verb import Verbs
from rowcol.service.bulk.verbs import VERBS
from rowcol.service.environment import Environment


def run(environment: Environment, event: Mapping[str, Any], until: datetime) -> dict[str, object]:
    """A step of the decision batch machine, or one run of a client's batch."""
    if "step" in event:
        return decision_step(environment, event, until)
    return carry_on(environment, event, until)


def carry_on(
    environment: Environment,
    event: Mapping[str, Any],
    until: datetime,
    verbs: Verbs = VERBS,
) -> dict[str, object]:
    """One invocation: `{"firm", "client", "batch"}`. Raises BadTaskInput, and defects of plans.

    One that got nowhere does not call the next: the minute sweep tries again.
    """
    scope, batch_id = scope_of(event), event.get("batch")
    if not (isinstance(batch_id, str) and valid_id(batch_id)):
        raise BadTaskInput("batch is needed")
    before = environment.store.books(scope).get(Batch, batch_id)
    batch = advance(environment, scope, batch_id, until, verbs)
    if not batch.is_over and before is not None and _mark(batch) != _mark(before):
        environment.executions.advance_batch(scope, batch_id)
    line(
        "batch",
        client=scope.client,
        batch=batch_id,
        state=batch.state.value,
        done=batch.done,
        pending=batch.pending,
    )
    return {"state": batch.state.value, "pending": batch.pending}


def _mark(batch: Batch) -> tuple[object, ...]:
    return batch.state, batch.done, batch.claimed
