"""How much may be paid by each day, so that cash never falls under its floor on any later day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate

from rowcol.domain.plan.question import Pool, Question


def without_plan(question: Question, pool: Pool) -> list[int]:
    """Cash at the end of each day of the horizon if nothing of the plan were paid, minor units.

    What falls on an earlier day counts today. A fixed bill after the horizon counts on its last
    day, any other flow not at all.
    """
    moves = [0] * question.horizon_days
    for flow in pool.flows:
        _add(question, moves, flow.on, flow.amount.minor)
    for bill in question.bills:
        if bill.fixed is not None and pool.holds(bill):
            _add(question, moves, min(bill.fixed.on, question.last_day), -bill.amount.minor)
    moves[0] += pool.opening.minor
    return list(accumulate(moves))


def _add(question: Question, moves: list[int], on: date, minor: int) -> None:
    place = max(0, (on - question.today).days)
    if place < len(moves):
        moves[place] += minor


def rooms(question: Question, pool: Pool) -> tuple[int, ...]:
    """For each payable day, what the plan may have paid out of the pool by its end.

    The least that is above the floor on that day or any later one, and never below zero: where cash
    is short already without the plan, nothing is paid until that is over.
    """
    above = [cash - pool.floor.minor for cash in without_plan(question, pool)]
    least: list[int] = []
    for minor in reversed(above):
        least.append(min(minor, least[-1]) if least else minor)
    least.reverse()
    return tuple(max(0, least[(day - question.today).days]) for day in question.payable)


def days(question: Question) -> list[date]:
    """Every day of the horizon."""
    return [question.today + timedelta(days=place) for place in range(question.horizon_days)]
