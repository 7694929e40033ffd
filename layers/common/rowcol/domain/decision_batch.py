"""Decisions over many clients, asked for at once: what was asked, by client, and where it stands.

It lies in the firm's books. Each client's part is a Batch of the same id in that client's books,
which its first chunk creates. The counters of a running one are those of its parts, added up when
they are looked at: nothing is written twice, so nothing can disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import accumulate

from rowcol.domain.aggregate import Unlisted
from rowcol.domain.batch import Batch, BatchState, Mode
from rowcol.domain.batch_items import INPUT_ROW_BYTES_MAX, BatchInput, input_row_id
from rowcol.domain.scope import Actor

# Beside them the submission writes refused rows, the batch, its entry, its command and the head.
INPUT_ROWS_MAX = 60
INPUT_ROW_BYTES = 16_000
NOBODYS = -1


class DecisionsState(StrEnum):
    """`cancelled`: what had not begun never does; what had is let go, and then it is `done`."""

    RUNNING = "running"
    CANCELLED = "cancelled"
    DONE = "done"


class NoSuchPart(Exception):
    """A client that these decisions are not about: a defect."""


@dataclass(frozen=True, slots=True)
class Part:
    """One client, and how many of the items are about it."""

    client: str
    submitted: int


@dataclass(frozen=True, slots=True)
class DecisionBatch(Unlisted):
    """`owners`: for each position asked, the place of its client in `parts`, or -1 for an item that
    was refused at once because of who asked. Items are kept by client, in the order of `parts`;
    `row_ends`: for each row of them, the place after its last.

    `ok`, `failed` (skipped ones too) and `skipped` are set when it is done. `attempt` counts
    executions of the machine; `due`: when the minute sweep looks at it.
    """

    id: str
    version: int
    verb: str
    mode: Mode
    state: DecisionsState
    asked_by: Actor
    input_hash: str
    created_at: datetime
    parts: tuple[Part, ...]
    owners: tuple[int, ...]
    row_ends: tuple[int, ...]
    refused_rows: int = 0
    ok: int = 0
    failed: int = 0
    skipped: int = 0
    attempt: int = 0
    cancelled_by: str | None = None
    ended_at: datetime | None = None
    due: datetime | None = None

    kind = "decision_batch"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at it again."""
        return self.due

    @property
    def submitted(self) -> int:
        """Positions asked."""
        return len(self.owners)

    @property
    def refused(self) -> int:
        """Positions that are no client's part."""
        return self.owners.count(NOBODYS)

    @property
    def clients(self) -> tuple[str, ...]:
        """Its clients, in the order in which they were first named."""
        return tuple(part.client for part in self.parts)

    def place(self, client: str) -> int:
        """The place of a client in `parts`. Raises NoSuchPart."""
        for place, part in enumerate(self.parts):
            if part.client == client:
                return place
        raise NoSuchPart(f"{self.id}: {client}")

    def positions(self, place: int) -> tuple[int, ...]:
        """Where the items of a part stood in the list, in order."""
        return tuple(index for index, owner in enumerate(self.owners) if owner == place)

    def kept_at(self, place: int) -> range:
        """Where the items of a part are kept among all that are kept."""
        first = sum(part.submitted for part in self.parts[:place])
        return range(first, first + self.parts[place].submitted)

    def rows_of(self, place: int) -> tuple[tuple[str, range], ...]:
        """Ids of the rows that keep a part's items, each with the places it keeps."""
        wanted = self.kept_at(place)
        first, found = 0, []
        for row, end in enumerate(self.row_ends):
            if first < wanted.stop and end > wanted.start:
                found.append((input_row_id(self.id, row), range(first, end)))
            first = end
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the part of one client stands: submitted = ok + failed + pending, always.

    `state`: that of its batch; None before its first chunk.
    """

    client: str
    state: BatchState | None
    submitted: int
    ok: int = 0
    failed: int = 0
    skipped: int = 0
    progressed_at: datetime | None = None
    is_over: bool = False

    @property
    def pending(self) -> int:
        """Items without a result yet."""
        return self.submitted - self.ok - self.failed


@dataclass(frozen=True, slots=True)
class Decisions:
    """A decision batch as the log shows it."""

    id: str
    verb: str
    mode: Mode
    state: DecisionsState
    submitted: int
    refused: int
    clients: int
    ok: int
    failed: int
    skipped: int


def shown(batch: DecisionBatch) -> Decisions:
    """What the log shows of it."""
    return Decisions(
        batch.id,
        batch.verb,
        batch.mode,
        batch.state,
        batch.submitted,
        batch.refused,
        len(batch.parts),
        batch.ok,
        batch.failed,
        batch.skipped,
    )


def standing(batch: DecisionBatch, part: Part, own: Batch | None) -> Standing:
    """How a part stands. One that had not begun when all was cancelled never does: all skipped."""
    if own is not None:
        return Standing(
            part.client,
            own.state,
            own.submitted,
            own.ok,
            own.failed,
            own.skipped,
            own.progressed_at,
            own.is_over,
        )
    if batch.state is DecisionsState.RUNNING:
        return Standing(part.client, None, part.submitted)
    skipped = part.submitted
    cancelled = BatchState.CANCELLED
    return Standing(part.client, cancelled, skipped, 0, skipped, skipped, is_over=True)


def parts_of(owners: Sequence[str | None]) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    """Parts and owners of a list: the client of each position, None where it is refused."""
    counts = Counter(client for client in owners if client is not None)
    places = {client: place for place, client in enumerate(counts)}
    parts = tuple(Part(client, count) for client, count in counts.items())
    return parts, tuple(NOBODYS if each is None else places[each] for each in owners)


def kept_rows(
    batch_id: str, items: Sequence[str]
) -> tuple[tuple[BatchInput, ...], tuple[int, ...]]:
    """The items, already by client, as rows small enough for a part to read few others' items.

    With the place after each row's last item.
    """
    sizes = [len(item.encode(errors="surrogatepass")) for item in items]
    at_most = max(INPUT_ROW_BYTES, -(-sum(sizes) // (INPUT_ROWS_MAX // 2)))
    rows: list[list[str]] = []
    used = 0
    for item, size in zip(items, sizes, strict=True):
        if not rows or used + size > min(at_most, INPUT_ROW_BYTES_MAX):
            rows.append([])
            used = 0
        rows[-1].append(item)
        used += size
    kept = tuple(
        BatchInput(input_row_id(batch_id, row), 0, tuple(part)) for row, part in enumerate(rows)
    )
    return kept, tuple(accumulate(len(row) for row in rows))


def by_client(items: Iterable[str], owners: Sequence[int]) -> tuple[str, ...]:
    """Items in the order in which they are kept; those of nobody are left out."""
    owned = [(owner, item) for owner, item in zip(owners, items, strict=True) if owner != NOBODYS]
    return tuple(item for _, item in sorted(owned, key=lambda pair: pair[0]))


def estimate_seconds(
    batch: DecisionBatch, standings: Mapping[str, Standing], now: datetime
) -> int | None:
    """Seconds until all is done, from the pace so far; None before the first item is."""
    pending = sum(each.pending for each in standings.values())
    if pending == 0 and all(each.is_over for each in standings.values()):
        return 0
    done = sum(each.ok + each.failed for each in standings.values())
    last = max(
        (each.progressed_at for each in standings.values() if each.progressed_at), default=None
    )
    if last is None or done == 0:
        return None
    spent = (last - batch.created_at).total_seconds()
    return max(1, round(spent * pending / done))
