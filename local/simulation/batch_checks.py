"""What holds of batches: counters add up after every write; at rest all are over, none holds on."""

from __future__ import annotations

from collections.abc import Iterable

from local.simulation.broken import broken
from local.simulation.watched_store import Written
from rowcol.domain.batch import Batch
from rowcol.domain.batch_items import BatchResults, ItemOutcome
from rowcol.domain.payment import Payment


def check_batch_write(written: Written) -> None:
    """Each results row continues the ones before it, and is written with its batch, once."""
    batches = {put.id: put for put in written.commit.puts if isinstance(put, Batch)}
    for batch in batches.values():
        before = written.before[(batch.kind, batch.id)]
        done = before.done if isinstance(before, Batch) else 0
        rows = [
            put
            for put in written.commit.puts
            if isinstance(put, BatchResults) and put.id.startswith(f"{batch.id}-")
        ]
        for row in sorted(rows, key=lambda row: row.first):
            if row.version or [each.index for each in row.items] != list(
                range(done, done + len(row.items))
            ):
                broken("each item has one result", f"{row.id} after {done}")
            done += len(row.items)
        sums = (batch.ok + batch.failed, batch.ends[-1] if batch.ends else 0, done)
        if len(set(sums)) != 1 or batch.pending < 0 or batch.skipped > batch.failed:
            broken("batch counters add up", f"{batch} after {before}")


def check_batches(items: Iterable[object]) -> None:
    """At rest: every batch is over, its results add up, and no payment is claimed."""
    batches: list[Batch] = []
    rows: list[BatchResults] = []
    for item in items:
        if isinstance(item, Batch):
            batches.append(item)
        elif isinstance(item, BatchResults):
            rows.append(item)
        elif isinstance(item, Payment) and item.batch_id is not None:
            broken("no claim outlives its batch", item.id)
    for batch in batches:
        results = [each for row in rows if row.id.startswith(f"{batch.id}-") for each in row.items]
        ok = sum(each.outcome is ItemOutcome.OK for each in results)
        if not batch.is_over or (ok, len(results)) != (batch.ok, batch.submitted):
            broken("every batch comes to its end", f"{batch}: {ok} of {len(results)}")
