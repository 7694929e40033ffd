"""A batch: up to 1,000 items asked for at once, done in chunks, resumable after each of them.

What was asked is written once (BatchInput); each chunk writes its results once (BatchResults) in
the transaction that does its items. So the batch's own row stays small, and a chunk that was done
can never be done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from rowcol.domain.refusal import Code
from rowcol.domain.scope import Actor

ITEMS_MAX = 1000
RESULTS_PER_ROW_MAX = 100
# DynamoDB's item has 400 KB, its transaction 4 MB; the rest is left to what is written beside.
INPUT_ROW_BYTES_MAX = 200_000
INPUT_BYTES_MAX = 3_000_000


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
# No item was changed yet, and none need be.
UNCOMMITTED = frozenset({BatchState.RUNNING, BatchState.PREPARED})


class ItemOutcome(StrEnum):
    """What became of one item. Skipped: the batch was cancelled before its turn."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of one position of the list; `index` counts from 0.

    `code`, `detail` and `numbers` are those of the refusal that the single command would have met.
    `version`: the item's after the change. `line`: where it stood in an imported file.
    """

    index: int
    id: str | None
    outcome: ItemOutcome
    code: Code | None = None
    detail: str | None = None
    numbers: dict[str, object] = field(default_factory=dict)
    version: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """A failed item as the log names it; its reason in full is in the results."""

    index: int
    id: str | None
    code: Code


@dataclass(frozen=True, slots=True)
class BatchInput:
    """A part of what was asked, in order; each item is an id or the canonical JSON of a record."""

    id: str
    version: int
    items: tuple[str, ...]

    kind = "batch_input"

    @property
    def list_key(self) -> str | None:
        """Found through its batch."""
        return None

    @property
    def due_at(self) -> datetime | None:
        """Never due."""
        return None


@dataclass(frozen=True, slots=True)
class BatchResults:
    """Results of the positions from `first` on, in order. Created once, never changed."""

    id: str
    version: int
    first: int
    items: tuple[ItemResult, ...]

    kind = "batch_results"

    @property
    def list_key(self) -> str | None:
        """Found through its batch."""
        return None

    @property
    def due_at(self) -> datetime | None:
        """Never due."""
        return None


class MissingResults(Exception):
    """Results that do not continue the ones before, or more than were asked: a defect."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The row that each chunk rewrites. submitted = ok + failed + pending, always.

    `failed` counts skipped items too; `skipped` says how many of them. `ends`: for each results
    row, the position after its last. `claimed`: so many positions from the first may hold a claim.
    `troubles`: how often in a row a chunk met a defect. `due`: when the minute sweep resumes it.
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

    kind = "batch"

    @property
    def list_key(self) -> str | None:
        """Found by its id, which its Idempotency-Key gives."""
        return None

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


def input_row_id(batch_id: str, row: int) -> str:
    """Id of one part of what was asked."""
    return f"{batch_id}-i{row}"


def results_row_id(batch_id: str, row: int) -> str:
    """Id of one chunk's results."""
    return f"{batch_id}-r{row}"


def input_rows(batch_id: str, items: Sequence[str]) -> tuple[BatchInput, ...]:
    """What was asked, as rows that each fit into an item of the store."""
    parts: list[list[str]] = []
    used = INPUT_ROW_BYTES_MAX
    for item in items:
        size = len(item.encode(errors="surrogatepass"))
        if used + size > INPUT_ROW_BYTES_MAX:
            parts.append([])
            used = 0
        parts[-1].append(item)
        used += size
    return tuple(
        BatchInput(input_row_id(batch_id, row), 0, tuple(part)) for row, part in enumerate(parts)
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


def repeated(items: Sequence[str]) -> frozenset[int]:
    """Positions whose item stands earlier in the list already."""
    return frozenset(_repeated(items))


def _repeated(items: Sequence[str]) -> Iterator[int]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item in seen:
            yield index
        seen.add(item)


def refused_items(results: Sequence[ItemResult]) -> tuple[RefusedItem, ...]:
    """What of some results the log names."""
    return tuple(
        RefusedItem(each.index, each.id, each.code) for each in results if each.code is not None
    )
