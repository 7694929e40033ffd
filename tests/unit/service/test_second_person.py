"""Two people behind one decision: who is the second, and what holds when either changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rowcol.domain.bill import Bill, DecisionAction, DecisionState
from rowcol.domain.lifecycle import Status
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.requirements import Requirements
from rowcol.domain.reserve import ReserveState
from rowcol.domain.scope import SYSTEM, Actor, ActorKind, Role
from rowcol.service.decide import Decide, decide
from rowcol.service.decisions.approve import approve, refuse
from rowcol.service.decisions.change_decision import change_decision
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome
from rowcol.service.withdraw import withdraw
from tests.support.desk import Desk
from tests.support.domain.builders import usd

MONDAY = date(2026, 11, 23)
SCHEDULE = Decide("bill-1", DecisionAction.SCHEDULE, MONDAY)
PAY_NOW = Decide("bill-1", DecisionAction.PAY_NOW)


def person(name: str) -> Actor:
    return Actor(ActorKind.PERSON, name)


def machine(name: str, responsible: str) -> Actor:
    return Actor(ActorKind.MACHINE, name, None, responsible)


class Firm(Desk):
    """A staged bill of 1,250.00 above the threshold; Anna, Ben and Cara are approvers."""

    def __init__(self, threshold: str | None = "500", staged_by: Actor | None = None) -> None:
        above = usd(threshold) if threshold else None
        super().__init__(dual_control_from=above)
        for name in ("anna", "ben", "cara"):
            self.join(name)
        for name, owner in (("robot", "anna"), ("crane", "cara")):
            self.join(name, actor_kind=ActorKind.MACHINE, responsible_id=owner)
        self.read(payment=None)
        staged = self.act_as(
            staged_by or person("anna"), lambda change: stage(self.environment, change, "bill-1")
        )
        assert isinstance(staged, Outcome)

    def decide(self, actor: Actor, wish: Decide = SCHEDULE) -> Outcome | Refusal:
        return self.act_as(actor, lambda change: decide(self.environment, change, wish))

    def approve(self, actor: Actor) -> Outcome | Refusal:
        name = self.decision
        return self.act_as(actor, lambda change: approve(self.environment, change, name))

    @property
    def decision(self) -> str:
        decision = self.bill().decision
        assert decision is not None
        return decision.id

    def is_in(self, state: DecisionState) -> bool:
        decision = self.bill().decision
        return decision is not None and decision.state is state


def code(result: Outcome | Refusal) -> Code | None:
    return result.code if isinstance(result, Refusal) else None


@pytest.mark.parametrize("wish", [SCHEDULE, PAY_NOW], ids=["schedule", "pay_now"])
def test_who_staged_it_decides_and_another_has_the_last_word(wish: Decide) -> None:
    firm = Firm()
    waiting = firm.decide(person("anna"), wish)
    assert isinstance(waiting, Outcome)
    assert waiting.payment is None
    assert firm.is_in(DecisionState.AWAITING_SECOND_PERSON)
    held = firm.bill().open_reserve
    assert held is not None
    assert held.amount == usd("1250")
    assert code(firm.approve(person("anna"))) is Code.SAME_PERSON
    assert code(firm.approve(machine("robot", "anna"))) is Code.SECOND_PERSON_REQUIRED
    assert code(firm.approve(machine("crane", "cara"))) is Code.SECOND_PERSON_REQUIRED
    done = firm.approve(person("ben"))
    assert isinstance(done, Outcome)
    assert done.payment is not None
    decision = done.bill.decision
    assert decision is not None
    assert (decision.decided_by, decision.approved_by) == ("anna", "ben")
    assert done.payment.created_by == "anna"
    assert code(firm.approve(person("cara"))) is Code.WRONG_STATE
    later = wish is SCHEDULE
    assert done.payment.status is (Status.SCHEDULED if later else Status.PENDING)


def test_another_person_than_who_staged_decides_alone() -> None:
    firm = Firm()
    done = firm.decide(person("ben"))
    assert isinstance(done, Outcome)
    assert done.payment is not None


def test_below_the_threshold_one_person_is_enough() -> None:
    firm = Firm("1250.01")
    done = firm.decide(person("anna"))
    assert isinstance(done, Outcome)
    assert done.payment is not None


@pytest.mark.parametrize(
    ("staged", "decided", "approved", "expected"),
    [
        (person("anna"), machine("robot", "anna"), person("anna"), Code.SAME_PERSON),
        (person("anna"), machine("robot", "anna"), person("ben"), None),
        (machine("robot", "anna"), person("anna"), person("anna"), Code.SAME_PERSON),
        (machine("robot", "anna"), person("anna"), person("cara"), None),
        # What a machine decided, who answers for it may approve when another person staged it.
        (person("anna"), machine("crane", "cara"), person("cara"), None),
        (person("anna"), machine("crane", "cara"), person("anna"), Code.SAME_PERSON),
        (SYSTEM, person("anna"), person("anna"), Code.SAME_PERSON),
        (SYSTEM, person("anna"), person("ben"), None),
        (SYSTEM, machine("robot", "anna"), person("anna"), Code.SAME_PERSON),
    ],
)
def test_one_person_counts_once_whatever_they_act_through(
    staged: Actor, decided: Actor, approved: Actor, expected: Code | None
) -> None:
    firm = Firm(staged_by=staged)
    waiting = firm.decide(decided)
    assert isinstance(waiting, Outcome)
    assert firm.is_in(DecisionState.AWAITING_SECOND_PERSON)
    assert code(firm.approve(approved)) is expected


def test_rules_ask_for_two_people_below_the_threshold_too() -> None:
    firm = Firm(None)
    bill = firm.bill()
    assert bill.decision is not None
    demanded = Requirements(second_person=True, because=("rule-1",))
    decision = replace(bill.decision, requirements=demanded)
    assert firm.books.save(replace(bill, decision=decision))
    assert isinstance(firm.decide(person("anna")), Outcome)
    assert firm.is_in(DecisionState.AWAITING_SECOND_PERSON)
    refused = firm.approve(person("anna"))
    assert isinstance(refused, Refusal)
    assert refused.numbers["rules"] == ("rule-1",)


def test_rules_ask_for_a_second_factor() -> None:
    firm = Firm(None)
    bill = firm.bill()
    assert bill.decision is not None
    decision = replace(bill.decision, requirements=Requirements(step_up=True))
    assert firm.books.save(replace(bill, decision=decision))
    now = firm.clock.now()
    assert code(firm.decide(person("anna"))) is Code.STEP_UP_REQUIRED
    old = Actor(ActorKind.PERSON, "anna", now - timedelta(seconds=301))
    assert code(firm.decide(old)) is Code.STEP_UP_REQUIRED
    done = firm.decide(Actor(ActorKind.PERSON, "anna", now - timedelta(seconds=300)))
    assert isinstance(done, Outcome)
    assert done.bill.decision is not None
    assert done.bill.decision.authenticated_at == now - timedelta(seconds=300)


def test_who_decided_must_still_be_allowed_to() -> None:
    firm = Firm()
    firm.decide(person("anna"))
    firm.join("anna", Role.VIEWER)
    refused = firm.approve(person("ben"))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.FORBIDDEN
    assert refused.numbers["proposed_by"] == "anna"
    firm.join("anna", Role.APPROVER, active=False)
    assert code(firm.approve(person("ben"))) is Code.FORBIDDEN
    firm.join("anna", Role.APPROVER)
    assert code(firm.approve(person("ben"))) is None


def test_who_staged_must_still_stand_behind_it() -> None:
    firm = Firm()
    firm.join("anna", Role.VIEWER)
    waiting = firm.decide(person("ben"))
    assert isinstance(waiting, Outcome)
    assert firm.is_in(DecisionState.AWAITING_SECOND_PERSON)
    assert code(firm.approve(person("ben"))) is Code.SAME_PERSON
    assert code(firm.approve(person("cara"))) is None


def test_rights_revoked_while_the_second_says_yes() -> None:
    firm = Firm()
    firm.decide(person("anna"))
    revoked: list[bool] = []

    def revoke(call: str) -> None:
        if call.startswith("commit") and not revoked:
            revoked.append(True)
            firm.join("anna", Role.VIEWER)

    firm.store.on_call = revoke
    refused = firm.approve(person("ben"))
    assert revoked
    assert code(refused) is Code.FORBIDDEN
    assert firm.bill().live_payment_id is None


def test_the_second_person_says_no() -> None:
    firm = Firm()
    firm.decide(person("anna"))
    name = firm.decision
    by_anna = firm.act_as(person("anna"), lambda change: refuse(change, name, "no"))
    assert code(by_anna) is Code.SAME_PERSON
    done = firm.act_as(person("ben"), lambda change: refuse(change, name, "goods are missing"))
    assert isinstance(done, Outcome)
    assert firm.is_in(DecisionState.REFUSED)
    reserve = done.bill.reserve
    assert reserve is not None
    assert reserve.state is ReserveState.RELEASED
    again = firm.act_as(person("ben"), lambda change: stage(firm.environment, change, "bill-1"))
    assert isinstance(again, Outcome)


def test_it_is_taken_back_while_it_waits() -> None:
    firm = Firm()
    firm.decide(person("anna"))
    name = firm.decision
    assert isinstance(firm.act_as(person("anna"), lambda change: withdraw(change, name)), Outcome)
    assert firm.is_in(DecisionState.WITHDRAWN)
    assert firm.bill().open_reserve is None
    assert code(firm.approve(person("ben"))) is Code.WRONG_STATE


@pytest.mark.parametrize("wish", [SCHEDULE, PAY_NOW], ids=["schedule", "pay_now"])
def test_nobody_says_yes_in_time(wish: Decide) -> None:
    firm = Firm()
    firm.decide(person("anna"), wish)
    firm.pass_days(4)
    firm.sweep()
    assert firm.is_in(DecisionState.OVERDUE)
    assert firm.bill().open_reserve is not None
    assert code(firm.approve(person("ben"))) is Code.WRONG_STATE
    # The yes to pay in time was not one to pay late: it is decided anew.
    again = firm.decide(
        person("anna"), Decide("bill-1", DecisionAction.SCHEDULE, date(2026, 12, 1))
    )
    assert isinstance(again, Outcome)
    assert firm.is_in(DecisionState.AWAITING_SECOND_PERSON)


def test_a_yes_after_the_day_is_too_late_though_nothing_was_swept() -> None:
    firm = Firm()
    firm.decide(person("anna"), PAY_NOW)
    firm.pass_days(3)
    refused = firm.approve(person("ben"))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.DATE_PAST
    assert refused.numbers["date"] == date(2026, 11, 20)
    assert firm.bill().live_payment_id is None


def test_both_agree_to_the_same_amount() -> None:
    firm = Firm()
    firm.decide(person("anna"))
    firm.read(payment=None, amount=usd("1300"))
    refused = firm.approve(person("ben"))
    assert isinstance(refused, Refusal)
    assert refused.code is Code.BILL_CHANGED
    assert refused.numbers == {"decided": usd("1250"), "amount": usd("1300")}
    assert isinstance(changed(firm, person("anna"), SCHEDULE), Outcome)
    done = firm.approve(person("ben"))
    assert isinstance(done, Outcome)
    assert done.payment is not None
    assert done.payment.amount == usd("1300")


def changed(firm: Firm, actor: Actor, wish: Decide) -> Outcome | Refusal:
    name = firm.decision
    return firm.act_as(actor, lambda change: change_decision(firm.environment, change, name, wish))


def test_a_decision_is_changed_until_the_rail_has_it() -> None:
    firm = Firm(None)
    first = firm.decide(person("anna"))
    assert isinstance(first, Outcome)
    assert first.payment is not None
    delayed = Decide("", DecisionAction.DELAY, until=date(2026, 12, 2), reason="a credit comes")
    done = changed(firm, person("ben"), delayed)
    assert isinstance(done, Outcome)
    decision = done.bill.decision
    assert decision is not None
    assert (decision.staged_by, decision.decided_by) == ("anna", "ben")
    assert decision.replaces == first.payment.decision_id
    assert firm.payment(first.payment.id).status is Status.CANCELLED
    assert firm.bill().live_payment_id is None
    done = changed(firm, person("anna"), PAY_NOW)
    assert isinstance(done, Outcome)
    assert done.payment is not None
    assert done.payment.status is Status.PENDING


def test_a_change_that_is_refused_leaves_the_old_decision() -> None:
    firm = Firm(None)
    first = firm.decide(person("anna"))
    assert isinstance(first, Outcome)
    before: Bill = firm.bill()
    saturday = Decide("", DecisionAction.SCHEDULE, date(2026, 11, 28))
    assert code(changed(firm, person("anna"), saturday)) is Code.DATE_NOT_BANK_DAY
    assert firm.bill() == before


def test_changing_never_gets_around_the_second_person() -> None:
    firm = Firm()
    first = firm.decide(person("ben"))
    assert isinstance(first, Outcome)
    assert first.payment is not None
    # Anna staged it: what she makes of Ben's decision waits for somebody else.
    done = changed(firm, person("anna"), PAY_NOW)
    assert isinstance(done, Outcome)
    assert firm.is_in(DecisionState.AWAITING_SECOND_PERSON)
    assert code(firm.approve(person("anna"))) is Code.SAME_PERSON
    assert firm.payment(first.payment.id).status is Status.CANCELLED
