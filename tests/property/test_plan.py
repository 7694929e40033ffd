"""Plans against brute force, and what holds of every plan: cash and limits on every day."""

from __future__ import annotations

import time
from datetime import date

import pytest

from rowcol.domain.plan.check import PAID, check
from rowcol.domain.plan.proposal import PaymentPlan, PlanAction
from rowcol.domain.plan.propose import propose
from rowcol.domain.plan.question import Question
from tests.support.plan.cases import large, small
from tests.support.plan.oracle import assignment, best, is_allowed, price

SEEDS = 300
CHUNK = 30


def days_of(question: Question, proposal: PaymentPlan) -> tuple[date | None, ...]:
    on = {line.bill_id: line.on if line.action in PAID else None for line in proposal.lines}
    return assignment(question, on)


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_plan_is_better_than_the_one_proposed(first: int) -> None:
    for seed in range(first, first + CHUNK):
        question = small(seed)
        proposal = propose(question)
        days = days_of(question, proposal)
        assert is_allowed(question, days), f"seed {seed}"
        found, least = price(question, days), best(question)
        assert found == least, f"seed {seed}: {found} where {least} is possible"
        assert proposal.cost.minor == found[0], f"seed {seed}"
        assert proposal.optimal, f"seed {seed}"


@pytest.mark.parametrize("kind", ["falling", "rising", "limits"])
@pytest.mark.parametrize("seed", range(8))
def test_cash_and_limits_hold_on_every_day(kind: str, seed: int) -> None:
    question = large(seed, 60, kind)
    proposal = propose(question, steps=2_000)
    assert check(question, proposal.lines) == ()
    assert is_allowed(question, days_of(question, proposal)), f"seed {seed}"
    assert proposal.cost_least <= proposal.cost
    assert sorted(line.bill_id for line in proposal.lines) == [each.id for each in question.bills]
    assert all(line.reason for line in proposal.lines)
    bills = {each.id: each for each in question.bills}
    for line in proposal.lines:
        assert (line.on is None) == (line.action is PlanAction.DELAY)
        assert (line.until is not None) == (line.action is PlanAction.DELAY)
        assert line.amount == bills[line.bill_id].amount
        if line.until is not None:
            assert line.until > question.today


@pytest.mark.parametrize("kind", ["falling", "rising", "limits"])
def test_a_thousand_bills_take_seconds_and_the_same_plan_comes_again(kind: str) -> None:
    question = large(5, 1000, kind)
    began = time.process_time()
    proposal = propose(question)
    seconds = time.process_time() - began
    assert seconds < 20, "a bench says how long it takes; this only bounds it on a busy machine"
    assert is_allowed(question, days_of(question, proposal))
    if kind == "falling":
        assert proposal.optimal
        assert propose(question) == proposal
