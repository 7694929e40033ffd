"""A batch: up to 1,000 items asked for at once, done in chunks, resumable after each of them.

What was asked is written once (BatchInput); each chunk writes its results once (BatchResults) in
the transaction that does its items. So the batch's own row stays small, and a chunk that was done
can never be done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import Unlisted
from rowcol.domain.batch_items import (
    RESULTS_PER_ROW_MAX,
    BatchResults,
    ItemOutcome,
    ItemResult,
    input_row_id,
    results_row_id,
)
from rowcol.domain.scope import Actor


class Mode(StrEnum):
    """Each item for itself, or none unless all."""

    INDEPENDENT = "independent"
    ALL_OR_NOTHING = "all_or_nothing"


class BatchState(StrEnum):
    """Where a batch is.

    `running`: items are being done, or claimed where it is all or nothing. `prepared`: all are
    claimed. `committed`: every one of them will be done. `failed`: all or nothing, and it was
    nothing.
    """

    RUNNING = "running"
    PREPARED = "prepared"
    COMMITTED = "committed"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED = frozenset({BatchState.DONE, BatchState.CANCELLED, BatchState.FAILED})


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch as the log shows it."""

    id: str
    verb: str
    mode: Mode
    state: BatchState
    submitted: int
    ok: int
    failed: int
    skipped: int
    pending: int


class MissingResults(Exception):
    """Results that do not continue the ones before, or more than were asked: a defect."""


@dataclass(frozen=True, slots=True)
class Batch(Unlisted):
    """The row that each chunk rewrites. submitted = ok + failed + pending, always.

    `failed` counts skipped items too; `skipped` says how many of them. `ends`: for each results
    row, the position after its last. `claimed`: so many positions from the first may hold a claim,
    the first of them since `claimed_since`.
    `troubles`: how often in a row a chunk met a defect. `due`: when the minute sweep resumes it.
    `is_part`: one client's part of decisions over many clients, which keep what was asked.
    """

    id: str
    version: int
    verb: str
    mode: Mode
    state: BatchState
    asked_by: Actor
    input_hash: str
    submitted: int
    input_rows: int
    created_at: datetime
    due: datetime | None = None
    ok: int = 0
    failed: int = 0
    skipped: int = 0
    claimed: int = 0
    ends: tuple[int, ...] = ()
    progressed_at: datetime | None = None
    troubles: int = 0
    claimed_since: datetime | None = None
    is_part: bool = False

    kind = "batch"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at this batch again."""
        return self.due

    @property
    def done(self) -> int:
        """Positions that have a result, from the first on."""
        return self.ok + self.failed

    @property
    def pending(self) -> int:
        """Positions without a result yet."""
        return self.submitted - self.done

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do: every position has a result and no claim is held."""
        return self.state in ENDED and self.claimed == 0

    def input_ids(self) -> tuple[str, ...]:
        """Ids of the rows that hold what was asked."""
        return tuple(input_row_id(self.id, row) for row in range(self.input_rows))

    def seconds_left(self, now: datetime) -> int | None:
        """Estimated seconds until it is over, from the pace so far; None before the first chunk.

        Claiming an item counts as much as doing it.
        """
        if self.is_over:
            return 0
        whole, did = self._work()
        if self.progressed_at is None or did == 0:
            return None
        spent = (self.progressed_at - self.created_at).total_seconds()
        return max(1, round(spent * (whole - did) / did))

    def _work(self) -> tuple[int, int]:
        """Steps in all and steps done; an item is a step, its claim another one."""
        if self.mode is Mode.INDEPENDENT:
            return self.submitted, self.done
        if self.state in ENDED:
            return self.submitted, self.submitted - self.claimed
        return 2 * self.submitted, self.claimed + self.done


def progress(batch: Batch) -> Progress:
    """What the log shows of it."""
    return Progress(
        batch.id,
        batch.verb,
        batch.mode,
        batch.state,
        batch.submitted,
        batch.ok,
        batch.failed,
        batch.skipped,
        batch.pending,
    )


def with_results(batch: Batch, results: Sequence[ItemResult]) -> tuple[Batch, BatchResults]:
    """The batch after its next positions have these results, and the row that keeps them.

    Raises MissingResults.
    """
    expected = range(batch.done, batch.done + len(results))
    if [each.index for each in results] != list(expected) or not results:
        raise MissingResults(f"{batch.id}: {len(results)} results at {batch.done}")
    if expected.stop > batch.submitted:
        raise MissingResults(f"{batch.id}: {expected.stop} results of {batch.submitted}")
    row = BatchResults(results_row_id(batch.id, len(batch.ends)), 0, batch.done, tuple(results))
    ok = sum(each.outcome is ItemOutcome.OK for each in results)
    skipped = sum(each.outcome is ItemOutcome.SKIPPED for each in results)
    return (
        replace(
            batch,
            ok=batch.ok + ok,
            failed=batch.failed + len(results) - ok,
            skipped=batch.skipped + skipped,
            ends=(*batch.ends, expected.stop),
        ),
        row,
    )


def with_all_results(
    batch: Batch, results: Sequence[ItemResult]
) -> tuple[Batch, tuple[BatchResults, ...]]:
    """The same for any number of results: in rows of at most RESULTS_PER_ROW_MAX."""
    rows: list[BatchResults] = []
    for start in range(0, len(results), RESULTS_PER_ROW_MAX):
        batch, row = with_results(batch, results[start : start + RESULTS_PER_ROW_MAX])
        rows.append(row)
    return batch, tuple(rows)


def rows_between(batch: Batch, start: int, stop: int) -> tuple[str, ...]:
    """Ids of the rows that hold the results of positions from `start` up to `stop`."""
    found: list[str] = []
    first = 0
    for row, end in enumerate(batch.ends):
        if first < stop and end > start:
            found.append(results_row_id(batch.id, row))
        first = end
    return tuple(found)
