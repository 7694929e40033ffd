"""One client's part of decisions over many clients: what was asked of it, and how it begins."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.batch import Batch, BatchState
from rowcol.domain.batch_items import BatchInput
from rowcol.domain.decision_batch import DecisionBatch, DecisionsState
from rowcol.domain.scope import Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.store import VersionCheck


class LostDecisions(Exception):
    """Decisions over many clients, or what was asked of them, are not there: a defect."""


def read_decisions(environment: Environment, firm: str, batch_id: str) -> DecisionBatch:
    """The batch as stored. Raises LostDecisions."""
    batch = environment.store.books(Scope(firm)).get(DecisionBatch, batch_id)
    if batch is None:
        raise LostDecisions(f"{firm}: {batch_id}")
    return batch


def items_of_part(environment: Environment, scope: Scope, batch: DecisionBatch) -> tuple[str, ...]:
    """What was asked of one client, in order: two calls at most. Raises LostDecisions."""
    place = batch.place(scope.client)
    wanted = batch.kept_at(place)
    rows = batch.rows_of(place)
    found = environment.store.books(Scope(scope.firm)).get_many(
        BatchInput, [name for name, _ in rows]
    )
    if len(found) != len(rows):
        raise LostDecisions(f"{batch.id}: {len(found)} of {len(rows)} rows of its input")
    return tuple(
        item
        for name, places in rows
        for at, item in zip(places, found[name].items, strict=True)
        if at in wanted
    )


@dataclass(frozen=True, slots=True)
class PartOf:
    """Which part of which decisions: what the steps of its batch look up."""

    environment: Environment
    scope: Scope
    batch_id: str

    def opening(self, change: Change) -> Batch | None:
        """The batch of this part as it begins; None once all was cancelled.

        Guarded: what has not begun when all is cancelled never begins.
        """
        above = self._above()
        if above.state is not DecisionsState.RUNNING:
            return None
        firm = Scope(self.scope.firm)
        change.checks.append(VersionCheck(firm, above.kind, above.id, above.version))
        part = above.parts[above.place(self.scope.client)]
        return Batch(
            above.id,
            0,
            above.verb,
            above.mode,
            BatchState.RUNNING,
            above.asked_by,
            above.input_hash,
            part.submitted,
            0,
            above.created_at,
            is_part=True,
        )

    def is_cancelled(self, _change: Change) -> bool:
        """Whether what is not done yet is to be skipped."""
        return self._above().state is DecisionsState.CANCELLED

    def _above(self) -> DecisionBatch:
        return read_decisions(self.environment, self.scope.firm, self.batch_id)
