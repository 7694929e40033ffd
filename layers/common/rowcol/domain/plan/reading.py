"""From a question to its puzzle: which bills, what each day costs them, what room there is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from rowcol.domain.plan.costs import cost_on
from rowcol.domain.plan.puzzle import Cost, Item, Puzzle
from rowcol.domain.plan.question import PlanBill, Question
from rowcol.domain.plan.rooms import rooms


@dataclass(frozen=True)
class Reading:
    """A question with its open bills in the order of the puzzle's items."""

    question: Question

    @cached_property
    def bills(self) -> tuple[PlanBill, ...]:
        """The bills that the plan decides on."""
        return tuple(bill for bill in self.question.bills if bill.is_open)

    @cached_property
    def rooms(self) -> tuple[tuple[int, ...], ...]:
        """What may be paid out of each pool by each payable day."""
        return tuple(rooms(self.question, pool) for pool in self.question.pools)

    def last_on_time(self, bill: PlanBill) -> int | None:
        """The place of the last payable day on which a bill is not late; None when it is already.

        A bill due after the horizon is never late in it, and paid early on each of its days.
        """
        place = bisect_right(self.question.payable, bill.due_on) - 1
        return place if place >= 0 else None

    @cached_property
    def puzzle(self) -> Puzzle:
        """The question as a solver takes it."""
        question = self.question
        limits = (question.day_limits.get(day) for day in question.payable)
        return Puzzle(
            tuple((day - question.today).days for day in question.payable),
            tuple(self._item(bill) for bill in self.bills),
            self.rooms,
            tuple(max(0, limit.left.minor) if limit is not None else None for limit in limits),
            question.weights.payments_a_day,
            question.weights.crowd_days,
        )

    def _item(self, bill: PlanBill) -> Item:
        question = self.question
        pools = tuple(place for place, pool in enumerate(question.pools) if pool.holds(bill))
        last = self.last_on_time(bill)
        costs = tuple(
            cost_on(question, bill, day, max(0, last - place) if last is not None else 0)
            for place, day in enumerate(question.payable)
        )
        return Item(bill.amount.minor, pools, 0, costs, self._beyond(bill))

    def _beyond(self, bill: PlanBill) -> Cost:
        """Not paid within the horizon: as if on the first bank day after it."""
        return cost_on(self.question, bill, self.question.beyond)
