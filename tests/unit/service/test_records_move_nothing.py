"""A record tells of money that moved elsewhere; whatever is done with it asks no rail for any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Status
from rowcol.domain.payment import Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.custody import recheck
from rowcol.service.execute import execute
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reissue import Reissue, reissue
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse
from tests.support.desk import SCOPE
from tests.support.payment_desk import PaymentDesk
from tests.unit.service.test_payment_checks import STOP, check_out

NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 7")
COMMANDS: dict[str, Callable[[Any, Any, str], Any]] = {
    "hold": lambda env, change, name: hold(env, change, name, "wait"),
    "lift": lambda env, change, name: lift(env, change, name, Lift(By.ADMIN, NOTICE)),
    "cancel": lambda env, change, name: cancel(env, change, name, None),
    "reschedule": lambda env, change, name: reschedule(
        env, change, name, change.now.date() + timedelta(days=10)
    ),
}


def quiet(desk: PaymentDesk, name: str) -> None:
    """Nothing of it was sent, asked for or reserved, nor will be."""
    payment = desk.payment(name)
    assert (payment.command, payment.due) == (None, None)
    assert payment.custody.step in (Step.DONE, Step.STOPPED)
    desk.until(48)
    for attempt in (0, 1):
        recheck(desk.environment, SCOPE, name, attempt)
        execute(desk.environment, SCOPE, name, attempt)
    assert desk.ramp.asked == []
    assert not any(name in asked for asked in desk.executions.asked)
    head = desk.books.head("USD")
    assert (head.covered_total.minor, head.uncovered_total.minor) == (0, 0)


def replaced(desk: PaymentDesk, name: str) -> Payment | Refusal:
    """Rita says that the check was stopped."""
    return desk.do(lambda env, change: reissue(env, change, name, Reissue(STOP, "1042")), "rita")


def seen(desk: PaymentDesk, name: str, why: Why) -> None:
    """Rita has seen the money on its way back, or back."""
    wish = Reverse(why, NOTICE)
    answer = desk.do(lambda env, change: reverse(env, change, name, wish), "rita")
    assert isinstance(answer, Payment), answer


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_for_payments_on_a_rail_is_refused(command: str) -> None:
    desk = PaymentDesk()
    name = desk.recorded("CHECK")
    answer = desk.do(lambda env, change: COMMANDS[command](env, change, name), "rita")
    assert isinstance(answer, Refusal)
    quiet(desk, name)


def test_nor_does_one_that_takes_its_place() -> None:
    desk = PaymentDesk()
    name = desk.recorded("CHECK")
    fresh = replaced(desk, name)
    assert isinstance(fresh, Payment)
    quiet(desk, name)
    quiet(desk, fresh.id)


def test_nor_one_that_came_back() -> None:
    desk = PaymentDesk()
    name = desk.recorded("ACH")
    for why in (Why.RETURNED, Why.MONEY_BACK):
        seen(desk, name, why)
    assert desk.payment(name).status is Status.REVERSED
    quiet(desk, name)


# ---- what takes the place of a payment on the rail


def totals(desk: PaymentDesk) -> int:
    """What the head holds is what the bill's reserve holds."""
    head, held = desk.books.head("USD"), desk.bill().open_reserve
    found = head.covered_total.minor + head.uncovered_total.minor
    assert found == (held.amount.minor if held is not None else 0)
    return found


def test_a_stopped_check_is_paid_again_once_and_reserved_once() -> None:
    desk = PaymentDesk()
    name = check_out(desk)
    assert totals(desk) == 125_000
    desk.shows(RailState.READY)
    fresh = replaced(desk, name)
    assert isinstance(fresh, Payment)
    assert totals(desk) == 125_000
    for again in (name, fresh.id):
        no = replaced(desk, again)
        assert isinstance(no, Refusal)
        assert no.code is Code.WRONG_STATE
    sent = len(desk.ramp.asked)
    desk.run(fresh.id)
    desk.run(fresh.id)
    desk.run(name)
    assert len(desk.ramp.asked) == sent + 1
    assert totals(desk) == 125_000


@pytest.mark.parametrize("why", [Why.RETURNED, Why.CANCELLED_AFTER_COLLECTION])
def test_what_comes_back_is_paid_by_nobody_until_it_is_decided_anew(why: Why) -> None:
    desk = PaymentDesk()
    name = check_out(desk)
    for step in (why, Why.MONEY_BACK):
        seen(desk, name, step)
        assert isinstance(replaced(desk, name), Refusal)
    assert desk.bill().live_payment_id is None
    assert totals(desk) == 0
    sent = len(desk.ramp.asked)
    desk.until(72)
    desk.run(name)
    assert len(desk.ramp.asked) == sent
