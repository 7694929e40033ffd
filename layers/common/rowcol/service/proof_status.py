"""In which statuses a payment has something to prove."""

from __future__ import annotations

from rowcol.domain.lifecycle import Status

# Money has moved or may move: only then is there something to prove.
PROVABLE = frozenset(
    {Status.PROCESSING, Status.DONE, Status.REVERSING, Status.REVERSED, Status.PENDING}
)
