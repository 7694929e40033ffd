"""How decisions over many clients stand: the parts' own counters, added up when looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.batch import Batch
from rowcol.domain.decision_batch import DecisionBatch, Standing, standing
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment

Standings = Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class Sums:
    """Counters of some parts together: submitted = ok + failed + pending, always."""

    submitted: int
    ok: int
    failed: int
    skipped: int
    pending: int


def read_standings(environment: Environment, scope: Scope, batch: DecisionBatch) -> Standings:
    """Each client's part, in the order in which they were named: one call a hundred clients."""
    wanted = {part.client: batch.id for part in batch.parts}
    found = environment.store.across(scope.firm, Batch, wanted)
    return {part.client: standing(batch, part, found.get(part.client)) for part in batch.parts}


def sums(standings: Standings, refused: int = 0) -> Sums:
    """Counters together; `refused`: items that are no client's part."""
    every = tuple(standings.values())
    ok, failed = sum(each.ok for each in every), sum(each.failed for each in every) + refused
    submitted = sum(each.submitted for each in every) + refused
    skipped = sum(each.skipped for each in every)
    return Sums(submitted, ok, failed, skipped, submitted - ok - failed)


def all_over(standings: Standings) -> bool:
    """Whether nothing is left to do for any client."""
    return all(each.is_over for each in standings.values())


def last_progress(standings: Standings) -> datetime | None:
    """When something was last written for one of the clients."""
    every = (each.progressed_at for each in standings.values())
    return max((at for at in every if at is not None), default=None)
