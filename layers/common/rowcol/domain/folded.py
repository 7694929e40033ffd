"""How far a client's log has been folded, when its entries may come twice or change places.

A stream delivers entries of one write in any order, repeats some, and gives up on some. What is
missing for longer than PATIENCE, by the entries' own times, is not coming any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

PATIENCE = timedelta(minutes=15)
SPANS_MAX = 50


@dataclass(frozen=True, slots=True)
class Gap:
    """Positions `first` to `last` of the log, both inclusive."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """Positions that came while others before them are missing; `since`: the first one's time."""

    first: int
    last: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Folded:
    """Everything up to `through` was dealt with, and so were the spans ahead of it."""

    through: int = 0
    ahead: tuple[Ahead, ...] = ()

    def with_entries(
        self, entries: Iterable[tuple[int, datetime]]
    ) -> tuple[Folded, tuple[Gap, ...]]:
        """After dealing with entries, given as position and time; and what will never come."""
        fresh = [Ahead(at, at, when) for at, when in entries if at > self.through]
        if not fresh:
            return self, ()
        newest = max(span.since for span in fresh)
        return _settled(self.through, _joined([*self.ahead, *fresh]), newest)

    def reaching(self, through: int) -> Folded:
        """After dealing with everything up to a position."""
        if through <= self.through:
            return self
        later = [span for span in self.ahead if span.last > through]
        rest = [replace(span, first=max(span.first, through + 1)) for span in later]
        while rest and rest[0].first == through + 1:
            through = rest.pop(0).last
        return Folded(through, tuple(rest))


def _joined(spans: list[Ahead]) -> list[Ahead]:
    """In order, neighbours made one. A span's time is that of what came right after the gap."""
    joined: list[Ahead] = []
    for span in sorted(spans, key=lambda one: (one.first, one.since)):
        if joined and span.first <= joined[-1].last + 1:
            joined[-1] = replace(joined[-1], last=max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def _settled(through: int, spans: list[Ahead], newest: datetime) -> tuple[Folded, tuple[Gap, ...]]:
    gaps: list[Gap] = []
    while spans:
        span = spans[0]
        if span.first > through + 1:
            if newest - span.since <= PATIENCE and len(spans) <= SPANS_MAX:
                break
            gaps.append(Gap(through + 1, span.first - 1))
        through = span.last
        spans.pop(0)
    return Folded(through, tuple(spans)), tuple(gaps)
