"""When a delay ends nothing leaves: the bill waits for people as if nobody had decided it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction, DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.decide import Decide, decide
from rowcol.service.decisions.approve import approve
from rowcol.service.wishes import Outcome
from tests.support.domain.builders import usd
from tests.support.payment_desk import BILL, PaymentDesk

DAYS = 5


def desk_of() -> PaymentDesk:
    """Anna staged 1,250.00, where two people decide; Cara delays it."""
    desk = PaymentDesk(dual_control_from=usd("1000"))
    for name in ("anna", "boris", "cara"):
        desk.join(name)
    desk.stage()
    return desk


def ask(desk: PaymentDesk, wish: Decide, person: str) -> Outcome | Refusal:
    answer = desk.act(lambda change: decide(desk.environment, change, wish), person)
    assert isinstance(answer, Outcome | Refusal)
    return answer


def delayed(desk: PaymentDesk, person: str = "cara") -> None:
    until = desk.today() + timedelta(days=DAYS)
    wish = Decide(BILL, DecisionAction.DELAY, until=until, reason="disputed")
    assert isinstance(ask(desk, wish, person), Outcome)


def its_end(desk: PaymentDesk) -> None:
    for _ in range(DAYS + 1):
        desk.until(24)


def pay(desk: PaymentDesk, person: str) -> DecisionState:
    answer = ask(desk, Decide(BILL, DecisionAction.PAY_NOW), person)
    assert isinstance(answer, Outcome), answer
    assert answer.bill.decision is not None
    return answer.bill.decision.state


def held(desk: PaymentDesk) -> int:
    """What reserves hold: the head's totals, which are those of the bill."""
    head, reserve = desk.books.head("USD"), desk.bill().open_reserve
    total = head.covered_total.minor + head.uncovered_total.minor
    assert total == (reserve.amount.minor if reserve is not None else 0)
    return total


@pytest.mark.parametrize("dated", [False, True])
def test_nothing_leaves_by_itself(dated: bool) -> None:
    desk = desk_of()
    if dated:
        desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=9))
    delayed(desk)
    if dated:
        assert held(desk) == 125_000
        assert desk.clear() == "cleared"
    assert held(desk) == 0
    its_end(desk)
    bill = desk.bill()
    assert bill.decision is not None
    assert (bill.decision.state, bill.live_payment_id) == (DecisionState.OVERDUE, None)
    assert held(desk) == 125_000
    assert desk.ramp.asked == (["clear"] if dated else [])
    its_end(desk)
    assert held(desk) == 125_000


def test_who_delayed_it_has_not_agreed_to_pay_it() -> None:
    desk = desk_of()
    delayed(desk)
    its_end(desk)
    assert pay(desk, "anna") is DecisionState.AWAITING_SECOND_PERSON
    assert desk.bill().live_payment_id is None


@pytest.mark.parametrize(
    "other",
    [{"amount": usd("6000")}, {"vendor_id": "vendor-2", "vendor_name": "Acme LLC"}],
    ids=["amount", "vendor"],
)
def test_what_became_another_meanwhile_is_nobodys_yet(other: dict[str, Any]) -> None:
    desk = desk_of()
    delayed(desk)
    desk.shows(RailState.READY, **other)
    its_end(desk)
    assert pay(desk, "boris") is DecisionState.AWAITING_SECOND_PERSON
    decision = desk.bill().decision
    assert decision is not None
    name = decision.id
    no = desk.act(lambda change: approve(desk.environment, change, name), "boris")
    assert isinstance(no, Refusal)
    assert no.code is Code.SAME_PERSON
    assert held(desk) == desk.bill().amount.minor


def test_a_date_that_ramp_gets_meanwhile_is_told_and_reserved_once() -> None:
    desk = desk_of()
    delayed(desk)
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=2))
    assert "rail_date" in desk.items()
    assert held(desk) == 125_000
    its_end(desk)
    assert held(desk) == 125_000


def test_one_that_ramp_does_not_take_off_is_told() -> None:
    desk = desk_of()
    desk.shows(RailState.SCHEDULED, desk.today() + timedelta(days=9))
    delayed(desk)
    desk.ramp.answers = ["refuse"]
    desk.clear()
    assert "clear_refused" in desk.items()
    assert held(desk) == 125_000
    its_end(desk)
    assert held(desk) == 125_000


def test_it_may_end_after_the_bill_was_paid_elsewhere() -> None:
    desk = desk_of()
    delayed(desk)
    desk.shows(RailState.PAID)
    its_end(desk)
    answer = ask(desk, Decide(BILL, DecisionAction.PAY_NOW), "boris")
    assert isinstance(answer, Refusal)
    assert desk.bill().live_payment_id is None
