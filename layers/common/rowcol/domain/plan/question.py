"""What a plan is asked: bills with their terms, cash without them, days, limits, and what matters.

Amounts are all of one currency. Days are the client's calendar days; `payable` are those on which
banks move money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from rowcol.domain.money import Money
from rowcol.domain.vendor import VendorTerms

HORIZON_DAYS_MAX = 91


@dataclass(frozen=True, slots=True)
class Fixed:
    """It is paid on this day whatever the plan says: decided already, or Ramp's and not ours.

    After the horizon it is counted on its last day: the guardrail keeps the money from now on.
    """

    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Waits:
    """It cannot be planned: a stable refusal code, why, and where a person can change that."""

    code: str
    reason: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class PlanBill:
    """One open bill. `account_id`: the operating account that pays it, where several do.

    `needs`: what accepting its line takes besides the right to decide, such as "second_person".
    """

    id: str
    vendor: str
    amount: Money
    due_on: date
    issued_on: date | None = None
    terms: VendorTerms = field(default_factory=VendorTerms)
    account_id: str | None = None
    fixed: Fixed | None = None
    waits: Waits | None = None
    needs: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the plan decides on it."""
        return self.fixed is None and self.waits is None


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that comes (above zero) or goes (below) on a day, whatever the plan says."""

    on: date
    amount: Money
    what: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Cash that must stay at or above `floor` on every day. `account_id` None: all of it.

    `opening` is the accepted balance; fixed bills are not among the `flows`.
    """

    opening: Money
    floor: Money
    flows: tuple[Flow, ...] = ()
    account_id: str | None = None

    def holds(self, bill: PlanBill) -> bool:
        """Whether a bill is paid out of it."""
        return self.account_id is None or self.account_id == bill.account_id


@dataclass(frozen=True, slots=True)
class DayLimit:
    """What may still be decided for one day, and whose limit it is."""

    left: Money
    whose: str


@dataclass(frozen=True, slots=True)
class Weights:
    """What matters besides fees and discounts, which count as the money they are.

    `late_day`: what one day late is held to be worth, in minor units; a critical vendor's counts
    `critical_factor` times. Without costing any money, a day should hold at most `payments_a_day`
    payments: each more weighs as much as paying one bill `crowd_days` bank days too early.
    """

    late_day: int = 100
    critical_factor: int = 10
    payments_a_day: int = 10
    crowd_days: int = 3


@dataclass(frozen=True, slots=True)
class Question:
    """The whole question. The horizon is `today` and the days after it, `horizon_days` in all.

    `payable`: its bank days on which a payment can still be asked for, ascending; `beyond` is the
    first one after the horizon: what is not paid within it is taken to be paid then.
    """

    today: date
    horizon_days: int
    payable: tuple[date, ...]
    beyond: date
    currency: str
    bills: tuple[PlanBill, ...]
    pools: tuple[Pool, ...]
    day_limits: Mapping[date, DayLimit] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)

    @property
    def last_day(self) -> date:
        """The last day of the horizon."""
        return self.today + timedelta(days=self.horizon_days - 1)

    def money(self, minor: int) -> Money:
        """An amount in the plan's currency."""
        return Money(minor, self.currency)
