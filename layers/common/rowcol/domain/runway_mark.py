"""What a client's runway was each day: enough to say how it changed, and to draw it small.

Kept beside the log, for it follows from what is logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.money import Money, total
from rowcol.domain.refusal import Refusal
from rowcol.domain.runway import CashLine
from rowcol.domain.runway_lines import Runway

MARKS = "marks"
DAYS_KEPT = 8
DRAWN_DAYS = 30
LEAVING_DAYS = 7


@dataclass(frozen=True, slots=True)
class RunwayMark:
    """The cautious line of one day. `day`: the client's day; `at`: when it was worked out.

    `low`: the lowest closing within the horizon, first on `low_on`. `below_buffer_on`,
    `below_zero_on`: the first day that closes below. `leaving`: all that goes out within 7 days.
    `closings_minor`: closing cash of the next 30 days, in minor units of `low`'s currency.
    """

    day: date
    at: datetime
    low: Money
    low_on: date
    below_buffer_on: date | None
    below_zero_on: date | None
    leaving: Money
    closings_minor: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunwayMarks(Unlisted, NeverDue):
    """The last days of one client, the newest first; one for each day."""

    id: str
    version: int
    marks: tuple[RunwayMark, ...] = ()

    kind = "runway_marks"

    def marked(self, mark: RunwayMark) -> RunwayMarks:
        """With one more day; the day's own earlier mark is replaced."""
        others = (known for known in self.marks if known.day != mark.day)
        kept = sorted((mark, *others), key=lambda known: known.day, reverse=True)
        return RunwayMarks(self.id, self.version, tuple(kept[:DAYS_KEPT]))


@dataclass(frozen=True, slots=True)
class RunwayChange:
    """How the runway stands, and what is different from the day before that is known.

    `low_change`: the lowest point now less then, None when nothing was known before.
    """

    now: RunwayMark
    before: RunwayMark | None
    low_change: Money | None

    @property
    def is_worse(self) -> bool:
        """Cash falls below the buffer or zero sooner than it did, or only now."""
        if self.before is None:
            return self.now.below_buffer_on is not None or self.now.below_zero_on is not None
        pairs = (
            (self.now.below_zero_on, self.before.below_zero_on),
            (self.now.below_buffer_on, self.before.below_buffer_on),
        )
        return any(now is not None and (then is None or now < then) for now, then in pairs)

    @property
    def is_changed(self) -> bool:
        """Whether a person would see a difference."""
        before = self.before
        return before is None or (
            (self.now.low, self.now.below_buffer_on, self.now.below_zero_on)
            != (before.low, before.below_buffer_on, before.below_zero_on)
        )


def mark_of(runway: Runway) -> RunwayMark | None:
    """The mark of a runway; None while no balance is known: there is no line from nothing."""
    if isinstance(runway.lines, Refusal):
        return None
    line = runway.lines.cautious
    return RunwayMark(
        runway.sources.first,
        runway.sources.now,
        line.low,
        line.low_on,
        line.below_buffer_on,
        line.below_zero_on,
        _leaving(line),
        tuple(each.closing.minor for each in line.days[:DRAWN_DAYS]),
    )


def _leaving(line: CashLine) -> Money:
    return total((day.money_out for day in line.days[:LEAVING_DAYS]), line.low.currency)


def change_of(marks: RunwayMarks | None) -> RunwayChange | None:
    """The newest mark against the one of an earlier day; None before the first."""
    if marks is None or not marks.marks:
        return None
    now = marks.marks[0]
    before = marks.marks[1] if len(marks.marks) > 1 else None
    if before is None or before.low.currency != now.low.currency:
        return RunwayChange(now, None, None)
    return RunwayChange(now, before, now.low - before.low)


# A mark older than this is not today's any more.
MARK_OLD = timedelta(hours=30)
