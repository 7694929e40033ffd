"""A recurrence lets its bills be paid, and nothing that they become afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.bill import DecisionAction, DecisionState
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind, Role
from rowcol.domain.staging_rules import BillFact, Condition, Rule, StagingRules, Then
from rowcol.service.change import Change
from rowcol.service.decide import Decide
from rowcol.service.decisions.approve import approve
from rowcol.service.decisions.change_decision import change_decision
from rowcol.service.recurrences.define import approve as approve_recurrence
from rowcol.service.wishes import Outcome
from tests.support.desk import Desk
from tests.support.domain.builders import rail_payment, usd
from tests.unit.service.test_recurrences import defined

_NO_DATE: dict[str, Any] = {"planned_on": None, "effective_on": None}
PAY_NOW = Decide("bill-1", DecisionAction.PAY_NOW)
OTHER_BILLS = [
    {"amount": usd("6000")},
    {"amount": usd("6000"), "vendor_id": "vendor-2", "vendor_name": "Acme Supplies LLC"},
]


def firm() -> Desk:
    """Two people from 2,000.00 on; Anna's recurrence is for 1,250.00, and its bill has come."""
    desk = Desk(dual_control_from=usd("2000"))
    for name in ("anna", "ben", "cara"):
        desk.join(name)
    defined(desk)
    shows(desk)
    return desk


def shows(desk: Desk, **bill: Any) -> None:
    desk.read(**({"payment": rail_payment(**_NO_DATE)} | bill))


def change_as(desk: Desk, person: str) -> Any:
    decision = desk.bill().decision
    assert decision is not None
    name = decision.id
    return desk.act(lambda change: change_decision(desk.environment, change, name, PAY_NOW), person)


def held_for(desk: Desk) -> str | None:
    name = desk.bill().live_payment_id
    assert name is not None
    held = desk.payment(name).hold
    return held.kind if held is not None else None


def test_what_an_occurrence_pays_is_kept_with_its_decision() -> None:
    decision = firm().bill().decision
    assert decision is not None
    assert decision.staged_for == decision.decided_for
    assert decision.staged_for is not None
    assert decision.staged_for.amount == usd("1250")


@pytest.mark.parametrize("other", OTHER_BILLS, ids=["amount", "vendor"])
def test_who_made_it_is_not_one_of_two_for_another_bill(other: dict[str, Any]) -> None:
    """The bill became another after it was attached; Ben decides it as it is now."""
    desk = firm()
    shows(desk, **other)
    assert held_for(desk) == Code.BILL_CHANGED
    assert isinstance(change_as(desk, "ben"), Outcome)
    waiting = desk.bill()
    assert waiting.decision is not None
    assert waiting.decision.state is DecisionState.AWAITING_SECOND_PERSON
    assert waiting.live_payment_id is None
    name = waiting.decision.id
    no = desk.act(lambda change: approve(desk.environment, change, name), "ben")
    assert isinstance(no, Refusal)
    assert no.code is Code.SAME_PERSON
    yes = desk.act(lambda change: approve(desk.environment, change, name), "cara")
    assert isinstance(yes, Outcome)


def test_the_rules_are_asked_about_the_other_bill() -> None:
    desk = firm()

    def plan(change: Change) -> bool:
        large = Condition(BillFact.AMOUNT, at_least=usd("1500"))
        forbids = Rule("large", "Large", ((large,),), (Then.DO_NOT_STAGE,), reason="too large")
        change.put(StagingRules().with_rules((forbids,), change.now))
        change.state("staging_rules.changed", rules=(forbids,))
        return True

    desk.work(plan)
    shows(desk, amount=usd("1800"))
    answer = change_as(desk, "ben")
    assert isinstance(answer, Refusal)
    assert answer.code is Code.STAGING_FORBIDDEN


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"amount": usd("1251")}, Code.BILL_CHANGED),
        ({"vendor_id": "vendor-2", "vendor_name": "Acme LLC"}, Code.BILL_CHANGED),
        (
            {"payment": rail_payment(**_NO_DATE, vendor_account_id="vendor-account-2")},
            Code.BANK_DETAILS_CHANGED,
        ),
    ],
    ids=["within tolerance", "merged", "account"],
)
def test_an_attached_bill_that_changes_stops(other: dict[str, Any], kind: Code) -> None:
    """Tolerance is for the bill that comes, not for what somebody makes of it later."""
    desk = firm()
    shows(desk, **other)
    assert held_for(desk) == kind


@pytest.mark.parametrize(
    "other",
    [
        {"vendor_id": "vendor-2"},
        {"amount": usd("1275.01")},
        {"amount": usd("1224.99")},
    ],
    ids=["another vendor", "above", "below"],
)
def test_what_it_is_not_for_is_left_to_people(other: dict[str, Any]) -> None:
    desk = firm()
    shows(desk, bill_id="bill-2", invoice_number="INV-8", **other)
    bill = desk.bill("bill-2")
    assert (bill.decision, bill.live_payment_id) == (None, None)


@pytest.mark.parametrize("how", ["left", "viewer", "machine's person left"])
@pytest.mark.parametrize("who", ["anna", "ben"])
def test_nobody_decides_by_what_they_left_behind(who: str, how: str) -> None:
    """Those who agreed lose the right; what is attached by then stays decided, no more comes."""
    desk = Desk(dual_control_from=usd("1000"))
    for name in ("anna", "ben", "cara"):
        desk.join(name)
    name = defined(desk).id
    desk.act(lambda change: approve_recurrence(desk.environment, change, name), "ben")
    shows(desk)
    if how == "left":
        desk.join(who, Role.APPROVER, active=False)
    elif how == "viewer":
        desk.join(who, Role.VIEWER)
    else:
        desk.join("cara", Role.APPROVER, active=False)
        desk.join(who, actor_kind=ActorKind.MACHINE, responsible_id="cara")
    shows(desk, bill_id="bill-2", invoice_number="INV-8")
    later = desk.bill("bill-2")
    assert (later.decision, later.live_payment_id) == (None, None)
    assert desk.bill().live_payment_id is not None
    assert held_for(desk) is None


def test_two_people_agreed_to_its_amount_and_to_no_other() -> None:
    """Anna proposed and Ben approved; neither, nor both, agreed to another amount."""
    desk = Desk(dual_control_from=usd("1000"))
    for name in ("anna", "ben"):
        desk.join(name)
    name = defined(desk).id
    yes = desk.act(lambda change: approve_recurrence(desk.environment, change, name), "ben")
    assert not isinstance(yes, Refusal)
    shows(desk)
    assert desk.bill().live_payment_id is not None
    shows(desk, amount=usd("6000"))
    assert isinstance(change_as(desk, "ben"), Outcome)
    assert desk.bill().live_payment_id is None
