"""Whether a proposal may be shown: cash and limits on every day, computed again from its lines.

Shares nothing with the solvers but the question. Whole numbers, and no tolerance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.money import Money
from rowcol.domain.plan.proposal import PlanAction, PlanLine
from rowcol.domain.plan.question import Pool, Question

PAID = frozenset({PlanAction.PAY_NOW, PlanAction.SCHEDULE})


@dataclass(frozen=True, slots=True)
class Breach:
    """One day on which a proposal breaks something; `short` is by how much."""

    day: date
    what: str
    short: Money


def check(question: Question, lines: Sequence[PlanLine]) -> tuple[Breach, ...]:
    """Everything that a proposal breaks; nothing for one that may be shown.

    On no day may cash be under its floor while something of the plan was paid by then: a client
    that is short already pays nothing before that is over.
    """
    found: list[Breach] = []
    for pool in question.pools:
        found += _pool_breaches(question, pool, lines)
    by_day: dict[date, int] = defaultdict(int)
    for line in lines:
        if line.action in PAID and line.on is not None:
            by_day[line.on] += line.amount.minor
    payable = set(question.payable)
    for day, minor in sorted(by_day.items()):
        if day not in payable:
            found.append(Breach(day, "not a payable day", question.money(minor)))
        limit = question.day_limits.get(day)
        if limit is not None and minor > limit.left.minor:
            found.append(Breach(day, limit.whose, question.money(minor - limit.left.minor)))
    return tuple(found)


def _pool_breaches(question: Question, pool: Pool, lines: Sequence[PlanLine]) -> list[Breach]:
    bills = {bill.id: bill for bill in question.bills}
    leaves: dict[date, int] = defaultdict(int)
    planned: dict[date, int] = defaultdict(int)
    for flow in pool.flows:
        leaves[max(flow.on, question.today)] -= flow.amount.minor
    for bill in question.bills:
        if bill.fixed is not None and pool.holds(bill):
            day = min(max(bill.fixed.on, question.today), question.last_day)
            leaves[day] += bill.amount.minor
    for line in lines:
        if line.action in PAID and line.on is not None and pool.holds(bills[line.bill_id]):
            planned[line.on] += bills[line.bill_id].amount.minor
    found: list[Breach] = []
    cash, paid, day = pool.opening.minor, 0, question.today
    while day <= question.last_day:
        paid += planned[day]
        cash -= leaves[day] + planned[day]
        if paid and cash < pool.floor.minor:
            what = f"account {pool.account_id}" if pool.account_id else "cash"
            found.append(Breach(day, what, question.money(pool.floor.minor - cash)))
        day += timedelta(days=1)
    return found
