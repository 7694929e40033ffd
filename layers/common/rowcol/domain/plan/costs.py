"""What paying a bill on a day costs: late fees, a discount not taken, and lateness itself.

All in whole minor units, rounded so that a plan never looks cheaper than it is: fees up, discounts
down. A discount is counted here only; cash is always planned with the whole amount, because that is
what Ramp pays until somebody changes the bill there.
"""

from __future__ import annotations

from datetime import date, timedelta

from rowcol.domain.plan.puzzle import Cost
from rowcol.domain.plan.question import PlanBill, Question, Weights

BASIS_POINTS = 10_000


def late_days(bill: PlanBill, day: date) -> int:
    """Calendar days after the due date; none when it is paid by then."""
    return max(0, (day - bill.due_on).days)


def late_fee(bill: PlanBill, day: date) -> int:
    """The vendor's fee by its terms, in minor units: flat, and per started day after the grace."""
    terms, late = bill.terms, late_days(bill, day)
    if late <= terms.grace_days:
        return 0
    flat = terms.late_fee
    known = flat is not None and flat.currency == bill.amount.currency
    rate = bill.amount.minor * terms.late_basis_points_per_day * (late - terms.grace_days)
    return (flat.minor if flat is not None and known else 0) + -(-rate // BASIS_POINTS)


def discount_until(bill: PlanBill) -> date | None:
    """The last day on which the early-payment discount holds; None without one."""
    terms = bill.terms
    if not terms.discount_basis_points or bill.issued_on is None:
        return None
    return bill.issued_on + timedelta(days=terms.discount_days)


def discount(bill: PlanBill, day: date) -> int:
    """What the discount saves on a day, in minor units."""
    until = discount_until(bill)
    if until is None or day > until:
        return 0
    return bill.amount.minor * bill.terms.discount_basis_points // BASIS_POINTS


def lateness(bill: PlanBill, day: date, weights: Weights) -> int:
    """What being late is held to be worth besides fees, in minor units."""
    factor = weights.critical_factor if bill.terms.critical else 1
    return late_days(bill, day) * weights.late_day * factor


def cost_on(question: Question, bill: PlanBill, day: date, early: int = 0) -> Cost:
    """The whole cost of a day; `early`: how many bank days before it has to be paid.

    A discount that can still be had on the first payable day is lost on a day without it.
    """
    first = question.payable[0] if question.payable else question.beyond
    lost = discount(bill, first) - discount(bill, day)
    money = late_fee(bill, day) + lost + lateness(bill, day, question.weights)
    return Cost(money, early)
