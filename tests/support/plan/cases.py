"""Random questions for plans, each from its seed: small ones that can be tried out, large ones."""

from __future__ import annotations

import random
from datetime import date, timedelta

from rowcol.domain.calendar import is_bank_day, next_bank_day
from rowcol.domain.money import Money
from rowcol.domain.plan.question import (
    DayLimit,
    Fixed,
    Flow,
    PlanBill,
    Pool,
    Question,
    Weights,
)
from rowcol.domain.vendor import VendorTerms

TODAY = date(2026, 11, 23)
ACCOUNTS = ("checking", "payroll")


def usd(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "USD")


def terms(draw: random.Random) -> VendorTerms:
    """Terms of all kinds; many vendors have none."""
    if draw.random() < 0.3:
        return VendorTerms(critical=draw.random() < 0.3)
    return VendorTerms(
        critical=draw.random() < 0.25,
        discount_basis_points=draw.choice([0, 0, 50, 100, 200, 333]),
        discount_days=draw.randint(5, 30),
        late_fee=draw.choice([None, None, usd(draw.randint(1, 6000))]),
        late_basis_points_per_day=draw.choice([0, 0, 3, 10]),
        grace_days=draw.choice([0, 0, 2, 7]),
    )


def bill(draw: random.Random, number: int, horizon_days: int, accounts: int = 0) -> PlanBill:
    """A bill that is due from before today to after the horizon."""
    due = TODAY + timedelta(days=draw.randint(-12, horizon_days + 6))
    amount = draw.choice([draw.randint(1, 200), draw.randint(200, 9_000), 10_000, 25_000])
    return PlanBill(
        f"bill-{number:04d}",
        f"Vendor {number % 40}",
        usd(amount),
        due,
        None if draw.random() < 0.1 else due - timedelta(days=draw.choice([10, 30])),
        terms(draw),
        draw.choice(ACCOUNTS[:accounts]) if accounts else None,
    )


def payable_days(horizon_days: int) -> tuple[date, ...]:
    """Bank days of the horizon."""
    every = (TODAY + timedelta(days=offset) for offset in range(horizon_days))
    return tuple(day for day in every if is_bank_day(day))


def question(draw: random.Random, count: int, horizon_days: int, days_max: int) -> Question:
    """`count` bills, at most `days_max` payable days among those of the horizon."""
    every = payable_days(horizon_days)
    payable = sorted(draw.sample(every, min(len(every), days_max)))
    accounts = draw.choice([0, 0, 0, 2])
    bills = [bill(draw, number, horizon_days, accounts) for number in range(count)]
    for place in range(len(bills)):
        if draw.random() < 0.08:
            on = TODAY + timedelta(days=draw.randint(-2, horizon_days + 2))
            changed = bills[place]
            bills[place] = PlanBill(
                changed.id, changed.vendor, changed.amount, changed.due_on,
                account_id=changed.account_id, fixed=Fixed(on, "decided"),
            )  # fmt: skip
    wanted = sum(each.amount.minor for each in bills)
    pools = [_pool(draw, wanted, horizon_days, None)]
    pools += [_pool(draw, wanted, horizon_days, name) for name in ACCOUNTS[:accounts]]
    limits: dict[date, DayLimit] = {}
    if draw.random() < 0.3:
        left = usd(draw.randint(0, max(1, wanted)))
        limits = {day: DayLimit(left, "the client's limit") for day in payable}
    return Question(
        TODAY,
        horizon_days,
        tuple(payable),
        next_bank_day(TODAY + timedelta(days=horizon_days)),
        "USD",
        tuple(bills),
        tuple(pools),
        limits,
        Weights(draw.choice([0, 1, 100]), draw.choice([1, 10]), draw.choice([1, 2, 10]), 3),
    )


def _pool(draw: random.Random, wanted: int, horizon_days: int, account: str | None) -> Pool:
    """Cash for some of it, with money coming and going, or only going."""
    opening = draw.randint(0, max(1, wanted * draw.choice([1, 1, 2])))
    floor = draw.choice([0, 0, draw.randint(0, max(1, wanted // 3))])
    flows = []
    for _ in range(draw.choice([0, 0, 1, 3])):
        amount = draw.randint(-wanted // 4, wanted // 2)
        on = TODAY + timedelta(days=draw.randint(-1, horizon_days + 1))
        flows.append(Flow(on, usd(amount), "flow"))
    return Pool(usd(opening), usd(floor), tuple(flows), account)


def small(seed: int) -> Question:
    """Up to 8 bills, with as many days as can be tried out."""
    draw = random.Random(seed)  # noqa: S311  # seeded
    count = draw.randint(1, 8)
    days = {1: 40, 2: 40, 3: 20, 4: 9, 5: 6, 6: 4, 7: 3, 8: 2}[count]
    return question(draw, count, draw.choice([7, 14, 30, 91]), days)


def large(seed: int, count: int, kind: str) -> Question:
    """`kind`: "falling" cash alone limits; "rising": money comes in; "limits" on each day too."""
    draw = random.Random(seed)  # noqa: S311  # seeded
    bills = tuple(bill(draw, number, 91) for number in range(count))
    wanted = sum(each.amount.minor for each in bills)
    flows = []
    opening = wanted * 7 // 10
    if kind != "falling":
        opening = wanted * 3 // 10
        flows = [
            Flow(TODAY + timedelta(days=7 * week), usd(wanted // 24), "receipts")
            for week in range(1, 13)
        ]
    payable = payable_days(91)
    limits = {}
    if kind == "limits":
        left = usd(max(wanted * 5 // 4 // len(payable), 25_000))
        limits = {day: DayLimit(left, "the client's limit") for day in payable}
    return Question(
        TODAY, 91, payable, next_bank_day(TODAY + timedelta(days=91)), "USD", bills,
        (Pool(usd(opening), usd(wanted // 50), tuple(flows)),), limits,
        Weights(payments_a_day=max(10, count * 5 // 4 // len(payable))),
    )  # fmt: skip
