"""Bills, payments and records as flows: in every state once, on its day, not when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import (
    Bill,
    Decision,
    DecisionAction,
    DecisionState,
    Delay,
    RailCommand,
    WishState,
)
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Hold, Origin, Payment, PaymentType, Posting
from rowcol.domain.reserve import Reserve, ReserveState
from rowcol.domain.runway import Certainty, Flow, FlowKind, LeftOut
from rowcol.domain.runway_payments import Frame, bill_flow, planned_flow, record_flow
from tests.support.domain import builders
from tests.support.domain.builders import FRIDAY, NOW, bank_line, expectation, rail_bill, usd

FRAME = Frame(FRIDAY, "USD", frozenset({"operating-1"}), NOW)
MONDAY = FRIDAY + timedelta(days=3)
LATER = date(2026, 12, 10)
UNDATED = builders.rail_payment(planned_on=None, effective_on=None)


def held(day: date = LATER, **changes: Any) -> Reserve:
    return replace(Reserve(usd("1250"), True, day, NOW), **changes)


def decided(action: DecisionAction | None, state: DecisionState, **changes: Any) -> Decision:
    return replace(Decision("dec-1", state, "anna", NOW, action), **changes)


def bill(state: RailState = RailState.READY, **changes: Any) -> Bill:
    fields = {"payment": UNDATED, **changes.pop("rail", {})}
    return replace(Bill("bill-1", 1, rail_bill(state, **fields)), **changes)


def flow(of: Bill, payment: Payment | None = None, paid: str = "0") -> Flow:
    found = bill_flow(FRAME, of, payment, usd(paid))
    assert isinstance(found, Flow), found
    assert (found.source_id, found.amount.currency) == ("bill-1", "USD")
    return found


def payment(status: Status, pay_on: date = LATER, **changes: Any) -> Payment:
    return builders.payment(status, **{"pay_on": pay_on, "rail": None, **changes})


DELAY = Delay(LATER, "credit note", WishState.CONFIRMED)
DELAYED = decided(DecisionAction.DELAY, DecisionState.QUEUED, delay=DELAY)
STAGED = decided(None, DecisionState.STAGED)
WAITS = decided(
    DecisionAction.SCHEDULE, DecisionState.AWAITING_SECOND_PERSON, pay_on=LATER,
)  # fmt: skip


@pytest.mark.parametrize(
    ("of", "kind", "day"),
    [
        (bill(), FlowKind.OPEN_BILL, date(2026, 12, 1)),
        (bill(rail={"due_on": FRIDAY - timedelta(days=90)}), FlowKind.OPEN_BILL, FRIDAY),
        (bill(rail={"due_on": None}), FlowKind.OPEN_BILL, FRIDAY),
        (bill(rail={"due_on": date(2026, 11, 26)}), FlowKind.OPEN_BILL, date(2026, 11, 27)),
        (bill(decision=DELAYED), FlowKind.DELAYED, LATER),
        (bill(decision=DELAYED, reserve=held(MONDAY)), FlowKind.DELAYED, MONDAY),
        (bill(decision=STAGED, reserve=held(MONDAY)), FlowKind.RESERVE, MONDAY),
        (bill(decision=WAITS, reserve=held(MONDAY)), FlowKind.RESERVE, LATER),
        (bill(reserve=held(MONDAY, observed=True)), FlowKind.OBSERVED, MONDAY),
        (bill(reserve=held(FRIDAY - timedelta(days=9), observed=True)), FlowKind.OBSERVED, FRIDAY),
        (bill(RailState.PROCESSING), FlowKind.OBSERVED, FRIDAY),
        (bill(RailState.ERROR), FlowKind.OPEN_BILL, date(2026, 12, 1)),
    ],
)
def test_a_bill_without_a_payment(of: Bill, kind: FlowKind, day: date) -> None:
    found = flow(of)
    assert (found.kind, found.day, found.amount) == (kind, day, usd("-1250"))


@pytest.mark.parametrize(
    ("status", "kind", "movable"),
    [
        (Status.SCHEDULED, FlowKind.SCHEDULED, True),
        (Status.HOLD, FlowKind.SCHEDULED, True),
        (Status.ADMIN_HOLD, FlowKind.SCHEDULED, True),
        (Status.BANK_HOLD, FlowKind.SCHEDULED, False),
        (Status.PENDING, FlowKind.RESERVE, True),
        (Status.PROCESSING, FlowKind.RESERVE, False),
        (Status.DONE, FlowKind.RESERVE, False),
        (Status.REVERSING, FlowKind.RESERVE, False),
    ],
)
def test_a_bill_with_a_payment_is_one_flow(status: Status, kind: FlowKind, movable: bool) -> None:
    hold = Hold("no_bill", "x", NOW) if "hold" in status.value else None
    paying = payment(status, hold=hold)
    of = bill(reserve=held(), live_payment_id=paying.id, decision=STAGED)
    found = flow(of, paying)
    assert (found.kind, found.movable, found.certainty) == (kind, movable, Certainty.FIRM)
    assert found.day == (LATER if kind is FlowKind.SCHEDULED else FRIDAY)


@pytest.mark.parametrize("status", [Status.HOLD, Status.PENDING])
@pytest.mark.parametrize("result", [None, "accepted", "refused"])
def test_what_the_rail_may_have_is_under_way(status: Status, result: str | None) -> None:
    command = RailCommand("c", "set_date", NOW, LATER, result=result)
    paying = payment(status, command=command)
    found = flow(bill(reserve=held(), live_payment_id=paying.id), paying)
    taken = result == "accepted" and status is Status.PENDING
    assert found.movable is not (result is None or taken)


def test_a_payment_that_the_balance_has_not_seen_leaves_on_the_next_bank_day() -> None:
    released = expectation(released_on=FRIDAY - timedelta(days=2))
    saturday = replace(FRAME, first=FRIDAY + timedelta(days=1))
    paying = payment(Status.DONE, expectation=released)
    of = bill(RailState.PAID, reserve=held(), live_payment_id=paying.id)
    found = bill_flow(saturday, of, paying, usd("0"))
    assert isinstance(found, Flow)
    assert (found.day, found.amount) == (MONDAY, usd("-1250"))
    assert found.why.endswith("that has passed, so on the next bank day, 2026-11-23")


def test_a_day_on_which_banks_are_closed_is_explained() -> None:
    thanksgiving = flow(bill(rail={"due_on": date(2026, 11, 26)}))
    assert thanksgiving.why.endswith("; banks are closed then, so on 2026-11-27")


POSTED = held(state=ReserveState.POSTED)


@pytest.mark.parametrize(
    "of",
    [
        bill(RailState.PAID),
        bill(RailState.ARCHIVED, rail={"archived": True}),
        bill(RailState.REJECTED),
        bill(RailState.PAID, reserve=POSTED),
        bill(RailState.PROCESSING, reserve=POSTED),
        bill(RailState.READY, reserve=POSTED, live_payment_id="pay-1"),
    ],
)
def test_what_is_over_or_in_the_balance_is_no_flow(of: Bill) -> None:
    assert bill_flow(FRAME, of, None, usd("0")) is None


def test_what_records_have_paid_is_not_paid_again() -> None:
    assert flow(bill(), paid="250.50").amount == usd("-999.50")
    assert bill_flow(FRAME, bill(), None, usd("1250")) is None
    assert bill_flow(FRAME, bill(), None, usd("9000")) is None


@pytest.mark.parametrize(
    ("rail", "word"),
    [
        ({"amount": Money(125_000, "EUR")}, "EUR"),
        ({"payment": builders.rail_payment(method="CARD")}, "card"),
        ({"payment": builders.rail_payment(method="VENDOR_CREDIT")}, "credit"),
    ],
)
def test_what_cannot_be_counted_is_listed(rail: dict[str, Any], word: str) -> None:
    found = bill_flow(FRAME, bill(rail=rail), None, usd("0"))
    assert isinstance(found, LeftOut)
    assert word in found.because


def test_an_unknown_state_counts_as_going_out() -> None:
    found = flow(bill(RailState.UNKNOWN))
    assert (found.certainty, found.kind) == (Certainty.DOUBTFUL, FlowKind.OPEN_BILL)
    assert "not yet approved" in flow(bill(rail={"approved": False})).why


def test_an_occurrence_waits_for_its_bill() -> None:
    found = planned_flow(FRAME, payment(Status.SCHEDULED, bill_id=None))
    assert isinstance(found, Flow)
    assert (found.kind, found.day, found.amount) == (FlowKind.PLANNED, LATER, usd("-1250"))
    euro = payment(Status.SCHEDULED, bill_id=None, amount=Money(5, "EUR"))
    assert isinstance(planned_flow(FRAME, euro), LeftOut)


# ---- records


def record(type_: PaymentType = PaymentType.VENDOR_PAYMENT, **changes: Any) -> Payment:
    fields: dict[str, Any] = {
        "origin": Origin.RECORD, "posting": Posting.POSTED, "type": type_, "cash": None,
        "pay_on": FRIDAY - timedelta(days=1), **changes,
    }  # fmt: skip
    return payment(Status.DONE, **fields)


@pytest.mark.parametrize(
    ("of", "amount"),
    [
        (record(), "-1250"),
        (record(PaymentType.FEE), "-1250"),
        (record(PaymentType.REFUND), "-1250"),
        (record(PaymentType.CUSTOMER_PAYMENT), "1250"),
        (record(PaymentType.TRANSFER, to_account_id="savings-1"), "-1250"),
    ],
)
def test_a_record_moves_money_until_the_bank_shows_it(of: Payment, amount: str) -> None:
    found = record_flow(FRAME, of)
    assert found is not None
    assert (found.amount, found.day, found.certainty) == (usd(amount), FRIDAY, Certainty.FIRM)
    assert found.movable is False


def seen(debits: int, credits_: int, at: datetime = NOW) -> Any:
    debit, credit = bank_line(), bank_line(line_id="line-2", amount=usd("-1250"))
    found = builders.cash(debit, credits_seen=(credit,) * credits_)
    return replace(found, debits=(debit,) * debits, seen_at=at)


@pytest.mark.parametrize(
    "of",
    [
        record(posting=Posting.DRAFT),
        record(cash=seen(1, 0)),
        record(PaymentType.CUSTOMER_PAYMENT, cash=seen(0, 1)),
        record(method="CARD"),
        record(expectation=expectation(bank_account_id="savings-1")),
        record(PaymentType.TRANSFER, to_account_id="operating-1"),
        record(amount=Money(5, "EUR")),
        payment(Status.DONE),
    ],
)
def test_records_that_move_nothing_more(of: Payment) -> None:
    assert record_flow(FRAME, of) is None


def test_a_line_seen_after_the_balance_is_not_in_it() -> None:
    after = datetime(2026, 11, 20, 15, 0, 1, tzinfo=UTC)
    found = record_flow(FRAME, record(cash=seen(1, 0, after)))
    assert found is not None
    assert found.amount == usd("-1250")


def test_one_side_of_a_transfer_between_operating_accounts() -> None:
    left = record(PaymentType.TRANSFER, to_account_id="operating-1", cash=seen(1, 0))
    found = record_flow(FRAME, left)
    assert found is not None
    assert found.amount == usd("1250")
