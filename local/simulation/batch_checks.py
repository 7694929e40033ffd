"""What holds of batches: counters add up after every write; at rest all are over, none holds on."""

from __future__ import annotations

from collections.abc import Iterable

from local.simulation.broken import broken
from local.simulation.watched_store import Written
from rowcol.domain.batch import Batch
from rowcol.domain.batch_items import BatchResults, ItemOutcome
from rowcol.domain.bill import Bill
from rowcol.domain.decision_batch import DecisionBatch, DecisionsState
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
    """At rest: every batch is over, its results add up, and nothing is claimed.

    So are decisions of many clients, whose sums are those of their parts.
    """
    batches: list[Batch] = []
    rows: list[BatchResults] = []
    decisions: list[DecisionBatch] = []
    for item in items:
        if isinstance(item, Batch):
            batches.append(item)
        elif isinstance(item, BatchResults):
            rows.append(item)
        elif isinstance(item, DecisionBatch):
            decisions.append(item)
        elif isinstance(item, Payment | Bill) and _is_claimed(item):
            broken("no claim outlives its batch", item.id)
    for whole in decisions:
        _check_decisions(whole, [batch for batch in batches if batch.id == whole.id])
    for batch in batches:
        if batch.is_part:
            continue  # parts of several clients have one id, and so have their rows
        results = [each for row in rows if row.id.startswith(f"{batch.id}-") for each in row.items]
        ok = sum(each.outcome is ItemOutcome.OK for each in results)
        if not batch.is_over or (ok, len(results)) != (batch.ok, batch.submitted):
            broken("every batch comes to its end", f"{batch}: {ok} of {len(results)}")


def _is_claimed(item: Payment | Bill) -> bool:
    return item.batch_id is not None if isinstance(item, Payment) else item.claim is not None


def _check_decisions(whole: DecisionBatch, parts: list[Batch]) -> None:
    """Over, and the sum of its parts; a part that never began was skipped."""
    begun = sum(part.submitted for part in parts)
    never = sum(part.submitted for part in whole.parts) - begun
    ok, failed = sum(part.ok for part in parts), sum(part.failed for part in parts)
    told = (whole.ok, whole.failed, whole.submitted)
    wanted = (ok, failed + never + whole.refused, ok + failed + never + whole.refused)
    over = whole.state is DecisionsState.DONE and all(part.is_over for part in parts)
    if not over or told != wanted:
        broken("every batch of decisions comes to its end", f"{whole.id}: {told}, parts {wanted}")
