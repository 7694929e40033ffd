"""What a plan says: a line for each bill with its reason in words, totals, and the line of cash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rowcol.domain.money import Money


class PlanAction(StrEnum):
    """What becomes of a bill. The first three are decisions that can be accepted.

    `fixed`: it is paid without this plan. `waits`: it cannot be planned yet, see its code.
    """

    PAY_NOW = "pay_now"
    SCHEDULE = "schedule"
    DELAY = "delay"
    FIXED = "fixed"
    WAITS = "waits"


class PlanBecause(StrEnum):
    """Why, in one word for machines; the line's reason says it for people."""

    DISCOUNT = "discount"
    DUE = "due"
    SPREAD = "spread"
    LATE = "late"
    CASH_SHORT = "cash_short"
    LIMIT = "limit"
    NOT_YET = "not_yet"
    DECIDED = "decided"
    NOT_POSSIBLE = "not_possible"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One bill. `on`: when it is paid; `until`: when a delayed one is looked at again.

    `late_days` and `late_fee` are those of that day, of a delayed bill those of the first bank day
    after the horizon. `code`: why it waits, as a single command would refuse it. `needs`: what
    accepting it takes besides the right to decide.
    """

    bill_id: str
    vendor: str
    amount: Money
    due_on: date
    action: PlanAction
    because: PlanBecause
    reason: str
    on: date | None
    until: date | None
    late_days: int
    late_fee: Money
    discount: Money
    discount_lost: Money
    critical: bool
    needs: tuple[str, ...] = ()
    code: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """Sums over the lines. Late days and fees are those of what the plan pays within its horizon.

    `delayed_fees`: what delayed bills would cost in fees, were they paid just after it.
    """

    pay_now: Money
    scheduled: Money
    delayed: Money
    fixed: Money
    waiting: Money
    late_bills: int
    late_days: int
    late_fees: Money
    delayed_fees: Money
    discounts: Money
    discounts_lost: Money


@dataclass(frozen=True, slots=True)
class PlanCashDay:
    """Cash of all operating accounts at the end of a day on which something moves."""

    day: date
    cash: Money
    planned: Money
    other: Money


@dataclass(frozen=True, slots=True)
class PlanLowPoint:
    """The day on which cash is nearest to what must stay. `above` below zero: short already."""

    day: date
    cash: Money
    above: Money


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """A plan. `optimal`: it is proved that none has less cost; else none is under `cost_least`.

    `cost`: fees, lost discounts and what late days are held to be worth, of all open bills.
    """

    today: date
    last_day: date
    lines: tuple[PlanLine, ...]
    totals: PlanTotals
    cash: tuple[PlanCashDay, ...]
    low_point: PlanLowPoint
    must_stay: Money
    cost: Money
    cost_least: Money
    optimal: bool
