"""People agree to what a bill was then: another amount or payee is another thing to agree to."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction, DecisionState
from rowcol.domain.money import Money
from rowcol.domain.payable import Payable
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.requirements import Requirements
from rowcol.domain.scope import SYSTEM, Actor, ActorKind
from rowcol.domain.staging_rules import BillFact, Condition, Rule, StagingRules, Then
from rowcol.service.change import Change
from rowcol.service.decide import Decide, decide
from rowcol.service.decisions.approve import approve
from rowcol.service.decisions.change_decision import change_decision
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome
from tests.support.desk import Desk
from tests.support.domain.builders import rail_payment, usd

PAY_NOW = Decide("bill-1", DecisionAction.PAY_NOW)
_NO_DATE: dict[str, Any] = {"planned_on": None, "effective_on": None}
OTHER_BILLS = [
    {"amount": usd("6000")},
    {"vendor_id": "vendor-2", "vendor_name": "Acme Supplies LLC"},
    {"payment": rail_payment(**_NO_DATE, vendor_account_id="vendor-account-2")},
]
AS = ["amount", "vendor", "account"]


class Firm(Desk):
    """A bill of 1,250.00, two people from 500.00 on; Anna, Ben and Cara are approvers."""

    def __init__(self, threshold: str | None = "500") -> None:
        super().__init__(dual_control_from=usd(threshold) if threshold else None)
        for name in ("anna", "ben", "cara"):
            self.join(name)
        self.shows()

    def shows(self, **bill: Any) -> None:
        """Ramp shows the bill so from now on."""
        self.read(**({"payment": rail_payment(**_NO_DATE)} | bill))

    def stage(self, actor: Actor | None = None) -> None:
        by = actor or person("anna")
        staged = self.act_as(by, lambda change: stage(self.environment, change, "bill-1"))
        assert isinstance(staged, Outcome)

    def decide(self, name: str) -> Outcome | Refusal:
        return self.act_as(person(name), lambda change: decide(self.environment, change, PAY_NOW))

    def approve(self, name: str) -> Outcome | Refusal:
        decision = self.bill().decision
        assert decision is not None
        return self.act_as(
            person(name), lambda change: approve(self.environment, change, decision.id)
        )

    @property
    def waits(self) -> bool:
        bill = self.bill()
        assert bill.decision is not None
        waiting = bill.decision.state is DecisionState.AWAITING_SECOND_PERSON
        assert waiting == (bill.live_payment_id is None)
        return waiting


def person(name: str) -> Actor:
    return Actor(ActorKind.PERSON, name)


def code(result: Outcome | Refusal) -> Code | None:
    return result.code if isinstance(result, Refusal) else None


@pytest.mark.parametrize("other", OTHER_BILLS, ids=AS)
def test_who_staged_another_bill_is_no_second_person(other: dict[str, Any]) -> None:
    firm = Firm()
    firm.stage()
    firm.shows(**other)
    assert isinstance(firm.decide("ben"), Outcome)
    assert firm.waits
    assert code(firm.approve("ben")) is Code.SAME_PERSON
    assert firm.waits
    assert isinstance(firm.approve("cara"), Outcome)
    assert not firm.waits


@pytest.mark.parametrize("other", OTHER_BILLS, ids=AS)
def test_nor_by_way_of_a_changed_decision(other: dict[str, Any]) -> None:
    firm = Firm()
    firm.stage()
    assert isinstance(firm.decide("anna"), Outcome)
    firm.shows(**other)
    before = firm.bill().decision
    assert before is not None
    name = before.id
    changed = firm.act_as(
        person("ben"), lambda change: change_decision(firm.environment, change, name, PAY_NOW)
    )
    assert isinstance(changed, Outcome)
    assert firm.waits
    assert code(firm.approve("ben")) is Code.SAME_PERSON


@pytest.mark.parametrize("other", OTHER_BILLS, ids=AS)
def test_the_second_yes_is_to_what_was_decided(other: dict[str, Any]) -> None:
    firm = Firm()
    firm.stage()
    assert isinstance(firm.decide("anna"), Outcome)
    firm.shows(**other)
    assert code(firm.approve("ben")) is Code.BILL_CHANGED
    assert firm.waits
    firm.shows()
    assert isinstance(firm.approve("ben"), Outcome)


def test_an_account_that_is_named_later_is_no_other() -> None:
    firm = Firm()
    firm.shows(payment=None)
    firm.stage()
    assert isinstance(firm.decide("anna"), Outcome)
    firm.shows()
    assert isinstance(firm.approve("ben"), Outcome)


def test_the_same_bill_is_decided_as_ever() -> None:
    firm = Firm()
    firm.stage()
    assert isinstance(firm.decide("ben"), Outcome)
    assert not firm.waits


def ruled(firm: Firm, *then: Then) -> None:
    """From 5,000.00 on a rule holds."""

    def plan(change: Change) -> bool:
        large = Condition(BillFact.AMOUNT, at_least=usd("5000"))
        rule = Rule("large", "Large", ((large,),), then, reason="too large")
        change.put(StagingRules().with_rules((rule,), change.now))
        change.state("staging_rules.changed", rules=(rule,))
        return True

    firm.work(plan)


def test_what_rules_demand_of_the_new_amount_is_demanded() -> None:
    firm = Firm(None)
    ruled(firm, Then.SECOND_PERSON, Then.CALL_BACK)
    firm.stage()
    firm.shows(amount=usd("6000"))
    assert isinstance(firm.decide("anna"), Outcome)
    assert firm.waits
    decision = firm.bill().decision
    assert decision is not None
    assert decision.requirements == Requirements(True, False, True, ("large",))


def test_a_second_factor_too() -> None:
    firm = Firm(None)
    ruled(firm, Then.STEP_UP)
    firm.stage()
    firm.shows(amount=usd("6000"))
    assert code(firm.decide("anna")) is Code.STEP_UP_REQUIRED


def test_what_may_not_be_staged_as_it_is_now_is_not_decided() -> None:
    firm = Firm(None)
    ruled(firm, Then.DO_NOT_STAGE)
    firm.stage()
    firm.shows(amount=usd("6000"))
    assert code(firm.decide("anna")) is Code.STAGING_FORBIDDEN
    firm.shows()
    assert isinstance(firm.decide("anna"), Outcome)


def test_below_the_threshold_nothing_changes() -> None:
    firm = Firm(None)
    firm.stage(SYSTEM)
    firm.shows(amount=usd("6000"))
    assert isinstance(firm.decide("anna"), Outcome)
    assert not firm.waits


@pytest.mark.parametrize("other", OTHER_BILLS, ids=AS)
def test_what_is_decided_stops_when_the_bill_becomes_another(other: dict[str, Any]) -> None:
    firm = Firm(None)
    firm.stage()
    done = firm.decide("anna")
    assert isinstance(done, Outcome)
    assert done.payment is not None
    firm.shows(**other)
    held = firm.payment(done.payment.id).hold
    assert held is not None
    account = "payment" in other
    assert held.kind == (Code.BANK_DETAILS_CHANGED if account else Code.BILL_CHANGED)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("v", "a"), ("v", "a"), False),
        (("v", None), ("v", "a"), False),
        (("v", "a"), ("v", None), False),
        (("v", "a"), ("v", "b"), True),
        (("v", "a"), ("w", "a"), True),
        ((None, None), ("w", None), True),
    ],
)
def test_what_is_another_thing_to_agree_to(
    one: tuple[str | None, str | None], other: tuple[str | None, str | None], *, expected: bool
) -> None:
    amount: Money = usd("1")
    assert Payable(amount, *one).differs(Payable(amount, *other)) is expected
    assert Payable(amount, *one).differs(Payable(usd("1.01"), *one))
