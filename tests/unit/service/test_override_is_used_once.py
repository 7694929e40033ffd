"""An override is for one bill as it was asked, and does not come back with another decision."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction
from rowcol.domain.guardrail import Allowed
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.custody import may_leave
from rowcol.service.decide import Decide
from rowcol.service.decisions.change_decision import change_decision
from rowcol.service.decisions.override import approve_override
from rowcol.service.stage import stage, unstage
from rowcol.service.wishes import Outcome
from rowcol.service.withdraw import withdraw
from tests.support.domain.builders import usd
from tests.unit.service.test_overrides import Short, code


def overridden() -> Short:
    desk = Short()
    desk.ask()
    assert code(desk.approve(desk.person("ben"))) is None
    assert desk.covered()
    return desk


def totals(desk: Short) -> tuple[int, int]:
    """What the head says is held; the bills say the same."""
    head, held = desk.books.head("USD"), desk.bill().open_reserve
    found = (head.covered_total.minor, head.uncovered_total.minor)
    if held is None:
        assert found == (0, 0)
    else:
        assert found == ((held.amount.minor, 0) if held.covered else (0, held.amount.minor))
    return found


def staged_again(desk: Short) -> None:
    again = desk.act(lambda change: stage(desk.environment, change, "bill-1"))
    assert isinstance(again, Outcome)


def test_not_after_the_staging_was_taken_back() -> None:
    desk = overridden()
    desk.act(lambda change: unstage(change, "bill-1"))
    assert totals(desk) == (0, 0)
    staged_again(desk)
    assert not desk.covered()
    assert code(desk.decide()) is Code.GUARDRAIL_INSUFFICIENT
    assert totals(desk) == (0, 125_000)


def test_not_after_the_decision_was_taken_back() -> None:
    desk = overridden()
    taken = desk.decide()
    assert isinstance(taken, Outcome)
    assert taken.bill.decision is not None
    name = taken.bill.decision.id
    assert isinstance(desk.act(lambda change: withdraw(change, name)), Outcome)
    assert totals(desk) == (0, 0)
    staged_again(desk)
    assert code(desk.decide()) is Code.GUARDRAIL_INSUFFICIENT


def test_a_changed_decision_keeps_it_for_the_same_amount_and_day() -> None:
    desk = overridden()
    taken = desk.decide()
    assert isinstance(taken, Outcome)
    assert taken.bill.decision is not None
    name = taken.bill.decision.id
    wish = Decide("bill-1", DecisionAction.PAY_NOW)
    changed = desk.act_as(
        desk.person("anna"), lambda change: change_decision(desk.environment, change, name, wish)
    )
    assert isinstance(changed, Outcome)
    assert totals(desk) == (125_000, 0)


@pytest.mark.parametrize("amount", ["1250.01", "1249.99", "1"])
def test_not_for_a_payment_of_another_amount_though_it_was_decided(amount: str) -> None:
    """Below what was overridden, too: cash decides, as ever."""
    desk = overridden()
    taken = desk.decide()
    assert isinstance(taken, Outcome)
    assert taken.payment is not None
    desk.read(payment=None, amount=usd(amount))
    bill, payment = desk.bill(), desk.payment(taken.payment.id)
    assert payment.hold is not None
    assert payment.hold.kind == Code.BILL_CHANGED
    assert bill.open_reserve is not None
    assert bill.open_reserve.override_id is None
    totals(desk)

    def look(change: Any) -> Allowed | Refusal:
        return may_leave(change, payment, bill)

    answer = desk.work(look)
    assert not (isinstance(answer, Allowed) and "override" in answer.numbers)


def test_the_old_amount_back_is_no_override_back() -> None:
    desk = overridden()
    desk.read(payment=None, amount=usd("1300"))
    desk.read(payment=None, amount=usd("1250"))
    assert not desk.covered()
    assert code(desk.decide()) is Code.GUARDRAIL_INSUFFICIENT
    assert totals(desk) == (0, 125_000)


def test_it_is_approved_once() -> None:
    desk = overridden()
    name = desk.override().id
    again = desk.act_as(
        desk.person("ben"),
        lambda change: approve_override(desk.environment, change, "bill-1", name),
    )
    assert code(again) is Code.NO_PENDING_CHANGE
    assert totals(desk) == (125_000, 0)


def test_another_bill_has_no_part_in_it() -> None:
    desk = overridden()
    desk.read(bill_id="bill-2", payment=None)
    desk.act(lambda change: stage(desk.environment, change, "bill-2"))
    held = desk.bill("bill-2").open_reserve
    assert held is not None
    assert (held.covered, held.override_id) == (False, None)
    name = desk.override().id
    crossed = desk.act_as(
        desk.person("ben"),
        lambda change: approve_override(desk.environment, change, "bill-2", name),
    )
    assert code(crossed) is Code.NO_PENDING_CHANGE
