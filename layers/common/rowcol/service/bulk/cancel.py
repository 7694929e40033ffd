"""Stop a batch: what is not done yet is skipped, what is done stays."""

from __future__ import annotations

from rowcol.domain.batch import ENDED, Batch, BatchState
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.bulk import steps
from rowcol.service.bulk.items import Work
from rowcol.service.change import Change


def cancel_batch(work: Work, change: Change, batch_id: str) -> Batch | Refusal:
    """Skip the items that have no result. Claimed payments are let go by the steps that follow.

    Refused: `not_found`; `wrong_state` when it is over; `too_late` once all or nothing is all.
    """
    batch = change.get(Batch, batch_id)
    if batch is None:
        return Refusal(Code.NOT_FOUND, "no such batch")
    if batch.state in ENDED:
        return Refusal(
            Code.WRONG_STATE, f"the batch is {batch.state.value}", {"state": batch.state.value}
        )
    if batch.state is BatchState.COMMITTED:
        return Refusal(
            Code.TOO_LATE,
            "it is decided that every item of this batch is done",
            {"state": batch.state.value, "pending": batch.pending},
        )
    change.batch_id = batch_id
    return steps.cancel(work, change, batch)
