"""Where two people decide, one of them cannot undo a guard or hasten a payout alone afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Status
from rowcol.domain.limits import Limits
from rowcol.domain.recurrence import Recurrence, RecurrenceState
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Actor, ActorKind, Member, Role
from rowcol.service import limit_changes
from rowcol.service.onboard import register_member
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reissue import Reissue, reissue
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.recurrences.define import approve, define
from rowcol.service.stage import stage
from tests.support.desk import Desk
from tests.support.domain.builders import usd
from tests.support.limits import FIRM, House, limit_set, of_user
from tests.support.payment_desk import PaymentDesk
from tests.support.staging_desk import at_desk
from tests.support.staging_rules import rule
from tests.unit.service.test_payment_checks import STOP, check_out
from tests.unit.service.test_recurrences import TERMS, defined, stored

ANNA, BORIS, RITA = (Actor(ActorKind.PERSON, name) for name in ("anna", "boris", "rita"))
# Anna's and somebody else's.
ROBOT = Actor(ActorKind.MACHINE, "robot", None, "anna")
CRANE = Actor(ActorKind.MACHINE, "crane", None, "cara")
BY_ROBOT = Actor(ActorKind.MACHINE, "anna-robot", None, "rita")


def code(result: object) -> Code | None:
    return result.code if isinstance(result, Refusal) else None


def desk_of(threshold: str | None = "1000") -> PaymentDesk:
    """Anna stages bills of 1,250.00, Boris decides them."""
    desk = PaymentDesk(dual_control_from=usd(threshold) if threshold else None)
    desk.join("anna")
    return desk


def sooner(desk: PaymentDesk, name: str, actor: Actor, days: int = -7) -> Code | None:
    day = desk.payment(name).pay_on + timedelta(days=days)
    return code(desk.act_as(actor, lambda change: reschedule(desk.environment, change, name, day)))


@pytest.mark.parametrize(
    ("actor", "refused"),
    [
        (ANNA, Code.SAME_PERSON),
        (ROBOT, Code.SECOND_PERSON_REQUIRED),
        (CRANE, Code.SECOND_PERSON_REQUIRED),
        (BORIS, None),
        (RITA, None),
    ],
    ids=lambda value: value.id if isinstance(value, Actor) else str(value),
)
def test_who_staged_it_does_not_hasten_it_alone(actor: Actor, refused: Code | None) -> None:
    desk = desk_of()
    assert sooner(desk, desk.scheduled(), actor) is refused
    later, small = desk_of(), desk_of("1250.01")
    assert sooner(later, later.scheduled(), actor, 7) is None
    assert sooner(small, small.scheduled(), actor) is None


def test_an_occurrence_is_not_hastened_by_who_made_it_alone() -> None:
    desk = PaymentDesk(dual_control_from=usd("1000"))
    desk.join("anna")
    made = desk.act(lambda change: define(desk.environment, change, TERMS), "anna")
    assert isinstance(made, Recurrence)
    yes = desk.act(lambda change: approve(desk.environment, change, made.id), "boris")
    assert isinstance(yes, Recurrence)
    [name, *_] = yes.payment_ids
    assert sooner(desk, name, BORIS, -1) is Code.SAME_PERSON
    assert sooner(desk, name, CRANE, -1) is Code.SECOND_PERSON_REQUIRED
    assert sooner(desk, name, RITA, -1) is None


def lifted(desk: PaymentDesk, actor: Actor) -> Code | None:
    """What lifting Rita's hold as an admin says."""
    name = desk.scheduled()
    held = desk.do(lambda env, change: hold(env, change, name, "wait"), "rita")
    assert not isinstance(held, Refusal)
    wish = Lift(By.ADMIN)
    return code(desk.act_as(actor, lambda change: lift(desk.environment, change, name, wish)))


@pytest.mark.parametrize(
    ("actor", "refused"),
    [
        (ANNA, Code.SAME_PERSON),
        (ROBOT, Code.SECOND_PERSON_REQUIRED),
        (CRANE, Code.SECOND_PERSON_REQUIRED),
        (BORIS, None),
    ],
    ids=lambda value: value.id if isinstance(value, Actor) else str(value),
)
def test_who_staged_it_does_not_lift_an_admins_hold(actor: Actor, refused: Code | None) -> None:
    assert lifted(desk_of(), actor) is refused
    assert lifted(desk_of(None), actor) is None


@pytest.mark.parametrize(
    ("actor", "refused"),
    [
        (ANNA, Code.SAME_PERSON),
        (ROBOT, Code.SECOND_PERSON_REQUIRED),
        (CRANE, Code.SECOND_PERSON_REQUIRED),
        (RITA, None),
    ],
    ids=lambda value: value.id if isinstance(value, Actor) else str(value),
)
def test_who_staged_it_does_not_pay_a_stopped_check_again(
    actor: Actor, refused: Code | None
) -> None:
    desk = desk_of()
    name = check_out(desk)
    desk.shows(RailState.READY)
    wish = Reissue(STOP)
    answer = desk.act_as(actor, lambda change: reissue(desk.environment, change, name, wish))
    assert code(answer) is refused


def test_staging_by_ones_own_machine_is_staging_oneself() -> None:
    desk = desk_of()
    desk.join("rita")
    desk.join(BY_ROBOT.id, actor_kind=ActorKind.MACHINE, responsible_id="rita")
    desk.act_as(BY_ROBOT, lambda change: _stage(desk, change))
    name = desk.decide(desk.today() + timedelta(days=10))
    assert sooner(desk, name, RITA) is Code.SAME_PERSON
    assert sooner(desk, name, BORIS) is None


def _stage(desk: Desk, change: Any) -> Any:
    return stage(desk.environment, change, "bill-1")


# ---- standing decisions


@pytest.mark.parametrize(
    ("maker", "other", "refused"),
    [
        (ANNA, ANNA, Code.SAME_PERSON),
        (ANNA, ROBOT, Code.SECOND_PERSON_REQUIRED),
        (ANNA, CRANE, Code.SECOND_PERSON_REQUIRED),
        (ROBOT, ANNA, Code.SAME_PERSON),
        (ROBOT, BORIS, None),
        (CRANE, ANNA, None),
        (ANNA, BORIS, None),
    ],
    ids=lambda value: value.id if isinstance(value, Actor) else str(value),
)
def test_a_recurrence_needs_two_people_as_its_bills_would(
    maker: Actor, other: Actor, refused: Code | None
) -> None:
    desk = Desk(dual_control_from=usd("1000"))
    for name in ("anna", "cara"):
        desk.join(name)
    for machine in (ROBOT, CRANE):
        desk.join(machine.id, actor_kind=ActorKind.MACHINE, responsible_id=machine.responsible_id)
    made = desk.act_as(maker, lambda change: define(desk.environment, change, TERMS))
    assert isinstance(made, Recurrence)
    assert made.state is RecurrenceState.PROPOSED
    yes = desk.act_as(other, lambda change: approve(desk.environment, change, made.id))
    assert code(yes) is refused
    if refused is None:
        bill = desk.read(payment=None)
        assert bill.decision is not None
        assert bill.decision.hands == {maker.hands, other.hands}


def test_who_proposed_a_recurrence_must_still_be_allowed_to() -> None:
    desk = Desk(dual_control_from=usd("1000"))
    desk.join("anna", Role.PREPARER)
    made = defined(desk)
    yes = desk.act(lambda change: approve(desk.environment, change, made.id), "boris")
    assert code(yes) is Code.FORBIDDEN
    desk.join("anna", Role.APPROVER)
    yes = desk.act(lambda change: approve(desk.environment, change, made.id), "boris")
    assert code(yes) is None
    assert stored(desk, made.id).approved_hands == "boris"


def test_a_recurrence_of_one_person_does_not_take_a_bill_that_two_must_agree_to() -> None:
    """The client's threshold was lowered since."""
    desk = Desk()
    defined(desk)
    books = desk.books
    assert books.save(replace(desk.client(), dual_control_from=usd("1000")))
    bill = desk.read(payment=None)
    assert (bill.decision, bill.live_payment_id) == (None, None)
    smaller = desk.read(bill_id="bill-2", invoice_number="INV-8", payment=None)
    assert smaller.live_payment_id is None


@pytest.mark.parametrize(
    ("then", "taken"),
    [
        ("second_person", False),
        ("step_up", False),
        ("do_not_stage", False),
        ("call_back", True),
        ("auto_stage", True),
    ],
)
def test_what_the_rules_demand_is_demanded_of_occurrences_too(then: str, *, taken: bool) -> None:
    desk = at_desk(rule("r", then))
    defined(desk)
    bill = desk.read(payment=None)
    recurring = bill.decision is not None and bill.live_payment_id is not None
    assert recurring is taken
    if then == "call_back":
        assert bill.decision is not None
        assert bill.decision.requirements.call_back


def test_a_recurrence_of_two_people_takes_what_two_people_must_agree_to() -> None:
    desk = at_desk(rule("r", "second_person"))
    assert desk.books.save(replace(desk.client(), dual_control_from=usd("1000")))
    made = defined(desk)
    assert made.state is RecurrenceState.PROPOSED
    yes = desk.act(lambda change: approve(desk.environment, change, made.id), "ben")
    assert isinstance(yes, Recurrence)
    bill = desk.read(payment=None)
    assert bill.live_payment_id is not None
    assert desk.payment(bill.live_payment_id).status is Status.SCHEDULED


# ---- limits


def test_nobody_decides_on_the_limits_of_their_own_machine() -> None:
    house = House()
    register_robot(house)
    target = of_user("robot")
    proposed = house.act(
        lambda change: limit_changes.propose(
            house.environment, change, target, limit_set("900"), 0
        ),
        FIRM_WIDE,
        "ben",
    )
    assert isinstance(proposed, Limits)
    assert proposed.pending is not None
    name = proposed.pending.id
    own = house.act(
        lambda change: limit_changes.approve(house.environment, change, target, name),
        FIRM_WIDE,
        "anna",
    )
    assert code(own) is Code.SAME_PERSON
    no = house.act(lambda change: limit_changes.reject(change, target, name), FIRM_WIDE, "anna")
    assert code(no) is Code.SAME_PERSON
    other = house.act(
        lambda change: limit_changes.approve(house.environment, change, target, name),
        FIRM_WIDE,
        "carl",
    )
    assert code(other) is None


def register_robot(house: House) -> None:
    roles: dict[str, tuple[Role, ...]] = {"*": (Role.APPROVER,)}
    robot = Member("robot", 0, roles, actor_kind=ActorKind.MACHINE, responsible_id="anna")
    register_member(house.store, FIRM, robot)
