"""Overriding the guardrail: two people, one bill, one amount, one bank day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.bill import DecisionAction
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import AccountBalance, BalanceReading, BalanceSource
from rowcol.domain.guardrail import Allowed
from rowcol.domain.lifecycle import Status
from rowcol.domain.override import Override
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Role
from rowcol.service.balances import accept_balance
from rowcol.service.change import Change
from rowcol.service.custody import may_leave
from rowcol.service.decide import Decide, decide
from rowcol.service.decisions.override import (
    approve_override,
    ask_override,
    withdraw_override,
)
from rowcol.service.hold import hold
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import READ, usd

PAY_NOW = Decide("bill-1", DecisionAction.PAY_NOW)


class Short(Desk):
    """10,000.00 in the bank, 9,500.00 of it a floor; a staged bill of 1,250.00."""

    def __init__(self) -> None:
        super().__init__(
            operating_account_ids=("operating-1",), guardrail=GuardrailSettings(floor=usd("9500"))
        )
        for name in ("anna", "ben"):
            self.join(name, Role.RELEASER)
        self.read(payment=None)
        self.act(lambda change: stage(self.environment, change, "bill-1"))

    def balance(self) -> None:
        """The bank still shows 10,000.00."""
        self.clock.pause(60)
        cash = usd("10000")
        account = AccountBalance(
            "operating-1", "0001", "Checking", "depository", "checking", cash, cash
        )
        now = self.clock.now()
        read = replace(READ, began_at=now, ended_at=now)
        accept_balance(
            self.environment, SCOPE, BalanceReading((account,), BalanceSource.LIVE, now, read)
        )

    def person(self, name: str, age_seconds: int | None = 10) -> Actor:
        shown = None if age_seconds is None else self.clock.now() - timedelta(seconds=age_seconds)
        return Actor(ActorKind.PERSON, name, shown)

    def ask(self, name: str = "anna") -> Outcome | Refusal:
        return self.act_as(
            self.person(name),
            lambda change: ask_override(self.environment, change, "bill-1", "the rent is due"),
        )

    def approve(self, actor: Actor) -> Outcome | Refusal:
        override = self.override()
        return self.act_as(
            actor,
            lambda change: approve_override(self.environment, change, "bill-1", override.id),
        )

    def override(self) -> Override:
        found = self.bill().override
        assert found is not None
        return found

    def decide(self) -> Outcome | Refusal:
        return self.act_as(
            self.person("anna"), lambda change: decide(self.environment, change, PAY_NOW)
        )

    def covered(self) -> bool:
        held = self.bill().open_reserve
        return held is not None and held.covered


def code(result: Outcome | Refusal) -> Code | None:
    return result.code if isinstance(result, Refusal) else None


def test_two_people_let_a_bill_be_paid_that_cash_does_not_cover() -> None:
    desk = Short()
    assert code(desk.decide()) is Code.GUARDRAIL_INSUFFICIENT
    asked = desk.ask()
    assert isinstance(asked, Outcome)
    numbers = desk.override().numbers
    assert (numbers["short"], numbers["code"]) == (usd("750"), Code.GUARDRAIL_INSUFFICIENT)
    assert not desk.covered()
    assert code(desk.decide()) is Code.GUARDRAIL_INSUFFICIENT
    assert isinstance(desk.approve(desk.person("ben")), Outcome)
    assert desk.covered()
    held = desk.bill().open_reserve
    assert held is not None
    assert held.override_id == desk.override().id
    assert desk.books.head("USD").covered_total == usd("1250")
    done = desk.decide()
    assert isinstance(done, Outcome)
    assert done.payment is not None


@pytest.mark.parametrize(
    ("name", "age_seconds", "expected"),
    [
        ("anna", 10, Code.SAME_PERSON),
        ("ben", None, Code.STEP_UP_REQUIRED),
        ("ben", 301, Code.STEP_UP_REQUIRED),
        ("ben", 300, None),
    ],
)
def test_who_may_approve(name: str, age_seconds: int | None, expected: Code | None) -> None:
    desk = Short()
    desk.ask()
    assert code(desk.approve(desk.person(name, age_seconds))) is expected
    shown = desk.override().authenticated_at
    assert (shown is not None) is (expected is None)


def test_a_machine_overrides_nothing() -> None:
    desk = Short()
    desk.ask()
    robot = Actor(ActorKind.MACHINE, "robot", desk.clock.now(), "ben")
    assert code(desk.approve(robot)) is Code.SECOND_PERSON_REQUIRED


def test_who_asked_through_a_machine_is_the_same_person() -> None:
    desk = Short()
    desk.join("robot", Role.APPROVER, actor_kind=ActorKind.MACHINE, responsible_id="ben")
    robot = Actor(ActorKind.MACHINE, "robot", None, "ben")
    desk.act_as(robot, lambda change: ask_override(desk.environment, change, "bill-1", "rent"))
    assert code(desk.approve(desk.person("ben"))) is Code.SAME_PERSON
    assert code(desk.approve(desk.person("anna"))) is None


def test_who_asked_must_still_be_allowed_to() -> None:
    desk = Short()
    desk.ask()
    desk.join("anna", Role.VIEWER)
    assert code(desk.approve(desk.person("ben"))) is Code.FORBIDDEN


def test_it_is_for_one_amount() -> None:
    desk = Short()
    desk.ask()
    desk.read(payment=None, amount=usd("1300"))
    assert code(desk.approve(desk.person("ben"))) is Code.BILL_CHANGED
    desk.ask()
    assert code(desk.approve(desk.person("ben"))) is None
    assert desk.covered()
    desk.read(payment=None, amount=usd("1200"))
    assert not desk.covered()
    held = desk.bill().open_reserve
    assert held is not None
    assert held.override_id is None
    assert desk.books.head("USD").uncovered_total == usd("1200")


def test_it_ends_with_the_bank_day() -> None:
    desk = Short()
    desk.ask()
    desk.approve(desk.person("ben"))
    override = desk.override()
    assert override.holds(usd("1250"), override.until - timedelta(microseconds=1))
    desk.clock.pause((override.until - desk.clock.now()).total_seconds())
    desk.balance()
    assert not desk.covered()
    assert code(desk.decide()) is Code.GUARDRAIL_INSUFFICIENT


def test_a_new_balance_leaves_it_covered_and_uncovers_others() -> None:
    desk = Short()
    desk.read(bill_id="bill-2", amount=usd("400"), payment=None)
    desk.act(lambda change: stage(desk.environment, change, "bill-2"))
    second = desk.bill("bill-2").open_reserve
    assert second is not None
    assert second.covered
    desk.ask()
    desk.approve(desk.person("ben"))
    desk.balance()
    assert desk.covered()
    second = desk.bill("bill-2").open_reserve
    assert second is not None
    assert not second.covered


def test_nothing_is_overridden_that_cash_covers() -> None:
    desk = Short()
    client = replace(desk.client(), guardrail=GuardrailSettings(floor=usd("1")))
    assert desk.books.save(client)
    assert code(desk.ask()) is Code.WRONG_STATE
    desk.act(lambda change: stage(desk.environment, change, "bill-none"))
    missing = desk.act_as(
        desk.person("anna"),
        lambda change: ask_override(desk.environment, change, "bill-none", "rent"),
    )
    assert code(missing) is Code.NOT_FOUND


def test_it_is_taken_back_or_answered_with_no() -> None:
    desk = Short()
    desk.ask()
    name = desk.override().id
    gone = desk.act_as(desk.person("ben"), lambda change: withdraw_override(change, "bill-1", name))
    assert isinstance(gone, Outcome)
    assert desk.bill().override is None
    late = desk.act_as(
        desk.person("ben"),
        lambda change: approve_override(desk.environment, change, "bill-1", name),
    )
    assert code(late) is Code.NO_PENDING_CHANGE


def short(change: Change, name: str) -> Payment:
    payment = change.get(Payment, name)
    assert payment is not None
    return hold(change, payment, Code.GUARDRAIL_INSUFFICIENT, "short by 750.00")


def test_a_held_payment_goes_on_and_its_release_cites_the_override() -> None:
    desk = Short()
    client = desk.client()
    assert desk.books.save(replace(client, guardrail=GuardrailSettings(floor=usd("1"))))
    done = desk.decide()
    assert isinstance(done, Outcome)
    assert done.payment is not None
    name = done.payment.id
    assert desk.books.save(replace(desk.client(), guardrail=client.guardrail))
    desk.balance()
    desk.work(lambda change: bool(short(change, name)))
    assert desk.payment(name).status is Status.HOLD
    assert code(desk.ask()) is None
    assert code(desk.approve(desk.person("ben"))) is None
    payment = desk.payment(name)
    assert payment.status is Status.PENDING
    assert payment.custody.step is Step.REFRESH_BALANCE
    allowed = desk.work(lambda change: may_leave(change, payment, desk.bill()))
    assert isinstance(allowed, Allowed)
    assert allowed.numbers["override"] == desk.override().id
