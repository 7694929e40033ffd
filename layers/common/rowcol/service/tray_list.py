"""The tray's list: the items that one person may see, counted, filtered, sorted, paged.

All live items of a firm are read as a whole, which costs what is live and nothing of what is over;
the rest happens on what was read. Time is looked at here and never stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.tray import QuestionState, Severity, TrayState
from rowcol.domain.tray_kind import Family
from rowcol.domain.tray_kinds import kind_of
from rowcol.service.view_ports import TrayRow, Views

# Up to so many clients are read one by one; for more the firm's whole list is read and narrowed.
SINGLE_READS_MAX = 4
NOBODY = "nobody"
OPEN_ONLY = frozenset({TrayState.OPEN})


class Snoozed(StrEnum):
    """What becomes of items that are snoozed now."""

    HIDDEN = "hidden"
    ONLY = "only"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class TrayFilter:
    """Conditions narrow together; an empty set and None let everything through.

    `owner`: a person's id, or NOBODY. `question`: `none` too. `age_days_min`: open for so long.
    """

    states: frozenset[TrayState] = OPEN_ONLY
    families: frozenset[Family] = frozenset()
    kinds: frozenset[str] = frozenset()
    severities: frozenset[Severity] = frozenset()
    owner: str | None = None
    age_days_min: int | None = None
    due_before: date | None = None
    snoozed: Snoozed = Snoozed.HIDDEN
    questions: frozenset[str] = frozenset()

    def lets(self, row: TrayRow, now: datetime) -> bool:
        """Whether an item is wanted."""
        facts = row.tray
        if facts.state not in self.states or (self.kinds and facts.item not in self.kinds):
            return False
        if self.severities and facts.severity not in self.severities:
            return False
        if self.families and kind_of(facts.item).family not in self.families:
            return False
        if self.owner is not None and (facts.owner or NOBODY) != self.owner:
            return False
        if self.questions and (facts.question or "none") not in self.questions:
            return False
        if self.due_before is not None and not (facts.due_on and facts.due_on < self.due_before):
            return False
        if self.age_days_min is not None and age_days(row, now) < self.age_days_min:
            return False
        if self.snoozed is Snoozed.SHOWN:
            return True
        return is_snoozed(row, now) is (self.snoozed is Snoozed.ONLY)


def is_snoozed(row: TrayRow, now: datetime) -> bool:
    """Whether it is put off for now."""
    until = row.tray.snoozed_until
    return row.tray.state is TrayState.OPEN and until is not None and now < until


def age_days(row: TrayRow, now: datetime) -> int:
    """For how many whole days it has been there."""
    return max(0, (now - row.tray.since) // timedelta(days=1))


@dataclass(frozen=True, slots=True)
class TrayCounts:
    """Live items, before any filter. Those but `states` and `families` count what is open, and not
    snoozed, alone.
    """

    live: int = 0
    waiting: int = 0
    snoozed: int = 0
    overdue: int = 0
    questions_asked: int = 0
    questions_answered: int = 0
    states: dict[str, int] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)


def counts_of(rows: Iterable[TrayRow], now: datetime, today: date) -> TrayCounts:
    """Counts of live items. `today`: what is due before it is late."""
    every = list(rows)
    waiting = [
        row for row in every if row.tray.state is TrayState.OPEN and not is_snoozed(row, now)
    ]
    families = Counter(kind_of(row.tray.item).family.value for row in waiting)
    return TrayCounts(
        len(every),
        len(waiting),
        sum(is_snoozed(row, now) for row in every),
        sum(row.tray.due_on is not None and row.tray.due_on < today for row in waiting),
        sum(row.tray.question == QuestionState.ASKED for row in every),
        sum(row.tray.question == QuestionState.ANSWERED for row in waiting),
        dict(Counter(row.tray.state.value for row in every)),
        dict(families),
        dict(Counter(row.tray.item for row in waiting)),
        dict(Counter(row.tray.severity.value for row in waiting)),
        dict(Counter(row.tray.owner or NOBODY for row in waiting)),
    )


def live_rows(views: Views, firm: str, clients: Sequence[str]) -> tuple[TrayRow, ...]:
    """Live items of these clients of a firm.

    Reads: one for each of a few clients, else one per megabyte of the firm's live items.
    """
    if len(clients) > SINGLE_READS_MAX:
        wanted = frozenset(clients)
        return tuple(row for row in views.tray(firm) if row.scope.client in wanted)
    return tuple(row for name in clients for row in views.tray(firm, name))


def order_text(row: TrayRow) -> str:
    """Severity, then the oldest; ties by client and place. No two items have the same."""
    return f"{row.tray.order}#{row.scope.client}#{row.key}"


@dataclass(frozen=True, slots=True)
class TrayListed:
    """A page, how many items match in all, and where the next page begins."""

    rows: tuple[TrayRow, ...]
    matching: int
    next_after: str | None


def page_of(
    rows: Iterable[TrayRow], wanted: TrayFilter, now: datetime, after: str | None, limit: int
) -> TrayListed:
    """The items that match, sorted, from where the page begins."""
    found = sorted((order_text(row), row) for row in rows if wanted.lets(row, now))
    rest = [pair for pair in found if after is None or pair[0] > after]
    shown = rest[:limit]
    more = shown[-1][0] if len(rest) > len(shown) and shown else None
    return TrayListed(tuple(row for _, row in shown), len(found), more)
