"""Stop decisions over many clients, or have them gone on with: what is done stays done."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.batch import BatchState
from rowcol.domain.decision_batch import DecisionBatch, DecisionsState, shown
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.service.bulk.steps import RESUMED_AFTER
from rowcol.service.change import Change
from rowcol.service.decision_batches.standing import read_standings
from rowcol.service.environment import Environment


def cancel_decisions(
    environment: Environment, scope: Scope, change: Change, batch_id: str
) -> DecisionBatch | Refusal:
    """Skip what has no result yet: a part that has not begun never begins, others stop.

    A client's part that is committed goes on. Refused: `not_found`; `wrong_state` when all is over
    or cancelled already; `too_late` when nothing is left that could be skipped.
    """
    batch = change.get(DecisionBatch, batch_id)
    if batch is None:
        return Refusal(Code.NOT_FOUND, "no such batch")
    if batch.state is not DecisionsState.RUNNING:
        return _not_running(batch)
    standings = read_standings(environment, scope, batch)
    late = all(each.is_over or each.state is BatchState.COMMITTED for each in standings.values())
    if late:
        return Refusal(
            Code.TOO_LATE,
            "everything in it is done, or decided to be done",
            {"pending": sum(each.pending for each in standings.values())},
        )
    due = change.now + RESUMED_AFTER
    cancelled = replace(
        batch, state=DecisionsState.CANCELLED, cancelled_by=change.actor.id, due=due
    )
    change.put(cancelled)
    change.state("decisions.cancelled", decisions=shown(cancelled))
    return cancelled


def resume_decisions(change: Change, batch_id: str) -> DecisionBatch | Refusal:
    """Have it gone on with now, by a new execution; repeats are safe.

    Refused: `not_found`; `wrong_state` when it is over or cancelled.
    """
    batch = change.get(DecisionBatch, batch_id)
    if batch is None:
        return Refusal(Code.NOT_FOUND, "no such batch")
    if batch.state is not DecisionsState.RUNNING:
        return _not_running(batch)
    change.state("decisions.resumed", decisions=shown(batch))
    return batch


def _not_running(batch: DecisionBatch) -> Refusal:
    return Refusal(
        Code.WRONG_STATE, f"the batch is {batch.state.value}", {"state": batch.state.value}
    )
