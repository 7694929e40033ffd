"""Replays: which put-aside events and dead letters are meant, and how many in which time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.plain import instant
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem

REPLAY_LOG = "replay"
REPLAY_MAX = 100
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ReplayFilter:
    """Conditions narrow together; None lets everything through. `ids`: of items of the tray.

    `since`, `until`: when the rail's event came in, or when the work was given up.
    """

    ids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    rail: str | None = None
    type: str | None = None

    def lets(self, item: TrayItem) -> bool:
        """Whether an item is meant."""
        if item.source is None or (self.ids and item.id not in self.ids):
            return False
        labels = item.labels
        if self.rail is not None and labels.get("rail") != self.rail:
            return False
        if self.type is not None and self.type not in labels.get("type", "").split(","):
            return False
        came = instant(labels["at"]) if "at" in labels else item.opened_at
        return not (
            (self.since is not None and came < self.since)
            or (self.until is not None and came >= self.until)
        )


@dataclass(frozen=True, slots=True)
class ReplayLog(Unlisted, NeverDue):
    """The aggregate: how many were replayed in the minute that `began_at` begins."""

    id: str
    version: int
    began_at: datetime
    count: int

    kind = "replay_log"

    def with_more(self, many: int, now: datetime) -> ReplayLog | Refusal:
        """After so many more; `rate_limited` when the minute has no room for them."""
        fresh = now - self.began_at >= WINDOW
        began_at, before = (now, 0) if fresh else (self.began_at, self.count)
        if before + many <= REPLAY_MAX:
            return ReplayLog(self.id, self.version, began_at, before + many)
        seconds = int((began_at + WINDOW - now).total_seconds()) + 1
        return Refusal(
            Code.RATE_LIMITED,
            f"at most {REPLAY_MAX} are replayed in a minute",
            {"asked": many, "replayed": before, "per_minute": REPLAY_MAX, "seconds": seconds},
            remedy="ask for fewer, or wait",
        )
