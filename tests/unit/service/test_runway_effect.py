"""What a decision does to the runway: the same lines that the runway shows before and after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from rowcol.domain.bill import Bill, DecisionAction
from rowcol.domain.lifecycle import Status
from rowcol.domain.refusal import Refusal
from rowcol.domain.runway import FlowKind
from rowcol.domain.runway_effect import RunwayEffect
from rowcol.domain.runway_lines import CashLines
from rowcol.service.change import Change
from rowcol.service.decide import Decide, decide
from rowcol.service.runway import decision_effect
from rowcol.service.stage import stage, unstage
from tests.support.domain.builders import FRIDAY, usd
from tests.support.runway_desk import RunwayDesk

LATER = date(2026, 12, 10)


@pytest.fixture
def desk() -> RunwayDesk:
    return RunwayDesk()


def lines(desk: RunwayDesk, days: int = 30) -> CashLines:
    found = desk.runway(days).lines
    assert isinstance(found, CashLines)
    return found


def effect_of(desk: RunwayDesk, plan: Callable[[Change], object], bill_id: str) -> RunwayEffect:
    found: list[RunwayEffect] = []

    def planned(change: Change) -> object:
        outcome = plan(change)
        assert not isinstance(outcome, Refusal), outcome
        found.append(decision_effect(change, bill_id))
        return outcome

    desk.act(planned)
    return found[-1]


def test_a_decision_tells_low_points_before_and_after(desk: RunwayDesk) -> None:
    desk.owe("bill-1", amount=usd("9000"), due_on=FRIDAY)
    desk.owe("bill-2", amount=usd("2000"), due_on=FRIDAY + timedelta(days=3))
    desk.stage("bill-1")
    before = lines(desk, 14).cautious
    wish = Decide("bill-1", DecisionAction.SCHEDULE, pay_on=date(2026, 12, 7))
    effect = effect_of(desk, lambda change: decide(desk.environment, change, wish), "bill-1")
    month = effect.horizons[1]
    assert [one.days for one in effect.horizons] == [14, 30, 91]
    assert (month.cautious_before.low, month.cautious_before.low_on) == (
        before.low, before.low_on,
    ) == (usd("-1000"), FRIDAY + timedelta(days=3))  # fmt: skip
    assert (month.cautious_after.low, month.cautious_after.low_on) == (
        usd("-1000"), date(2026, 12, 7),
    )  # fmt: skip
    assert month.cautious_after.below_zero_on == date(2026, 12, 7)
    two_weeks = effect.horizons[0]
    assert (two_weeks.cautious_after.low, two_weeks.cautious_after.below_zero_on) == (
        usd("8000"), None,
    )  # fmt: skip
    after = lines(desk, 14).cautious
    assert (after.low, after.low_on) == (
        two_weeks.cautious_after.low,
        two_weeks.cautious_after.low_on,
    )


@pytest.mark.parametrize("action", list(DecisionAction))
def test_the_effect_is_what_the_runway_then_shows(desk: RunwayDesk, action: DecisionAction) -> None:
    desk.owe("bill-1", due_on=FRIDAY + timedelta(days=4))
    desk.stage("bill-1")
    was = lines(desk, 91)
    wish = Decide("bill-1", action, pay_on=LATER, until=LATER, reason="waits")
    effect = effect_of(desk, lambda change: decide(desk.environment, change, wish), "bill-1")
    becomes = lines(desk, 91)
    quarter = effect.horizons[2]
    assert quarter.cautious_before.low == was.cautious.low
    assert quarter.cautious_before.low_on == was.cautious.low_on
    assert quarter.expected_after.low == becomes.expected.low
    assert quarter.expected_after.low_on == becomes.expected.low_on


def test_staging_and_its_undoing_move_nothing(desk: RunwayDesk) -> None:
    desk.owe()
    for plan in (
        lambda change: stage(desk.environment, change, "bill-1"),
        lambda change: unstage(change, "bill-1"),
    ):
        effect = effect_of(desk, plan, "bill-1")
        for horizon in effect.horizons:
            assert horizon.cautious_before == horizon.cautious_after


def test_an_unknown_balance_has_no_effect_that_is_known(desk: RunwayDesk) -> None:
    desk.owe()
    desk.bank_unknown()
    effect = effect_of(desk, lambda change: stage(desk.environment, change, "bill-1"), "bill-1")
    assert (effect.horizons, effect.unknown) == ((), "balance_unknown")


def test_a_bill_that_was_never_read_is_a_defect(desk: RunwayDesk) -> None:
    desk.owe()

    def plan(change: Change) -> Bill | None:
        with pytest.raises(KeyError):
            decision_effect(change, "bill-1")
        return None

    desk.act(plan)


def test_a_payment_that_is_over_does_not_stand_for_its_bill(desk: RunwayDesk) -> None:
    desk.owe()
    desk.stage()
    desk.decide("bill-1", DecisionAction.SCHEDULE, LATER)
    name = desk.bill().live_payment_id
    assert name is not None
    sources = desk.sources()
    over = replace(sources.payments[name], status=Status.CANCELLED)
    flows, _ = sources.deciding(desk.bill(), over).flows()
    assert [(flow.kind, flow.day) for flow in flows] == [(FlowKind.RESERVE, LATER)]
