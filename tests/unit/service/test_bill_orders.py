"""Orders about a bill at Ramp: read before, sent once, read back; archiving takes two people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.bill_order import BillOrder, OrderKind, OrderState
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Role
from rowcol.service.bill_orders.archive import approve_archive, ask_archive, withdraw_archive
from rowcol.service.bill_orders.asking import Ask, ask
from rowcol.service.bill_orders.carrying import TRIES_MAX, carry_out
from rowcol.service.levers import probe
from rowcol.service.ports import CommandResult, ConnectionBroken
from tests.support.desk import SCOPE
from tests.support.domain.builders import rail_bill, usd
from tests.support.payment_desk import BILL, PaymentDesk

REASON = "billed twice; agreed with the client"
CHECK = Ask(OrderKind.PAYMENT_METHOD, method="CHECK")
HOLD = Ask(OrderKind.HOLD, "the goods never came")


class Orders(PaymentDesk):
    """Rita and Ruth release; the bill is approved at Ramp, unpaid, without a date."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("rita", "ruth"):
            self.join(name, Role.RELEASER)

    def ask(self, wish: Ask, person: str = "rita") -> BillOrder | Refusal:
        made = self.act(lambda change: ask(self.environment, change, BILL, wish), person)
        assert isinstance(made, BillOrder | Refusal)
        return made

    def archive(self, person: str = "rita") -> BillOrder | Refusal:
        made = self.act(lambda change: ask_archive(self.environment, change, BILL, REASON), person)
        assert isinstance(made, BillOrder | Refusal)
        return made

    def approve(self, person: str = "ruth", *, shown: bool = True, **actor: Any) -> Any:
        order = self.order()
        at = self.clock.now() if shown else None
        who = Actor(ActorKind.PERSON, person, authenticated_at=at)
        return self.act_as(
            replace(who, **actor),
            lambda change: approve_archive(self.environment, change, BILL, order.order_id),
        )

    def order(self) -> BillOrder:
        found = self.books.get(BillOrder, BILL)
        assert found is not None
        return found

    def carry(self) -> str:
        return carry_out(self.environment, SCOPE, BILL)


def refused(answer: object) -> Code:
    assert isinstance(answer, Refusal), answer
    return answer.code


# ---- one order, one effect


@pytest.mark.parametrize("wish", [CHECK, HOLD])
def test_an_order_is_asked_sent_and_confirmed(wish: Ask) -> None:
    desk = Orders()
    asked = desk.ask(wish)
    assert isinstance(asked, BillOrder)
    assert asked.state is OrderState.ASKED
    assert desk.ramp.asked == []
    assert desk.carry() == "confirmed"
    assert len(desk.ramp.asked) == 1
    assert desk.order().state is OrderState.CONFIRMED
    assert desk.carry() == "nothing"
    told = [name for name in desk.types() if name.startswith("bill_order.")]
    assert told == ["bill_order.asked", "bill_order.sent", "bill_order.confirmed"]


def test_a_hold_is_lifted() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.carry()
    assert refused(desk.ask(HOLD)) is Code.WRONG_STATE
    desk.ask(Ask(OrderKind.LIFT))
    assert desk.carry() == "confirmed"
    assert desk.bill().rail.state is RailState.READY
    assert refused(desk.ask(Ask(OrderKind.LIFT))) is Code.WRONG_STATE


def test_the_minute_sweep_carries_it_out() -> None:
    desk = Orders()
    desk.ask(CHECK)
    desk.until(0.1)
    assert desk.order().state is OrderState.CONFIRMED


def test_one_order_at_a_time() -> None:
    desk = Orders()
    desk.ask(CHECK)
    assert refused(desk.ask(HOLD)) is Code.ALREADY_ASKED
    assert refused(desk.archive()) is Code.ALREADY_ASKED


# ---- what changed is not asked


def test_a_bill_that_changed_since_is_left_alone() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.bill = replace(desk.ramp.bill, amount=usd("1300.00"))
    assert desk.carry() == "refused"
    assert desk.ramp.asked == []
    assert desk.order().code == Code.BILL_CHANGED
    assert "order_refused" in desk.items()


def test_what_ramp_shows_already_is_not_sent() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.show(RailState.ON_HOLD)
    assert desk.carry() == "confirmed"
    assert desk.ramp.asked == []


# ---- no answer


def test_a_lost_answer_is_found_by_reading() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.answers = ["lost"]
    assert desk.carry() == "later"
    assert desk.order().sent_at is not None
    assert desk.carry() == "confirmed"
    assert len(desk.ramp.asked) == 1


def test_what_never_arrived_is_sent_anew_when_that_is_sure() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.answers = ["vanished"]
    assert desk.carry() == "later"
    assert desk.carry() == "later", "not before its time is up at Ramp"
    assert len(desk.ramp.asked) == 1
    desk.clock.pause(120)
    assert desk.carry() == "confirmed"
    assert len(desk.ramp.asked) == 2


def test_it_is_not_tried_for_ever() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.answers = ["vanished"] * 9
    for _ in range(TRIES_MAX):
        assert desk.carry() == "later"
        desk.clock.pause(300)
    assert desk.carry() == "refused"
    assert len(desk.ramp.asked) == TRIES_MAX
    assert desk.order().code == Code.OUTCOME_UNKNOWN


def test_what_was_not_sent_waits() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.answers = ["down"]
    assert desk.carry() == "later"
    assert (desk.order().sent_at, desk.order().tries) == (None, 0)
    desk.until(0.1)
    assert desk.order().state is OrderState.CONFIRMED


def test_a_scope_that_is_missing_is_told_and_not_tried_for_ever() -> None:
    desk = Orders()
    desk.ask(HOLD)

    def forbidden(bill_id: str, reason: str | None = None) -> CommandResult:
        raise ConnectionBroken("ramp", "a scope or permission is missing", "DEVELOPER_7100")

    desk.ramp.hold = forbidden  # type: ignore[method-assign]
    assert desk.carry() == "refused"
    assert desk.order().code == Code.RAIL_REFUSED
    assert "order_refused" in desk.items()


def test_a_refusal_is_told_with_the_link() -> None:
    desk = Orders()
    desk.ask(CHECK)
    desk.ramp.answers = ["refuse"]
    assert desk.carry() == "refused"
    assert desk.order().code == Code.RAIL_REFUSED
    assert "order_refused" in desk.items()
    desk.ask(CHECK)
    assert desk.carry() == "confirmed"
    assert "order_refused" not in desk.items()


# ---- levers that the account does not have


def test_a_missing_lever_is_asked_once_and_then_refused_with_a_link() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.answers = ["missing"]
    assert desk.carry() == "refused"
    no = desk.ask(HOLD)
    assert isinstance(no, Refusal)
    assert no.code is Code.CAPABILITY_MISSING
    assert no.link is not None
    assert no.numbers["capability"] == "hold"
    assert desk.types().count("capability.missing") == 1
    assert len(desk.ramp.asked) == 1


def test_after_a_week_it_is_tried_again() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.answers = ["missing"]
    desk.carry()
    desk.pass_days(6.9)
    desk.sweep()
    assert desk.client().missing_capabilities == ("hold",)
    desk.pass_days(0.2)
    desk.sweep()
    assert desk.client().missing_capabilities == ()
    assert "capability.probe_due" in desk.types()
    desk.ask(HOLD)
    assert desk.carry() == "confirmed"


def test_an_admin_has_it_tried_at_once() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.answers = ["missing"]
    desk.carry()
    assert not isinstance(desk.act(lambda change: probe(change, "hold"), "rita"), Refusal)
    assert refused(desk.act(lambda change: probe(change, "hold"), "rita")) is Code.NOT_FOUND
    assert refused(desk.act(lambda change: probe(change, "fly"), "rita")) is Code.NOT_FOUND
    desk.ask(HOLD)
    assert desk.carry() == "confirmed"


# ---- archiving


def test_two_people_archive_a_bill() -> None:
    desk = Orders()
    asked = desk.archive()
    assert isinstance(asked, BillOrder)
    assert asked.state is OrderState.WAITING
    assert "archive_waiting" in desk.items()
    assert desk.carry() == "nothing"
    assert isinstance(desk.approve(), BillOrder)
    assert "archive_waiting" not in desk.items()
    assert desk.carry() == "confirmed"
    assert desk.ramp.asked == ["archive"]
    assert desk.bill().rail.archived
    order = desk.order()
    assert (order.asked_by, order.approved_by, order.reason) == ("rita", "ruth", REASON)
    assert order.authenticated_at is not None


def test_who_asked_does_not_approve_whatever_hat_they_wear() -> None:
    desk = Orders()
    desk.archive()
    assert refused(desk.approve("rita")) is Code.SAME_PERSON
    machine = desk.approve("robot", kind=ActorKind.MACHINE, responsible_id="ruth")
    assert refused(machine) is Code.SECOND_PERSON_REQUIRED
    assert refused(desk.approve(shown=False)) is Code.STEP_UP_REQUIRED
    assert desk.order().state is OrderState.WAITING


def test_of_a_machine_and_its_person_only_one_counts() -> None:
    desk = Orders()
    robot = Actor(ActorKind.MACHINE, "robot", responsible_id="ruth")
    desk.act_as(robot, lambda change: ask_archive(desk.environment, change, BILL, REASON))
    assert refused(desk.approve("ruth")) is Code.SAME_PERSON


def test_who_asked_must_still_have_the_right() -> None:
    desk = Orders()
    desk.archive()
    desk.join("rita", Role.VIEWER)
    assert refused(desk.approve()) is Code.FORBIDDEN


def test_a_no_ends_it_and_so_does_a_week() -> None:
    desk = Orders()
    first = desk.archive()
    assert isinstance(first, BillOrder)
    taken_back = desk.act(lambda change: withdraw_archive(change, BILL, first.order_id), "ruth")
    assert isinstance(taken_back, BillOrder)
    assert desk.items() == set()
    desk.archive()
    desk.pass_days(7)
    assert refused(desk.approve()) is Code.NO_PENDING_CHANGE
    desk.sweep()
    assert desk.order().state is OrderState.EXPIRED
    assert desk.items() == set()


def test_an_approval_is_of_one_order() -> None:
    desk = Orders()
    desk.archive()
    other = desk.act(lambda change: approve_archive(desk.environment, change, BILL, "ord_x"))
    assert refused(other) is Code.NO_PENDING_CHANGE


def test_a_paid_bill_is_never_archived() -> None:
    desk = Orders()
    desk.archive()
    desk.approve()
    desk.ramp.show(RailState.PAID)
    assert desk.carry() == "refused"
    assert desk.ramp.asked == []
    assert desk.order().code == Code.BILL_NOT_OPEN
    assert refused(desk.archive()) is Code.BILL_NOT_OPEN


def test_a_bill_that_is_being_paid_is_not_archived() -> None:
    desk = Orders()
    desk.shows(RailState.PROCESSING)
    assert refused(desk.archive()) is Code.TOO_LATE


def test_a_member_of_a_batch_payment_is_not_archived() -> None:
    desk = Orders()
    desk.archive()
    desk.approve()
    alone = desk.ramp.bills_of_payment

    def two(payment_id: str) -> tuple[RailBill, ...]:
        return (*alone(payment_id), rail_bill(RailState.READY, bill_id="bill-2"))

    desk.ramp.bills_of_payment = two  # type: ignore[method-assign]
    assert desk.carry() == "refused"
    assert desk.ramp.asked == []
    assert desk.order().code == Code.BATCH_MEMBER


def test_a_bill_with_a_live_payment_is_not_archived() -> None:
    desk = Orders()
    desk.archive()
    desk.approve()
    desk.scheduled()
    assert desk.carry() == "refused"
    assert desk.ramp.asked == []
    assert desk.order().code == Code.LIVE_PAYMENT_EXISTS
    assert refused(desk.archive()) is Code.LIVE_PAYMENT_EXISTS


def test_a_repeat_that_is_refused_because_it_is_done_is_done() -> None:
    desk = Orders()
    desk.archive()
    desk.approve()
    send = desk.ramp.archive

    def done_elsewhere(bill_id: str) -> CommandResult:
        send(bill_id)
        return send(bill_id)

    desk.ramp.archive = done_elsewhere  # type: ignore[method-assign]
    assert desk.carry() == "confirmed"


# ---- methods


@pytest.mark.parametrize("method", ["RTP", "FED_NOW", "PAID_MANUALLY", "CASH", "", None])
def test_a_method_that_cannot_be_asked_for(method: str | None) -> None:
    desk = Orders()
    answer = desk.ask(Ask(OrderKind.PAYMENT_METHOD, method=method))
    assert refused(answer) is Code.UNKNOWN_VALUE


def test_the_method_of_a_payment_that_ramp_has_is_not_changed() -> None:
    desk = Orders()
    desk.asked()
    assert refused(desk.ask(CHECK)) is Code.LIVE_PAYMENT_EXISTS


def test_a_scheduled_payment_may_go_another_way() -> None:
    desk = Orders()
    desk.scheduled()
    desk.ask(CHECK)
    assert desk.carry() == "confirmed"


def test_a_bill_that_ramp_does_not_know_any_more() -> None:
    desk = Orders()
    desk.ask(HOLD)
    desk.ramp.bill = replace(desk.ramp.bill, bill_id="another")
    assert desk.carry() == "refused"
    assert desk.order().code == Code.NOT_FOUND


def test_reasons_are_needed() -> None:
    desk = Orders()
    assert refused(desk.ask(Ask(OrderKind.HOLD, "  "))) is Code.INVALID_INPUT
