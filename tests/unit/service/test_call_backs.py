"""Who may call a vendor back, about which account, and what goes on after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.lifecycle import By, Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service.call_backs import CallBackKept, call_back
from rowcol.service.change import Change, transact
from rowcol.service.fraud import held_for_call_back
from rowcol.service.payment_commands.lift import Lift, lift
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import rail_payment, usd
from tests.support.fraud_desk import (
    ACCOUNT,
    CALL,
    OTHER,
    VENDOR,
    called,
    code,
    desk_with,
    of,
    of_vendor,
    other_account,
    pay,
    said,
)
from tests.support.payment_desk import PaymentDesk


def item_of(desk: Desk, subject: str, kind: str) -> TrayItem:
    found = desk.books.get(TrayItem, tray_id(subject, kind))
    assert found is not None
    return found


def held_desk() -> tuple[PaymentDesk, str]:
    desk = desk_with()
    return desk, desk.asked()


@pytest.mark.parametrize("person", ["anna", "boris"])
def test_who_had_a_hand_in_it_cannot_make_the_call(person: str) -> None:
    desk, name = held_desk()
    before = of_vendor(desk)
    assert code(called(desk, person)) is Code.SAME_PERSON
    answer = desk.do(lambda env, change: lift(env, change, name, Lift(By.ADMIN, CALL)), person)
    assert code(answer) is Code.SAME_PERSON
    assert of_vendor(desk) == before
    assert desk.payment(name).status is Status.HOLD


def test_a_machine_calls_nobody() -> None:
    desk, name = held_desk()
    robot = Actor(ActorKind.MACHINE, "robot", None, "cleo")
    for plan in (
        lambda change: call_back(desk.environment, change, said()),
        lambda change: lift(desk.environment, change, name, Lift(By.ADMIN, CALL)),
    ):
        surroundings = desk.environment.surroundings
        answer = transact(desk.store, surroundings, SCOPE, robot, plan)
        assert code(answer) is Code.SECOND_PERSON_REQUIRED


def test_a_call_made_ahead_by_who_decides_later_answers_nothing() -> None:
    desk = desk_with()
    assert isinstance(called(desk, "boris"), CallBackKept)
    name = desk.asked()
    assert desk.payment(name).status is Status.HOLD
    assert isinstance(called(desk, "cleo"), CallBackKept)
    desk.run(name)
    assert len(desk.ramp.asked) == 1


def test_a_call_made_ahead_by_somebody_else_answers_for_the_account() -> None:
    desk = desk_with()
    assert isinstance(called(desk), CallBackKept)
    desk.asked()
    assert len(desk.ramp.asked) == 1


def test_lifting_with_a_call_keeps_it_like_any_other() -> None:
    desk, name = held_desk()
    assert code(desk.do(lambda env, change: lift(env, change, name, Lift(By.ADMIN)), "cleo")) is (
        Code.EVIDENCE_REQUIRED
    )
    lifted = desk.do(lambda env, change: lift(env, change, name, Lift(By.PERSON, CALL)), "cleo")
    assert isinstance(lifted, Payment)
    [kept] = of_vendor(desk).call_backs
    assert (kept.by, kept.account_id, kept.payment_ids) == ("cleo", ACCOUNT, (name,))
    assert "vendor.called_back" in desk.types()
    desk.run(name)
    assert len(desk.ramp.asked) == 1


def test_a_call_without_a_reference_or_about_nobody_is_refused() -> None:
    desk, _ = held_desk()
    blank = replace(said(), reference=" ")
    answer = desk.act(lambda change: call_back(desk.environment, change, blank), "cleo")
    assert code(answer) is Code.EVIDENCE_REQUIRED
    nobody = replace(said(), vendor_id="vendor-nobody")
    answer = desk.act(lambda change: call_back(desk.environment, change, nobody), "cleo")
    assert code(answer) is Code.NOT_FOUND


# ---- the account


def test_a_call_about_another_account_than_the_one_to_be_paid_does_not_count() -> None:
    desk, name = held_desk()
    assert code(called(desk, account=OTHER)) is Code.BANK_DETAILS_CHANGED
    assert code(called(desk, account=None)) is Code.BANK_DETAILS_CHANGED
    assert desk.payment(name).status is Status.HOLD


def test_an_account_that_changes_after_the_call_stops_the_payment_again() -> None:
    desk, name = held_desk()
    assert isinstance(called(desk), CallBackKept)
    other_account(desk)
    held = desk.payment(name)
    assert held.hold is not None
    assert held.hold.kind == Code.BANK_DETAILS_CHANGED
    assert code(called(desk)) is Code.BANK_DETAILS_CHANGED, "the call was about the old one"
    answer = called(desk, account=OTHER)
    assert isinstance(answer, CallBackKept)
    assert answer.lifted == (name,)
    desk.run(name)
    assert len(desk.ramp.asked) == 1


def test_lifting_may_name_the_account_that_the_call_was_about() -> None:
    """It changed once more between the call and the lifting."""
    desk = desk_with(amount="5000")
    name = desk.scheduled()
    other_account(desk)
    other_account(desk, "vendor-account-3")
    about = Lift(By.PERSON, CALL, OTHER)
    answer = desk.act(lambda change: lift(desk.environment, change, name, about), "cleo")
    assert code(answer) is Code.BANK_DETAILS_CHANGED
    assert desk.payment(name).status is Status.HOLD
    assert of_vendor(desk).call_backs == ()
    now = replace(about, account_id="vendor-account-3")
    answer = desk.act(lambda change: lift(desk.environment, change, name, now), "cleo")
    assert code(answer) is None
    assert desk.bill().vendor_account_id_approved == "vendor-account-3"


def test_an_account_that_changes_while_the_call_is_written_is_not_covered_by_it() -> None:
    desk, name = held_desk()
    raced: list[bool] = []

    def plan(change: Change) -> CallBackKept | Refusal:
        answer = call_back(desk.environment, change, said())
        if not raced:
            raced.append(True)
            other_account(desk)
        return answer

    answer = desk.act(plan, "cleo")
    assert code(answer) is Code.BANK_DETAILS_CHANGED
    assert of_vendor(desk).call_backs == ()
    assert desk.payment(name).status is Status.HOLD


def test_a_vendor_that_denies_the_account_stays_stopped_and_is_told() -> None:
    desk, name = held_desk()
    answer = called(desk, confirmed=False)
    assert isinstance(answer, CallBackKept)
    assert [one.payment_id for one in answer.still_held] == [name]
    assert desk.payment(name).status is Status.HOLD
    item = item_of(desk, VENDOR, "account_denied")
    assert item.state is TrayState.OPEN
    assert of_vendor(desk).waiting_ids == (name,)
    assert isinstance(called(desk, "dora"), CallBackKept)
    assert item_of(desk, VENDOR, "account_denied").state is TrayState.CLOSED
    desk.run(name)
    assert len(desk.ramp.asked) == 1


# ---- many at once


def holding(payment: str, bill: str) -> Callable[[Change], bool]:
    return lambda change: held_for_call_back(
        change, of(change, Payment, payment), of(change, Bill, bill)
    )


def test_one_call_lets_go_as_many_as_one_write_holds() -> None:
    desk = Desk(guardrail=replace(Desk().client().guardrail, enabled=False))
    names = [f"bill-{at:02d}" for at in range(14)]
    made: dict[str, str] = {}
    for bill in names:
        desk.read(bill_id=bill, amount=usd("6000"), payment=rail_payment(planned_on=None))
        made[bill] = pay(desk, bill)
    for bill, payment in made.items():
        desk.work(holding(payment, bill))
    assert len(of_vendor(desk).waiting_ids) == 14
    left = set(made.values())
    for _ in range(4):
        answer = called(desk)
        assert isinstance(answer, CallBackKept)
        left -= set(answer.lifted)
        assert {one.code for one in answer.still_held} <= {"too_many_items"}
        assert {one.payment_id for one in answer.still_held} == left
    assert left == set()
