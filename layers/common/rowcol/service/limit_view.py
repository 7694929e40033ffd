"""What holds of limits now, what waits, and what is left of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client
from rowcol.domain.limits import Level, Limits, LimitSet, Proposal, counter_id
from rowcol.domain.money import Money
from rowcol.domain.scope import Scope
from rowcol.service.limit_changes import Target, is_known
from rowcol.service.store import Store


@dataclass(frozen=True, slots=True)
class DayUsage:
    """A day's usage: `used` was taken by the rail, `reserved` is promised; None left: no limit.

    The day is that of `zone`: the client's for a client, the firm's for the firm and its people.
    """

    day: date
    zone: str
    used: Money
    reserved: Money
    left: Money | None


@dataclass(frozen=True, slots=True)
class LimitsShown:
    """Limits that hold, the change that waits for a second person, and today's usage."""

    level: Level
    subject: str
    limits: LimitSet
    pending: Proposal | None
    today: DayUsage


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """Limits that hold after a step of a change, and the change that waits, if one does."""

    level: Level
    subject: str
    limits: LimitSet
    pending: Proposal | None


def changed(limits: Limits) -> LimitsChanged:
    """What a step of a change answers."""
    return LimitsChanged(limits.level, limits.subject, limits.limits, limits.pending)


def shown(store: Store, firm: str, target: Target, now: datetime) -> tuple[LimitsShown, int] | None:
    """Limits and the version they have; None when there is no such firm, client or user.

    Three reads, four for a user.
    """
    books = store.books(target.scope(firm))
    owner = books.get(Client, books.scope.client)
    if owner is None or not is_known(store.books(Scope(firm)), target):
        return None
    limits = target.found(books.get(Limits, target.id))
    day = local_date(now, owner.zone)
    name = counter_id(target.level, target.subject, owner.currency, day)
    counter = books.counters([name])[name]
    limit = limits.limits.per_day
    usage = DayUsage(
        day,
        owner.zone,
        Money(counter.used, owner.currency),
        Money(counter.reserved, owner.currency),
        Money(max(0, limit.minor - counter.total), limit.currency) if limit else None,
    )
    found = LimitsShown(limits.level, limits.subject, limits.limits, limits.waiting(now), usage)
    return found, limits.version
