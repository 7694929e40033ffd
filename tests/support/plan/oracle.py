"""Brute force, written without the solvers: every way to put bills on days is tried.

Takes the question's data and nothing else of the plan's code: costs, cash and limits are worked out
here a second time, straight from what the documentation says of them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor

from rowcol.domain.plan.question import PlanBill, Question

Days = tuple[date | None, ...]
Price = tuple[int, int]


def open_bills(question: Question) -> list[PlanBill]:
    """What is to be decided."""
    return [bill for bill in question.bills if bill.fixed is None and bill.waits is None]


def money_of(question: Question, bill: PlanBill, day: date | None) -> int:
    """Fees, the discount that was to be had and is lost, and the price of lateness."""
    paid = day or question.beyond
    terms, minor = bill.terms, bill.amount.minor
    late = (paid - bill.due_on).days if paid > bill.due_on else 0
    money = 0
    if late > terms.grace_days:
        if terms.late_fee is not None and terms.late_fee.currency == bill.amount.currency:
            money += terms.late_fee.minor
        daily = Fraction(terms.late_basis_points_per_day, 10000)
        money += ceil(minor * daily * (late - terms.grace_days))
    if terms.discount_basis_points and bill.issued_on:
        until = bill.issued_on + timedelta(days=terms.discount_days)
        saved = floor(Fraction(minor * terms.discount_basis_points, 10000))
        earliest = min([*question.payable, question.beyond])
        if earliest <= until < paid:
            money += saved
    weight = question.weights.late_day
    if terms.critical:
        weight *= question.weights.critical_factor
    return money + late * weight


def early_of(question: Question, bill: PlanBill, day: date | None) -> int:
    """Bank days between the payment and the last one in time."""
    if day is None:
        return 0
    return len([other for other in question.payable if day < other <= bill.due_on])


def crowd_of(question: Question, days: Sequence[date | None]) -> int:
    """What days with too many payments cost."""
    counts = Counter(day for day in days if day is not None)
    over = [max(0, many - question.weights.payments_a_day) for many in counts.values()]
    return question.weights.crowd_days * sum(over)


def price(question: Question, days: Sequence[date | None]) -> Price:
    """Money first, then comfort, of a whole assignment."""
    pairs = list(zip(open_bills(question), days, strict=True))
    money = sum(money_of(question, bill, day) for bill, day in pairs)
    early = sum(early_of(question, bill, day) for bill, day in pairs)
    return money, early + crowd_of(question, days)


def is_allowed(question: Question, days: Sequence[date | None]) -> bool:
    """Whether cash and limits hold, looked at day by day."""
    bills = open_bills(question)
    for day, limit in question.day_limits.items():
        paid = sum(bill.amount.minor for bill, on in zip(bills, days, strict=True) if on == day)
        if paid > limit.left.minor:
            return False
    for pool in question.pools:
        mine = [bill.account_id == pool.account_id or pool.account_id is None for bill in bills]
        for offset in range(question.horizon_days):
            day = question.today + timedelta(days=offset)
            paid = sum(
                bill.amount.minor
                for bill, on, of in zip(bills, days, mine, strict=True)
                if of and on is not None and on <= day
            )
            if not paid:
                continue
            cash = pool.opening.minor - paid
            cash += sum(flow.amount.minor for flow in pool.flows if flow.on <= day)
            cash -= sum(
                bill.amount.minor
                for bill in question.bills
                if bill.fixed is not None
                and (bill.fixed.on <= day or day == question.last_day)
                and pool.account_id in (None, bill.account_id)
            )
            if cash < pool.floor.minor:
                return False
    return True


def best(question: Question) -> Price:
    """The least price of all assignments that are allowed. Nothing is cut but what is not."""
    costs = [
        {
            day: (money_of(question, bill, day), early_of(question, bill, day))
            for day in (None, *question.payable)
        }
        for bill in open_bills(question)
    ]
    found: Price | None = None
    for days in itertools.product(*costs):
        each = [known[day] for known, day in zip(costs, days, strict=True)]
        money = sum(cost[0] for cost in each)
        if found is not None and money > found[0]:
            continue
        worth = money, sum(cost[1] for cost in each) + crowd_of(question, days)
        if (found is None or worth < found) and is_allowed(question, days):
            found = worth
    assert found is not None  # paying nothing is always allowed
    return found


def assignment(question: Question, on: Mapping[str, date | None]) -> Days:
    """Days in the order of the open bills."""
    return tuple(on[bill.id] for bill in open_bills(question))
