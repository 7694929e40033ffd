"""A client's turn in a run of the reconciliation: swept, waited for, and what came of it kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import STANDING, NeededBy, Repairs, SyncOutcome, SyncRun, SyncStanding
from rowcol.service.environment import Environment
from rowcol.service.overdue import is_overdue, unproved
from rowcol.service.reconcile import Part, reconcile_client
from rowcol.service.reconciliation import FEED, Depth, Turn, feed_of, was_done
from rowcol.service.store import Books
from rowcol.service.sync.log import KEPT, stand

RUNS_OF_ONE_SWEEP_MAX = 20
# So often a turn waits for a slot of a rail; what is told to wait once more has failed.
WAITS_MAX = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a turn that is done."""

    rail: str
    news: int
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a turn's passes found. `parts`: told to wait for their rail's slot, to be read again.

    `waits`: how often that was said. The machine carries it from pass to pass.
    """

    waits: int = 0
    parts: tuple[str, ...] = ()
    began_at: datetime | None = None
    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A turn that is to be gone on with in so many seconds, when the slots have come."""

    seconds: int
    so_far: SoFar


def take_turn(
    environment: Environment,
    turn: Turn,
    why: NeededBy | None = None,
    so_far: SoFar | None = None,
) -> SyncRun | Waiting | None:
    """Sweep one client and keep what came of it; None when that was done in this run already.

    `so_far`: what the turn's passes before this one found, of a caller who waits for a rail's slot
    and comes back: being told to wait is no failure. Such a turn is not done, and nothing is kept
    of it, until its last pass. Raises what nobody foresaw, when all else is done: then the client
    is due again.
    """
    books, so_far_is = environment.store.books(turn.scope), so_far or SoFar()
    if was_done(books.get(SyncStanding, STANDING), turn):
        return None
    full, began_at = turn.depth is Depth.FULL, so_far_is.began_at or environment.now()
    patient = so_far is not None and so_far.waits < WAITS_MAX
    again = frozenset(so_far_is.parts) if so_far_is.waits else None
    try:
        found = reconcile_client(
            environment, turn.scope, full=full, why=why, again=again, patient=patient
        )
    except Exception as error:  # noqa: BLE001 - kept, then raised
        found = (Part("client", 0, type(error).__name__, error),)
    defect = next((part.defect for part in found if part.defect is not None), None)
    slots = [part for part in found if part.wait_seconds > 0]
    parts = _together(so_far_is.found, found)
    if slots and defect is None:
        seconds = max(1, ceil(max(part.wait_seconds for part in slots)))
        names = tuple(part.rail for part in slots)
        kept = tuple(part for part in parts if part.rail not in names)
        return Waiting(seconds, SoFar(so_far_is.waits + 1, names, began_at, kept))
    result = _result(environment, turn, parts, began_at, why)
    _keep(environment, turn.scope, result)
    if defect is not None:
        raise defect  # told, but not done: the next tick tries again
    stand(books, result, feed_of(turn.depth))
    return result


def _together(before: Sequence[Found], parts: Sequence[Part]) -> tuple[Found, ...]:
    """Parts of several passes, each once: what is new adds up, the last word on a failure holds."""
    every = {part.rail: part for part in before}
    for part in parts:
        known = every.get(part.rail)
        news = part.news + (known.news if known is not None else 0)
        every[part.rail] = Found(part.rail, news, part.failed)
    return tuple(every.values())


def _keep(environment: Environment, scope: Scope, result: SyncRun) -> None:
    """In the client's books, and in the firm's, where a run's clients are together."""
    until = result.ended_at + KEPT
    environment.store.books(scope).note_sync(result, until)
    environment.store.books(Scope(scope.firm)).note_sync(result, until)


def _result(
    environment: Environment,
    turn: Turn,
    parts: Sequence[Found],
    began_at: datetime,
    why: NeededBy | None,
) -> SyncRun:
    """The row of one client's sweep: the sum of its feeds' own."""
    full = turn.depth is Depth.FULL
    needed = why or (NeededBy.FULL if full else NeededBy.SCHEDULE)
    books, now = environment.store.books(turn.scope), environment.now()
    runs = _own_runs(books, began_at, {needed, NeededBy.FULL if full else NeededBy.SCHEDULE})
    failed = [f"{part.rail}:{part.failed}" for part in parts if part.failed]
    return SyncRun(
        id=environment.surroundings.ids.new("sweep"),
        rail="all",
        feed=FEED.value,
        why=needed,
        outcome=SyncOutcome.FAILED if failed else SyncOutcome.READ,
        began_at=began_at,
        ended_at=now,
        news=sum(part.news for part in parts),
        read={part.rail: part.news for part in parts},
        calls=_calls(runs),
        detail=", ".join(failed) or None,
        subject=turn.scope.client,
        run=turn.run,
        repairs=together([run.repairs for run in runs if run.repairs is not None]),
        overdue=sum(is_overdue(payment, now) for payment in unproved(books)) if full else 0,
    )


def _own_runs(books: Books, began_at: datetime, why: set[NeededBy]) -> list[SyncRun]:
    """The feeds' runs of this sweep: those that began since, and for its reason."""
    found = books.syncs(limit=RUNS_OF_ONE_SWEEP_MAX).runs
    return [
        run
        for run in found
        if run.began_at >= began_at and run.why in why and run.feed != FEED.value
    ]


def _calls(runs: Iterable[SyncRun]) -> dict[str, int]:
    calls: dict[str, int] = {}
    for run in runs:
        for kind, many in run.calls.items():
            calls[kind] = calls.get(kind, 0) + many
    return dict(sorted(calls.items()))


def together(found: Sequence[Repairs]) -> Repairs | None:
    """Several as one; the median is that of the medians, each as often as it counts."""
    if not found:
        return None
    medians = sorted(one.median_seconds for one in found for _ in range(one.count))
    return Repairs(
        len(medians),
        sum(one.told for one in found),
        medians[len(medians) // 2],
        max(one.max_seconds for one in found),
    )
