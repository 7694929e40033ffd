"""Why each line of a plan is as it is, in one word and in a sentence."""

from __future__ import annotations

from datetime import date

from rowcol.domain.plan.costs import discount, discount_until, late_days, late_fee
from rowcol.domain.plan.proposal import PlanBecause
from rowcol.domain.plan.puzzle import Places
from rowcol.domain.plan.question import PlanBill
from rowcol.domain.plan.reading import Reading

Told = tuple[PlanBecause, str]


def why_paid(reading: Reading, number: int, place: int) -> Told:
    """Why a bill is paid on that day."""
    question, bill = reading.question, reading.bills[number]
    day = question.payable[place]
    critical = "; a critical vendor" if bill.terms.critical else ""
    late = late_days(bill, day)
    if late:
        return PlanBecause.LATE, f"{_late(reading, bill, place)}{critical}"
    saved = discount(bill, day)
    until = discount_until(bill)
    following = question.payable[place + 1] if place + 1 < len(question.payable) else None
    if saved and until is not None and (following is None or following > until):
        percent = _percent(bill.terms.discount_basis_points)
        saves = f"which saves {question.money(saved)}"
        words = f"the last bank day of the {percent} discount until {until}, {saves}{critical}"
        return PlanBecause.DISCOUNT, words
    last = reading.last_on_time(bill)
    if last == place:
        return (
            PlanBecause.DUE,
            f"the last bank day on which it is not late, due {bill.due_on}{critical}",
        )
    early = last - place if last is not None else 0
    aim = f"before it has to be paid, due {bill.due_on}"
    if saved and until is not None and day <= until:
        aim = f"before the discount of {question.money(saved)} and the due date {bill.due_on}"
    return (
        PlanBecause.SPREAD,
        f"{_count(early, 'bank day')} {aim}, because later days hold enough payments{critical}",
    )


def _late(reading: Reading, bill: PlanBill, place: int) -> str:
    """A bill paid late: since when, what the fee is, and why not earlier."""
    question = reading.question
    day = question.payable[place]
    fee = late_fee(bill, day)
    fees = f", with a late fee of {question.money(fee)}" if fee else ""
    late = f"{_count(late_days(bill, day), 'day')} late, due {bill.due_on}{fees}"
    if place == 0:
        return f"{late}: every further day makes it worse"
    return f"{late}: neither cash nor limits allow more on earlier days"


def why_delayed(reading: Reading, number: int, places: Places) -> Told:
    """Why a bill is not paid within the horizon."""
    question, bill = reading.question, reading.bills[number]
    amount = bill.amount.minor
    if not question.payable:
        return PlanBecause.NOT_YET, "no bank day is left in the days looked at"
    if late_days(bill, question.beyond) == 0 and not discount(bill, question.payable[0]):
        return (
            PlanBecause.NOT_YET,
            f"due {bill.due_on}, after the {question.horizon_days} days looked at",
        )
    limits = [question.day_limits.get(day) for day in question.payable]
    known = [limit for limit in limits if limit is not None]
    if len(known) == len(limits) and all(limit.left.minor < amount for limit in known):
        most = max(known, key=lambda limit: limit.left.minor)
        return PlanBecause.LIMIT, f"{most.whose} leaves {most.left} a day, less than {bill.amount}"
    short = _short(reading, bill, places)
    fee = late_fee(bill, question.beyond)
    costs = f"; left until {question.beyond} it costs {question.money(fee)} in fees" if fee else ""
    if short > 0:
        return (
            PlanBecause.CASH_SHORT,
            f"cash is short by {question.money(short)} for it beside what is paid first{costs}",
        )
    return PlanBecause.LIMIT, f"no day has both cash and limits left for {bill.amount}{costs}"


def _short(reading: Reading, bill: PlanBill, places: Places) -> int:
    """By how much the room of its pools is too small beside all that the plan pays, at its end."""
    found = 0
    for pool, room in zip(reading.question.pools, reading.rooms, strict=True):
        if not pool.holds(bill):
            continue
        paid = sum(
            other.amount.minor
            for other, place in zip(reading.bills, places, strict=True)
            if place is not None and pool.holds(other)
        )
        found = max(found, paid + bill.amount.minor - room[-1])
    return found


def look_again(reading: Reading, bill: PlanBill, because: PlanBecause) -> date:
    """The day on which a delayed bill is looked at again: a bank day after today.

    One that is not due yet a week before it is; what cash or a limit forbids on its last day in
    time, and after a week at most.
    """
    question = reading.question
    later = [day for day in question.payable if day > question.today] or [question.beyond]
    if because is PlanBecause.NOT_YET:
        return later[-1]
    last = reading.last_on_time(bill)
    on_time = question.payable[last] if last is not None else question.today
    in_a_week = next((day for day in later if (day - question.today).days >= 7), later[-1])
    return min(in_a_week, on_time) if on_time > question.today else in_a_week


def _percent(basis_points: int) -> str:
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + " %"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
