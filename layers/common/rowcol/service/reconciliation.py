"""Runs of the reconciliation over all clients: whose turn it is, a client's turn, what came of it.

What is due is read from what was done: each client's standing says when it was last swept, and in
which run. So a run that died is gone on with by the next tick, and nobody is swept twice in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from rowcol.domain.calendar import BANK_ZONE, at_local, local_date
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.domain.sync_run import (
    STANDING,
    FeedKind,
    LastRuns,
    SyncStanding,
)
from rowcol.service.change import Change
from rowcol.service.environment import Environment

FEED = FeedKind.RECONCILIATION
SLOT = timedelta(minutes=30)
NIGHTLY_AT = time(3)
PAGE_CLIENTS = 100
# A Standard execution ends at 25,000 events; a client costs eleven, and nine for each wait.
CLIENTS_PER_EXECUTION = 600
RUNS_OF_ONE_SWEEP_MAX = 20
_NEVER = datetime.min.replace(tzinfo=UTC)


class Depth(StrEnum):
    """LIGHT reads what is old enough; FULL reads all, and matches every stored line again."""

    LIGHT = "light"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Turn:
    """A client that is to be swept, how deep, and in which run."""

    scope: Scope
    depth: Depth
    run: str


@dataclass(frozen=True, slots=True)
class Page:
    """Turns of some clients. `after`: where the next page begins; None: there is none."""

    turns: tuple[Turn, ...]
    after: str | None


def plan_page(
    environment: Environment, depth: Depth | None, run: str | None, after: str | None
) -> Page:
    """The next clients. `depth` None: each as it is due; else all of them, in the run named `run`.

    Reads one standing per client, a hundred at a time.
    """
    scopes = [scope for scope in environment.store.scopes() if scope.client != FIRM_WIDE]
    left = [scope for scope in scopes if after is None or _order(scope) > _order_of(after)]
    page, rest = left[:PAGE_CLIENTS], left[PAGE_CLIENTS:]
    now = environment.now()
    standings = _standings(environment, page)
    turns: list[Turn] = []
    for scope in page:
        known = standings.get(scope)
        turn = (
            due_turn(scope, known, now) if depth is None else Turn(scope, depth, run or depth.value)
        )
        if turn is not None and not was_done(known, turn):
            turns.append(turn)
    return Page(tuple(turns), _place(page[-1]) if rest else None)


def due_turn(scope: Scope, known: SyncStanding | None, now: datetime) -> Turn | None:
    """What a client is due for: the night's full sweep, else the half hour's light one."""
    full_since = _last_night(now)
    if _done_at(known, Depth.FULL) < full_since:
        return Turn(scope, Depth.FULL, f"full-{full_since:%Y%m%dT%H%M}")
    slot = now - timedelta(seconds=now.timestamp() % SLOT.total_seconds())
    if max(_done_at(known, Depth.FULL), _done_at(known, Depth.LIGHT)) < slot:
        return Turn(scope, Depth.LIGHT, f"light-{slot:%Y%m%dT%H%M}")
    return None


def run_name(depth: Depth, at: datetime) -> str:
    """The name of a run that somebody starts out of turn."""
    return f"{depth.value}-{at:%Y%m%dT%H%M%S}"


def note_asked(change: Change, depth: Depth) -> str:
    """Note in a client's log that somebody has it swept out of turn; the name of that run."""
    run = run_name(depth, change.now)
    change.state("reconciliation.asked", run=run, depth=depth.value)
    return run


def feed_of(depth: Depth) -> str:
    """Under which name a client's standing tells its last sweep."""
    return f"{FEED.value}_{depth.value}"


def _standings(environment: Environment, scopes: Iterable[Scope]) -> Mapping[Scope, SyncStanding]:
    by_firm: dict[str, list[str]] = {}
    for scope in scopes:
        by_firm.setdefault(scope.firm, []).append(scope.client)
    found: dict[Scope, SyncStanding] = {}
    for firm, clients in by_firm.items():
        wanted = dict.fromkeys(clients, STANDING)
        for client, known in environment.store.across(firm, SyncStanding, wanted).items():
            found[Scope(firm, client)] = known
    return found


def _last(known: SyncStanding | None, depth: Depth) -> LastRuns | None:
    return known.feeds.get(feed_of(depth)) if known is not None else None


def _done_at(known: SyncStanding | None, depth: Depth) -> datetime:
    last = _last(known, depth)
    return last.ended_at if last is not None else _NEVER


def was_done(known: SyncStanding | None, turn: Turn) -> bool:
    """Whether a client was swept in this run already."""
    last = _last(known, turn.depth)
    return last is not None and last.run == turn.run


def _last_night(now: datetime) -> datetime:
    tonight = at_local(local_date(now, BANK_ZONE), NIGHTLY_AT, BANK_ZONE)
    return (
        tonight
        if tonight <= now
        else at_local(local_date(now - timedelta(days=1), BANK_ZONE), NIGHTLY_AT, BANK_ZONE)
    )


def _order(scope: Scope) -> tuple[str, str]:
    return scope.firm, scope.client


def _order_of(place: str) -> tuple[str, str]:
    firm, _, client = place.partition("/")
    return firm, client


def _place(scope: Scope) -> str:
    return f"{scope.firm}/{scope.client}"
