"""The log of every run of a feed: beside the audited log, kept for 90 days (decision 0035)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import (
    STANDING,
    FeedKind,
    LastRuns,
    NeededBy,
    SyncOutcome,
    SyncRun,
    SyncStanding,
    repairs_of,
)
from rowcol.service.environment import Environment
from rowcol.service.ports import ConnectionBroken
from rowcol.service.store import Books, StoreUnavailable
from rowcol.service.sync.meter import CallMeter

logger = logging.getLogger(__name__)
R = TypeVar("R")
KEPT = timedelta(days=90)
STANDING_TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Which feed is read and why. `subject`: a part of it, such as a bank's item."""

    rail: str
    feed: FeedKind
    why: NeededBy
    subject: str | None = None


@dataclass
class Notes:
    """What a run tells of itself while it works."""

    outcome: SyncOutcome = SyncOutcome.READ
    news: int = 0
    read: dict[str, int] = field(default_factory=dict)
    from_cursor: str | None = None
    to_cursor: str | None = None
    detail: str | None = None
    told_ages: list[int] = field(default_factory=list)
    ages_at_most: list[int] = field(default_factory=list)

    def repaired(
        self, event_at: datetime | None, not_before: datetime | None, now: datetime
    ) -> None:
        """A fact was new: since when it was so at the rail, or since when it may have been."""
        if event_at is not None and event_at <= now:
            self.told_ages.append(int((now - event_at).total_seconds()))
        elif not_before is not None:
            self.ages_at_most.append(int((now - not_before).total_seconds()))

    def count(self, kind: str, many: int = 1) -> None:
        """So many objects of a kind were read."""
        self.read[kind] = self.read.get(kind, 0) + many


def recorded(
    environment: Environment,
    scope: Scope,
    asked: Asked,
    work: Callable[[Environment, Notes], R],
) -> R:
    """Do the work of one run, with its calls counted, and keep what became of it.

    `work` gets the environment whose rails count. A run that fails is kept as well, and its error
    raised again. A process that dies leaves no entry: its lease, if it had one, runs out.
    """
    meter, notes, began_at = CallMeter(), Notes(), environment.now()
    counted = replace(environment, rails=environment.rails.counting(meter))
    try:
        result = work(counted, notes)
    except Exception as error:
        notes.outcome, notes.detail = SyncOutcome.FAILED, code_of(error)
        keep_run(environment, scope, run_of(environment, asked, notes, meter, began_at))
        raise
    keep_run(environment, scope, run_of(environment, asked, notes, meter, began_at))
    return result


def code_of(error: Exception) -> str:
    """A failure in one word: the rail's code where a person is needed, else what it was."""
    return error.code if isinstance(error, ConnectionBroken) else type(error).__name__


def run_of(
    environment: Environment, asked: Asked, notes: Notes, meter: CallMeter, began_at: datetime
) -> SyncRun:
    """The entry of a run that ends now."""
    return SyncRun(
        id=environment.surroundings.ids.new("sync"),
        rail=asked.rail,
        feed=asked.feed.value,
        why=asked.why,
        outcome=notes.outcome,
        began_at=began_at,
        ended_at=environment.now(),
        news=notes.news,
        read=dict(sorted(notes.read.items())),
        calls=meter.counts,
        from_cursor=notes.from_cursor,
        to_cursor=notes.to_cursor,
        detail=notes.detail,
        subject=asked.subject,
        repairs=repairs_of(notes.told_ages, notes.ages_at_most),
    )


def keep_run(environment: Environment, scope: Scope, run: SyncRun) -> None:
    """Best effort: what was synced is stored already, and a log that lacks a run harms nobody."""
    books = environment.store.books(scope)
    try:
        books.note_sync(run, run.ended_at + KEPT)
        if run.feed != FeedKind.NOTICED:
            stand(books, run)
    except StoreUnavailable:
        logger.warning("sync run not kept", extra={"client": scope.client, "feed": run.feed})


def stand(books: Books, run: SyncRun, feed: str | None = None) -> None:
    """The feed's last run, for the console; several feeds may end at once."""
    feed = feed or run.feed
    for _ in range(STANDING_TRIES_MAX):
        known = books.get(SyncStanding, STANDING) or SyncStanding(STANDING, 0)
        before = known.feeds.get(feed)
        if before is not None and before.ended_at > run.ended_at:
            return
        synced_at = run.began_at if run.outcome is SyncOutcome.READ else None
        last = LastRuns(
            run.rail,
            run.why,
            run.outcome,
            run.ended_at,
            run.detail,
            synced_at or (before.synced_at if before is not None else None),
            run.run,
        )
        if books.save(replace(known, feeds={**known.feeds, feed: last})):
            return
