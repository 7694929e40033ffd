"""The steps of a batch. Each is one write: a part of the items, their results, the batch's row.

Independent: chunks of items until all have a result. All or nothing: if all fit into one write,
that write; else claims in chunks, then one look at every item again in the write that commits,
then the items in chunks. A step planned again after a conflict starts from what is stored.

A batch that is one client's part of a larger one is not there before its first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from rowcol.domain.batch import (
    ENDED,
    Batch,
    BatchState,
    Mode,
    progress,
    with_all_results,
    with_results,
)
from rowcol.domain.batch_items import (
    RESULTS_PER_ROW_MAX,
    ItemOutcome,
    ItemResult,
    refused_items,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor
from rowcol.service.bulk.items import (
    Work,
    claim,
    let_go,
    plan_all,
    plan_chunk,
    read_in_blocks,
    refused,
    skipped,
)
from rowcol.service.change import Change
from rowcol.service.consequences import free_room
from rowcol.service.rights import forbidden, rights_of

# A batch that was not written to for so long is resumed by the minute sweep.
RESUMED_AFTER = timedelta(seconds=60)
# Claims keep people from their payments: a batch that cannot commit by then gives up.
CLAIMED_AT_MOST = timedelta(minutes=15)
# The age of a second factor counts from when a batch was asked, for so long.
ASKED_COUNTS = timedelta(hours=1)
# A chunk that met so many defects in a row gives its next item up.
TROUBLES_MAX = 5
# The batch's row, its results and its fact.
_BESIDE_A_CHUNK = 3
# The batch's row and its fact.
_BESIDE_CLAIMS = 2

_ANOTHER = Refusal(
    Code.ITEM_FAILED,
    "another item of the list failed, so none was done",
    remedy="take the failed items out, or ask for independent items",
)
_STUCK = Refusal(
    Code.CONFLICT,
    "it could not be carried out in several tries; nothing of it was done",
    remedy="ask for it alone",
)
_TOO_LONG = Refusal(
    Code.CONFLICT,
    "the items could not all be claimed in time; nothing of them was done",
    remedy="ask again",
)


class Above(Protocol):
    """The larger batch of which a batch is one client's part."""

    def opening(self, change: Change) -> Batch | None:
        """The part as it begins, guarded by the larger one; None when that does not go on."""
        ...

    def is_cancelled(self, change: Change) -> bool:
        """Whether what is not done yet is to be skipped."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of a batch, as a plan of `transact`. `above`: whose part it is."""

    work: Work
    batch_id: str
    above: Above | None = None

    def __call__(self, change: Change) -> Batch | None:
        """Plan it; nothing is put when nothing is left to do. None: a part never to begin."""
        change.batch_id = self.batch_id
        batch = change.get(Batch, self.batch_id)
        if batch is None:
            batch = self._opening(change)
        if batch is None or batch.is_over:
            return batch
        change.actor = _as_asked(batch, change)
        if batch.state in ENDED:
            return _release(self.work, change, batch)
        if batch.state is BatchState.COMMITTED:
            return _chunk(self.work, change, batch)
        if batch.version and self.above is not None and self.above.is_cancelled(change):
            return cancel(self.work, change, batch)
        against = _rights(self.work, change, batch)
        if against is not None:
            return _give_up(self.work, change, batch, against)
        if batch.mode is Mode.INDEPENDENT:
            return _chunk(self.work, change, batch)
        return _all_or_nothing(self.work, change, batch)

    def _opening(self, change: Change) -> Batch | None:
        if self.above is None:
            raise LostBatch(self.batch_id)
        return self.above.opening(change)


def _as_asked(batch: Batch, change: Change) -> Actor:
    """Who asked, with when; what was asked too long ago counts as asked now."""
    recent = change.now - batch.created_at <= ASKED_COUNTS
    return replace(batch.asked_by, asked_at=batch.created_at if recent else None)


class LostBatch(Exception):
    """A batch that was written is not there: a defect."""


def _rest(batch: Batch) -> range:
    return range(batch.done, batch.submitted)


def _rights(work: Work, change: Change, batch: Batch) -> Refusal | None:
    """Whether who asked may still ask; their membership guards the write."""
    client, needed = change.scope.client, work.verb.needs
    rights = rights_of(work.environment.store, change.scope.firm, batch.asked_by.id)
    detail = "the rights of who asked do not allow this any more"
    if rights is None:
        return forbidden(needed, None, client, detail)
    change.rights = rights
    change.checks.extend(rights.checks(client))
    return rights.refusal(client, needed, detail)


def _chunk(work: Work, change: Change, batch: Batch) -> Batch:
    """Do the next items, as many as fit; after a defect one at a time, and none for ever."""
    promised = batch.state is BatchState.COMMITTED
    if batch.troubles >= TROUBLES_MAX:
        let_go(work, change, batch.done, _STUCK if promised else None)
        results, troubles = [refused(work, batch.done, _STUCK)], 0
    else:
        at_most = 1 if batch.troubles else RESULTS_PER_ROW_MAX
        keep = _BESIDE_A_CHUNK
        results = plan_chunk(
            work, change, batch.done, keep=keep, at_most=at_most, promised=promised
        )
        troubles = min(1, batch.troubles)  # the item that made the trouble may be still to come
    batch, row = with_results(replace(batch, troubles=troubles), results)
    change.put(row)
    if batch.pending == 0:
        batch = replace(batch, state=BatchState.DONE, claimed=0)
    return _written(change, batch, "batch.advanced", results)


def _all_or_nothing(work: Work, change: Change, batch: Batch) -> Batch:
    """Look at all, claim all, look at all again and commit; or let all go."""
    if batch.troubles >= TROUBLES_MAX:
        return _give_up(work, change, batch, _STUCK)
    since = batch.claimed_since
    if since is not None and change.now - since > CLAIMED_AT_MOST:
        return _give_up(work, change, batch, _TOO_LONG)
    if batch.state is BatchState.RUNNING and batch.claimed:
        return _claim(work, change, batch)
    before = change.savepoint()
    results = plan_all(work, change)
    if any(each.outcome is not ItemOutcome.OK for each in results):
        change.roll_back(before)
        return _none_done(work, change, batch, results)
    if batch.state is BatchState.RUNNING and _fits(change, len(results)):
        ended = _all_results(change, batch, results, BatchState.DONE)
        return _written(change, ended, "batch.advanced", results)
    change.roll_back(before)
    if batch.state is BatchState.RUNNING:
        return _claim(work, change, batch)
    return _written(change, replace(batch, state=BatchState.COMMITTED), "batch.committed")


def _fits(change: Change, results: int) -> bool:
    rows = -(-results // RESULTS_PER_ROW_MAX)
    return free_room(change) >= _BESIDE_CLAIMS + rows


def _give_up(work: Work, change: Change, batch: Batch, why: Refusal) -> Batch:
    """Every remaining item fails for the same reason."""
    rest = [refused(work, index, why) for index in _rest(batch)]
    state = BatchState.DONE if batch.mode is Mode.INDEPENDENT else BatchState.FAILED
    return _written(change, _all_results(change, batch, rest, state), "batch.given_up", rest)


def _none_done(work: Work, change: Change, batch: Batch, results: Sequence[ItemResult]) -> Batch:
    """What failed keeps its code; what was fine failed with another's."""
    told = [
        refused(work, each.index, _ANOTHER) if each.outcome is ItemOutcome.OK else each
        for each in results
    ]
    ended = _all_results(change, batch, told, BatchState.FAILED)
    return _written(change, ended, "batch.refused", results)


def _claim(work: Work, change: Change, batch: Batch) -> Batch:
    """Claim the next payments: from now on only this batch, and facts of rails, change them."""
    start = change.savepoint()
    claimed = batch.claimed
    for index in read_in_blocks(work, change, range(batch.claimed, batch.submitted)):
        before = change.savepoint()
        against = claim(work, change, index)
        if against is not None:
            change.roll_back(start)
            results = [refused(work, each, _ANOTHER) for each in _rest(batch)]
            results[index] = refused(work, index, against)
            return _none_done(work, change, batch, results)
        if free_room(change) < _BESIDE_CLAIMS:
            change.roll_back(before)
            break
        claimed = index + 1
    batch = replace(batch, claimed=claimed, claimed_since=batch.claimed_since or change.now)
    if claimed == batch.submitted:
        batch = replace(batch, state=BatchState.PREPARED)
    return _written(change, batch, "batch.claimed")


def _release(work: Work, change: Change, batch: Batch) -> Batch:
    """Let payments go, from the last claimed one on."""
    claimed = batch.claimed
    for index in read_in_blocks(work, change, range(batch.claimed - 1, -1, -1)):
        before = change.savepoint()
        let_go(work, change, index)
        if free_room(change) < _BESIDE_CLAIMS:
            change.roll_back(before)
            break
        claimed = index
    return _written(change, replace(batch, claimed=claimed), "batch.released")


def cancel(work: Work, change: Change, batch: Batch) -> Batch:
    """Skip every item that has no result yet; claims are let go by the steps that follow."""
    why = "the batch was cancelled before its turn"
    rest = [skipped(work, index, why) for index in _rest(batch)]
    ended = _all_results(change, batch, rest, BatchState.CANCELLED)
    return _written(change, ended, "batch.cancelled")


def _all_results(
    change: Change, batch: Batch, results: Sequence[ItemResult], state: BatchState
) -> Batch:
    """Give every remaining item its result."""
    batch, rows = with_all_results(batch, results)
    for row in rows:
        change.put(row)
    return replace(batch, state=state)


def _written(change: Change, batch: Batch, fact: str, results: Sequence[ItemResult] = ()) -> Batch:
    """Put the batch's row and state what happened, refused items by their codes."""
    # The larger batch is looked at for its parts.
    due = None if batch.is_over or batch.is_part else change.now + RESUMED_AFTER
    batch = replace(batch, progressed_at=change.now, due=due)
    change.put(batch)
    change.state(fact, batch=progress(batch), refused=refused_items(results))
    return batch
