"""What became of a batch's items, in the order in which they were asked."""

from __future__ import annotations

from rowcol.domain.batch import Batch, rows_between
from rowcol.domain.batch_items import BatchResults, ItemResult
from rowcol.service.store import Books


def results_of(
    books: Books, batch: Batch, start: int = 0, stop: int | None = None
) -> tuple[ItemResult, ...]:
    """Results of the positions from `start` up to `stop` that have one."""
    last = batch.done if stop is None else min(stop, batch.done)
    names = rows_between(batch, start, last)
    rows = books.get_many(BatchResults, names)
    return tuple(each for name in names for each in rows[name].items if start <= each.index < last)
