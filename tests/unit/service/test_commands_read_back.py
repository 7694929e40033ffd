"""A date command: read just before, sent once, read back; what the rail shows is what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Step
from rowcol.domain.refusal import Code
from rowcol.domain.regress import BACKWARDS, regresses
from rowcol.service.custody import recheck
from rowcol.service.execute import execute
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.ports import CommandAccepted, CommandResult, RailUnavailable
from rowcol.service.rail_facts import Applied, apply_rail_bill
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.payment_desk import PaymentDesk


def checked(desk: PaymentDesk) -> str:
    """A payment that all checks let go, and that is not sent yet."""
    desk.stage()
    name = desk.decide()
    recheck(desk.environment, SCOPE, name, desk.payment(name).custody.attempt)
    assert desk.payment(name).custody.step is Step.EXECUTE
    return name


def sent(desk: PaymentDesk, name: str) -> str:
    return execute(desk.environment, SCOPE, name, desk.payment(name).custody.attempt)


def paid_to(desk: PaymentDesk, account: str) -> None:
    """Somebody changes the vendor's account in Ramp; no webhook tells of it."""
    assert desk.ramp.bill.payment is not None
    payment = replace(desk.ramp.bill.payment, vendor_account_id=account)
    desk.ramp.bill = replace(desk.ramp.bill, payment=payment)


def test_another_account_since_the_checks_is_not_paid() -> None:
    desk = PaymentDesk()
    name = checked(desk)
    paid_to(desk, "account-of-somebody")
    assert sent(desk, name) == "stopped"
    assert desk.ramp.asked == []
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == Code.BANK_DETAILS_CHANGED
    assert "held" in desk.items()


@pytest.mark.parametrize("changed", [{"amount": usd("1300.00")}, {"vendor_id": "vendor-2"}])
def test_what_changed_since_the_checks_is_not_paid(changed: dict[str, object]) -> None:
    desk = PaymentDesk()
    name = checked(desk)
    desk.ramp.bill = replace(desk.ramp.bill, **changed)  # type: ignore[arg-type]  # by the cases
    assert sent(desk, name) == "stopped"
    assert desk.ramp.asked == []
    assert desk.payment(name).status is Status.HOLD


def test_an_archived_bill_is_not_commanded() -> None:
    desk = PaymentDesk()
    name = checked(desk)
    desk.ramp.show(RailState.ARCHIVED)
    assert sent(desk, name) == "stopped"
    assert desk.ramp.asked == []


def test_nothing_is_sent_when_it_cannot_be_read_before() -> None:
    desk = PaymentDesk()
    name = checked(desk)
    desk.ramp.down = True
    with pytest.raises(RailUnavailable):
        sent(desk, name)
    assert desk.ramp.asked == []
    assert desk.payment(name).command is None
    desk.ramp.down = False
    assert sent(desk, name) == "go"


class Answers:
    """Ramp answers with one bill, and shows another when it is read."""

    def __init__(self, desk: PaymentDesk, day: date | None) -> None:
        self.desk, self.day = desk, day
        self.command = desk.ramp.set_payment_date
        desk.ramp.set_payment_date = self.set  # type: ignore[method-assign]

    def set(self, bill_id: str, day: date) -> CommandResult:
        result = self.command(bill_id, day)
        state = RailState.READY if self.day is None else RailState.SCHEDULED
        self.desk.ramp.show(state, self.day)
        return result


def test_the_date_is_the_one_that_is_shown_afterwards() -> None:
    desk = PaymentDesk()
    name = checked(desk)
    later = desk.payment(name).pay_on + timedelta(days=3)
    Answers(desk, later)
    assert sent(desk, name) == "go"
    change = desk.payment(name).changes[-1]
    assert change.confirmed == later
    assert change.asked == desk.payment(name).pay_on
    shown = desk.bill().rail.payment
    assert shown is not None
    assert shown.planned_on == later


def test_a_date_that_was_answered_and_is_not_shown_is_no_date() -> None:
    desk = PaymentDesk()
    name = checked(desk)
    Answers(desk, None)
    assert sent(desk, name) == "stopped"
    held = desk.payment(name).hold
    assert held is not None
    assert held.kind == Code.OUTCOME_UNKNOWN
    assert len(desk.ramp.asked) == 1
    desk.until(0.2)
    assert len(desk.ramp.asked) == 1, "found out by reading, not by asking again at once"


def test_when_it_cannot_be_read_back_the_answer_stands() -> None:
    desk = PaymentDesk()
    name = checked(desk)
    command = desk.ramp.set_payment_date

    def then_down(bill_id: str, day: date) -> CommandResult:
        result = command(bill_id, day)
        desk.ramp.down = True
        return result

    desk.ramp.set_payment_date = then_down  # type: ignore[method-assign]
    assert sent(desk, name) == "go"
    assert desk.payment(name).date_accepted


def test_a_cleared_date_that_is_still_shown_is_asked_again_later() -> None:
    desk = PaymentDesk()
    name = desk.asked()
    command = desk.ramp.clear_payment_date
    day = desk.payment(name).pay_on

    def stays(bill_id: str) -> CommandResult:
        result = command(bill_id)
        assert isinstance(result, CommandAccepted)
        desk.ramp.show(RailState.SCHEDULED, day)
        return result

    desk.ramp.clear_payment_date = stays  # type: ignore[method-assign]
    desk.do(lambda environment, change: cancel(environment, change, name))
    assert desk.clear() == "later"
    assert desk.payment(name).wants_cancelling
    desk.ramp.clear_payment_date = command  # type: ignore[method-assign]
    desk.until(0.2)
    assert desk.payment(name).status is Status.CANCELLED


# ---- the order of readings


def test_an_older_reading_never_overwrites_a_newer() -> None:
    desk = PaymentDesk()
    desk.ramp.show(RailState.READY)
    older = desk.ramp.reading()
    desk.shows(RailState.SCHEDULED, desk.today())
    assert apply_rail_bill(desk.environment, SCOPE, older) is Applied.SUPERSEDED
    assert desk.bill().rail.state is RailState.SCHEDULED


@pytest.mark.parametrize(
    ("known", "read"),
    [(known, read) for known, steps in BACKWARDS.items() for read in sorted(steps)],
)
def test_a_step_back_counts_when_a_second_reading_says_the_same(
    known: RailState, read: RailState
) -> None:
    desk = PaymentDesk()
    desk.shows(known)
    desk.ramp.show(read)
    assert apply_rail_bill(desk.environment, SCOPE, desk.ramp.reading()) is Applied.UNCONFIRMED
    assert desk.bill().rail.state is known
    desk.clock.pause(30)
    assert apply_rail_bill(desk.environment, SCOPE, desk.ramp.reading()) is Applied.UNCONFIRMED
    desk.clock.pause(30)
    desk.sweep()
    assert desk.bill().rail.state is read


def test_a_reading_from_before_does_not_end_a_suspicion() -> None:
    desk = PaymentDesk()
    desk.shows(RailState.PAID)
    before = desk.ramp.reading()
    desk.ramp.show(RailState.READY)
    desk.refresh()
    seen = desk.bill().regress_seen_at
    assert seen is not None
    assert apply_rail_bill(desk.environment, SCOPE, before) is Applied.UNCHANGED
    assert desk.bill().regress_seen_at == seen
    desk.ramp.show(RailState.PAID)
    desk.refresh()
    assert desk.bill().regress_seen_at is None


def test_going_on_is_no_step_back() -> None:
    assert not regresses(RailState.READY, RailState.SCHEDULED)
    assert not regresses(RailState.SCHEDULED, RailState.READY)
    assert not regresses(RailState.PROCESSING, RailState.ERROR)
    assert not regresses(RailState.PROCESSING, RailState.PAID)
