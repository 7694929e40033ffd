"""What was asked of a batch, item by item, and what became of each: rows beside the batch's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.refusal import Code

ITEMS_MAX = 1000
RESULTS_PER_ROW_MAX = 100
# DynamoDB's item has 400 KB, its transaction 4 MB; the rest is left to what is written beside.
INPUT_ROW_BYTES_MAX = 200_000
INPUT_BYTES_MAX = 3_000_000


class ItemOutcome(StrEnum):
    """What became of one item. Skipped: the batch was cancelled before its turn."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of one position of the list; `index` counts from 0.

    `code`, `detail` and `numbers` are those of the refusal that the single command would have met.
    `version`: the item's after the change. `line`: where it stood in an imported file. `remedy` and
    `link`: what would make it possible. `state`: of the decision, or of the item of the tray;
    `payment_id`: made by it.
    """

    index: int
    id: str | None
    outcome: ItemOutcome
    code: Code | None = None
    detail: str | None = None
    numbers: dict[str, object] = field(default_factory=dict)
    version: int | None = None
    line: int | None = None
    remedy: str | None = None
    link: str | None = None
    state: str | None = None
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """A failed item as the log names it; its reason in full is in the results."""

    index: int
    id: str | None
    code: Code


@dataclass(frozen=True, slots=True)
class BatchInput(Unlisted, NeverDue):
    """A part of what was asked, in order; each item is an id or the canonical JSON of a record."""

    id: str
    version: int
    items: tuple[str, ...]

    kind = "batch_input"


@dataclass(frozen=True, slots=True)
class BatchResults(Unlisted, NeverDue):
    """Results of the positions from `first` on, in order. Created once, never changed."""

    id: str
    version: int
    first: int
    items: tuple[ItemResult, ...]

    kind = "batch_results"


def input_row_id(batch_id: str, row: int) -> str:
    """Id of one part of what was asked."""
    return f"{batch_id}-i{row}"


def results_row_id(batch_id: str, row: int) -> str:
    """Id of one chunk's results."""
    return f"{batch_id}-r{row}"


def input_rows(batch_id: str, items: Sequence[str]) -> tuple[BatchInput, ...]:
    """What was asked, as rows that each fit into an item of the store."""
    parts: list[list[str]] = []
    used = 0
    for item in items:
        size = len(item.encode(errors="surrogatepass"))
        if not parts or used + size > INPUT_ROW_BYTES_MAX:
            parts.append([])
            used = 0
        parts[-1].append(item)
        used += size
    return tuple(
        BatchInput(input_row_id(batch_id, row), 0, tuple(part)) for row, part in enumerate(parts)
    )


def repeated(names: Sequence[str | None]) -> frozenset[int]:
    """Positions whose name stands earlier in the list already; items without one never repeat."""
    return frozenset(_repeated(names))


def _repeated(names: Sequence[str | None]) -> Iterator[int]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name is None:
            continue
        if name in seen:
            yield index
        seen.add(name)


def refused_items(results: Sequence[ItemResult]) -> tuple[RefusedItem, ...]:
    """What of some results the log names."""
    return tuple(
        RefusedItem(each.index, each.id, each.code) for each in results if each.code is not None
    )
