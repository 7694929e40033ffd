"""Limits as a plan needs them: what one payment may be, and what is left of each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client
from rowcol.domain.limits import Bound, Level, Limits, transaction_bounds, verification_bounds
from rowcol.domain.money import Money
from rowcol.domain.plan.question import DayLimit
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.service.environment import Environment
from rowcol.service.limit_reading import LimitReading
from rowcol.service.limit_usage import Day
from rowcol.service.store import Books


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """`transaction`, `verification`: the smallest of firm, client and actor; None is no limit."""

    transaction: Bound | None = None
    verification: Bound | None = None
    by_day: Mapping[date, DayLimit] = field(default_factory=dict)

    def over(self, amount: Money) -> Bound | None:
        """The limit per payment that forbids an amount of the same currency."""
        bound = self.transaction
        same = bound is not None and bound.limit.currency == amount.currency
        return bound if bound is not None and same and bound.limit < amount else None

    def verified(self, amount: Money) -> bool:
        """Whether a second factor is asked for from this amount on."""
        bound = self.verification
        same = bound is not None and bound.limit.currency == amount.currency
        return bound is not None and same and not amount < bound.limit


def plan_limits(
    environment: Environment, books: Books, client: Client, actor: Actor, days: Sequence[date]
) -> PlanLimits | Refusal:
    """What firm, client and actor may pay. Two reads; counters of all days where one is limited.

    Refused: `currency_mismatch` for limits of another currency, which nothing can be held against.
    """
    firm = environment.store.books(Scope(books.scope.firm))
    reading = LimitReading(firm, books)
    reading.load([actor.id])
    subjects = {
        Level.FIRM: books.scope.firm,
        Level.CLIENT: books.scope.client,
        Level.USER: actor.id,
    }
    every = [reading.of(level, subject) for level, subject in subjects.items()]
    transaction, verification = transaction_bounds(every), verification_bounds(every)
    daily = [limits for limits in every if limits.limits.per_day is not None]
    bounds = [bound.limit for bound in (*transaction, *verification)]
    bounds += [limits.limits.per_day for limits in daily if limits.limits.per_day is not None]
    other = next((each for each in bounds if each.currency != client.currency), None)
    if other is not None:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"limits are in {other.currency}, the client's books in {client.currency}",
            {"found": client.currency, "expected": other.currency},
        )
    return PlanLimits(
        transaction[0] if transaction else None,
        verification[0] if verification else None,
        _by_day(environment, reading, client, daily, days),
    )


def _by_day(
    environment: Environment,
    reading: LimitReading,
    client: Client,
    daily: Sequence[Limits],
    days: Sequence[date],
) -> dict[date, DayLimit]:
    """The least that is left of each day, and whose limit that is."""
    if not daily:
        return {}
    now = environment.now()
    zones = {
        level: client.zone if level is Level.CLIENT else reading.firm_zone() for level in Level
    }
    found: dict[date, DayLimit] = {}
    wanted: list[tuple[date, Limits, tuple[Scope, str]]] = []
    for place, day in enumerate(days):
        for limits in daily:
            # What is paid now counts on today's date of the level's own zone.
            today = local_date(now, zones[limits.level])
            counted = max(day, today) if place == 0 else day
            name = Day(limits.level, limits.subject, client.currency, counted).counter
            wanted.append((day, limits, (reading.scope_of(limits.level), name)))
    counters = reading.counters(key for _, _, key in wanted)
    for day, limits, key in wanted:
        most = limits.limits.per_day
        assert most is not None  # only those were asked for
        left = Money(max(0, most.minor - counters[key].total), client.currency)
        if day not in found or left < found[day].left:
            found[day] = DayLimit(left, f"the {limits.level.value}'s limit of {most} a day")
    return found
