"""Make a plan: read the question, solve it, tell it in lines, and check the lines once more."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from rowcol.domain.money import Money
from rowcol.domain.plan.check import PAID, check
from rowcol.domain.plan.costs import discount, late_days, late_fee
from rowcol.domain.plan.proposal import (
    PaymentPlan,
    PlanAction,
    PlanBecause,
    PlanCashDay,
    PlanLine,
    PlanLowPoint,
    PlanTotals,
)
from rowcol.domain.plan.puzzle import Places
from rowcol.domain.plan.question import PlanBill, Pool, Question
from rowcol.domain.plan.reading import Reading
from rowcol.domain.plan.rooms import days, without_plan
from rowcol.domain.plan.solve import STEPS, BrokenPlan, solve
from rowcol.domain.plan.words import look_again, why_delayed, why_paid


def propose(question: Question, steps: int = STEPS) -> PaymentPlan:
    """A plan for all open bills of one client.

    The first pool is all operating cash. Raises BrokenPlan, a defect, rather than show a plan that
    breaks cash or a limit on any day.
    """
    reading = Reading(question)
    solution = solve(reading.puzzle, steps)
    lines = _lines(reading, solution.places)
    breaches = check(question, lines)
    if breaches:
        raise BrokenPlan(str(breaches[0]))
    cash, low = _cash(question, question.pools[0], lines)
    return PaymentPlan(
        question.today,
        question.last_day,
        lines,
        _totals(question, lines),
        cash,
        low,
        question.pools[0].floor,
        question.money(solution.cost.money),
        question.money(solution.money_least),
        solution.optimal,
    )


def _lines(reading: Reading, places: Places) -> tuple[PlanLine, ...]:
    """A line a bill: what is paid by day, then what is delayed, fixed and waiting by due date."""
    decided = {
        bill.id: _decided(reading, number, places) for number, bill in enumerate(reading.bills)
    }
    lines = [decided.get(bill.id) or _given(reading, bill) for bill in reading.question.bills]
    order = list(PlanAction)
    return tuple(
        sorted(
            lines,
            key=lambda line: (
                order.index(line.action), line.on or line.due_on, line.due_on, line.bill_id
            ),
        )
    )  # fmt: skip


def _decided(reading: Reading, number: int, places: Places) -> PlanLine:
    question, bill, place = reading.question, reading.bills[number], places[number]
    if place is None:
        because, words = why_delayed(reading, number, places)
        until = look_again(reading, bill, because)
        return _line(question, bill, PlanAction.DELAY, (because, words), question.beyond, until)
    day = question.payable[place]
    action = PlanAction.PAY_NOW if day == question.today else PlanAction.SCHEDULE
    return _line(question, bill, action, why_paid(reading, number, place), day, None)


def _given(reading: Reading, bill: PlanBill) -> PlanLine:
    question = reading.question
    if bill.fixed is not None:
        told = (PlanBecause.DECIDED, bill.fixed.reason)
        return _line(question, bill, PlanAction.FIXED, told, bill.fixed.on, None)
    words = bill.waits.reason if bill.waits is not None else ""
    told = (PlanBecause.NOT_POSSIBLE, words)
    return _line(question, bill, PlanAction.WAITS, told, question.today, None)


def _line(
    question: Question,
    bill: PlanBill,
    action: PlanAction,
    told: tuple[PlanBecause, str],
    day: date,
    until: date | None,
) -> PlanLine:
    first = question.payable[0] if question.payable else question.beyond
    taken = discount(bill, day) if action in PAID else 0
    lost = discount(bill, first) - discount(bill, day) if bill.is_open else 0
    return PlanLine(
        bill.id,
        bill.vendor,
        bill.amount,
        bill.due_on,
        action,
        told[0],
        told[1],
        day if action in PAID or action is PlanAction.FIXED else None,
        until,
        late_days(bill, day),
        question.money(late_fee(bill, day)),
        question.money(taken),
        question.money(lost),
        bill.terms.critical,
        bill.needs if bill.is_open else (),
        bill.waits.code if bill.waits is not None else None,
        bill.waits.link if bill.waits is not None else None,
    )


def _totals(question: Question, lines: tuple[PlanLine, ...]) -> PlanTotals:
    by_action: dict[PlanAction, int] = defaultdict(int)
    for line in lines:
        # What waits may be of another currency, and is no part of the plan's cash then.
        if line.amount.currency == question.currency:
            by_action[line.action] += line.amount.minor
    paid = [line for line in lines if line.action in PAID]
    delayed = [line for line in lines if line.action is PlanAction.DELAY]
    return PlanTotals(
        question.money(by_action[PlanAction.PAY_NOW]),
        question.money(by_action[PlanAction.SCHEDULE]),
        question.money(by_action[PlanAction.DELAY]),
        question.money(by_action[PlanAction.FIXED]),
        question.money(by_action[PlanAction.WAITS]),
        sum(line.late_days > 0 for line in paid),
        sum(line.late_days for line in paid),
        _sum(question, [line.late_fee for line in paid]),
        _sum(question, [line.late_fee for line in delayed]),
        _sum(question, [line.discount for line in paid]),
        _sum(question, [line.discount_lost for line in (*paid, *delayed)]),
    )


def _sum(question: Question, amounts: list[Money]) -> Money:
    return question.money(sum(amount.minor for amount in amounts))


def _cash(
    question: Question, pool: Pool, lines: tuple[PlanLine, ...]
) -> tuple[tuple[PlanCashDay, ...], PlanLowPoint]:
    """Cash at the end of each day on which it changes, today always; and its lowest day."""
    planned: dict[date, int] = defaultdict(int)
    for line in lines:
        if line.action in PAID and line.on is not None:
            planned[line.on] += line.amount.minor
    found: list[PlanCashDay] = []
    low: tuple[int, date] | None = None
    paid, before = 0, pool.opening.minor
    for day, without in zip(days(question), without_plan(question, pool), strict=True):
        paid += planned[day]
        cash, other = without - paid, without - before
        if planned[day] or other or not found:
            found.append(
                PlanCashDay(
                    day, question.money(cash), question.money(planned[day]), question.money(other)
                )
            )
        if low is None or cash < low[0]:
            low = (cash, day)
        before = without
    assert low is not None  # a horizon has a day at least
    return tuple(found), PlanLowPoint(
        low[1], question.money(low[0]), question.money(low[0] - pool.floor.minor)
    )
