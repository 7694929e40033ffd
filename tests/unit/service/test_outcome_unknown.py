"""A command without an answer: asked for again after 5 minutes, an hour, a day, never repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.bill import RailCommand
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.refusal import Code
from rowcol.service.change import Change
from rowcol.service.ports import RailUnavailable
from rowcol.service.wishes import CLEAR_DATE
from tests.support.payment_desk import PaymentDesk


def unknown(answer: str = "vanished") -> tuple[PaymentDesk, str]:
    desk = PaymentDesk()
    desk.stage()
    name = desk.decide()
    desk.ramp.answers = [answer]
    desk.run(name)
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == Code.OUTCOME_UNKNOWN
    return desk, name


def ask_to_clear(desk: PaymentDesk) -> None:
    def asked(change: Change) -> bool:
        bill = desk.bill()
        command = RailCommand("cmd_clear", CLEAR_DATE, change.now)
        change.put(replace(bill, command=command))
        change.state("bill.clear_asked", bill=replace(bill, command=command))
        return True

    desk.work(asked)


def test_ramp_is_asked_after_five_minutes_an_hour_a_day_and_each_day_from_then_on() -> None:
    desk, name = unknown()
    known = desk.ramp.bill
    desk.ramp.bill = replace(known, bill_id="another")  # Ramp does not know it for a while
    for pause in (
        timedelta(minutes=5),
        timedelta(hours=1),
        timedelta(days=1),
        timedelta(days=1),
    ):
        due = desk.payment(name).due
        assert due is not None
        since = desk.clock.now()
        assert abs(due - since - pause) < timedelta(seconds=5)
        desk.clock.pause((due - since).total_seconds() - 1)
        desk.sweep()
        assert desk.payment(name).due == due
        desk.clock.pause(1)
        desk.sweep()
    assert desk.ramp.asked == [f"set {desk.payment(name).pay_on}"]
    desk.ramp.bill = known
    desk.until(24)
    payment = desk.payment(name)
    assert (payment.status, payment.command) == (Status.PENDING, None)


@pytest.mark.parametrize("answer", ["lost", "vanished"])
def test_it_is_found_out_and_sent_anew_only_when_it_never_arrived(answer: str) -> None:
    desk, name = unknown(answer)
    desk.until(0.1)
    desk.run(name)
    payment = desk.payment(name)
    assert payment.status is Status.PENDING
    assert payment.date_accepted
    assert len(desk.ramp.asked) == (1 if answer == "lost" else 2)


def test_a_rail_that_cannot_be_read_leaves_it_due() -> None:
    desk, name = unknown()
    desk.ramp.down = True
    desk.clock.pause(400)
    due = desk.payment(name).due
    with pytest.raises(AssertionError):
        desk.sweep()
    assert desk.payment(name).due == due
    desk.ramp.down = False
    desk.sweep()
    assert desk.payment(name).status is Status.PENDING


def test_a_date_is_not_set_while_ramp_is_asked_to_take_one_off() -> None:
    """The clear could arrive after the date and take it off again."""
    desk = PaymentDesk()
    desk.stage()
    desk.shows(RailState.SCHEDULED, desk.today())
    name = desk.decide()

    ask_to_clear(desk)
    desk.ramp.answers = ["vanished"]
    with pytest.raises(RailUnavailable):
        desk.run(name)
    assert desk.ramp.asked == ["clear"]
    desk.run(name)
    assert [told[:3] for told in desk.ramp.asked] == ["cle", "cle", "set"]
    assert desk.payment(name).date_accepted


def test_a_clear_waits_for_the_answer_of_a_date() -> None:
    desk, name = unknown("lost")
    assert desk.payment(name).command is not None

    ask_to_clear(desk)
    assert desk.clear() == "later"
    assert [told[:3] for told in desk.ramp.asked] == ["set"]
