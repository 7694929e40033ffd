"""Payments on a rail are posted, cleared and mirrored by what the rail and the bank report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rowcol.domain.allocation import Allocated
from rowcol.domain.facts import RailState
from rowcol.domain.journal import EntryRole
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment, Posting
from rowcol.domain.posting import standing
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.service.change import Change
from tests.support.domain.builders import (
    FRIDAY,
    NOW,
    bank_line,
    cash,
    payment,
    rail_bill,
    rail_payment,
    usd,
)
from tests.support.records import THURSDAY, RecordDesk, to_bill

TRANSIT, CASH, PAYABLE, RECEIVABLE = "1010", "1000", "2000", "1100"


@pytest.fixture
def desk() -> RecordDesk:
    """Bluebird's books."""
    return RecordDesk()


def made(desk: RecordDesk, known: Payment) -> None:
    """The rail payment is there, and counts on its limits."""

    def plan(change: Change) -> bool:
        change.put(known)
        change.state("payment.created", payment=known)
        return True

    desk.work(plan)


def put(desk: RecordDesk, **changes: object) -> Payment:
    """The system changes the rail payment; gives it as it is then stored."""

    def plan(change: Change) -> bool:
        known = change.get(Payment, "pay_1")
        assert known is not None
        fresh = replace(known, **changes)  # type: ignore[arg-type]  # a test names fields
        change.put(fresh)
        change.state("payment.rail_reported", payment=fresh)
        return True

    desk.work(plan)
    return desk.payment("pay_1")


@pytest.fixture
def on_rail(desk: RecordDesk) -> RecordDesk:
    """A payment of 1,250.00 that Ramp has taken."""
    desk.read(RailState.PROCESSING)
    made(desk, payment(Status.PENDING, version=0, rail=rail_bill(RailState.PROCESSING)))
    put(desk, status=Status.PROCESSING)
    return desk


def test_processing_posts_and_allocates_to_the_bill(on_rail: RecordDesk) -> None:
    found = on_rail.payment("pay_1")
    assert (found.posting, found.number) == (Posting.POSTED, "2026-000001")
    assert on_rail.balances() == {PAYABLE: 125_000, TRANSIT: -125_000}
    assert found.allocations == (to_bill("1250"),)
    assert on_rail.types()[-2:] == ["payment.rail_reported", "payment.posted"]
    [entry] = on_rail.journal()
    assert (entry.day, entry.written_by) == (FRIDAY, "rowcol")


def test_a_put_that_moves_nothing_writes_nothing_more(on_rail: RecordDesk) -> None:
    put(on_rail, status=Status.DONE)
    assert len(on_rail.journal()) == 1
    assert on_rail.types()[-1] == "payment.rail_reported"


def test_the_banks_settled_debit_clears(on_rail: RecordDesk) -> None:
    put(on_rail, cash=cash(bank_line(pending=True)))
    assert on_rail.balances() == {PAYABLE: 125_000, TRANSIT: -125_000}
    put(on_rail, cash=cash(bank_line(posted_on=THURSDAY)))
    assert on_rail.balances() == {PAYABLE: 125_000, CASH: -125_000}
    assert on_rail.types()[-1] == "payment.cleared"
    assert {entry.day for entry in on_rail.journal()} == {FRIDAY, THURSDAY}


def test_a_debit_that_is_taken_back_is_in_transit_again(on_rail: RecordDesk) -> None:
    put(on_rail, cash=cash())
    found = put(on_rail, cash=None)
    assert on_rail.balances() == {PAYABLE: 125_000, TRANSIT: -125_000}
    assert set(standing(found)) == {EntryRole.POSTING}
    assert on_rail.types()[-1] == "payment.uncleared"
    put(on_rail, cash=cash())
    assert on_rail.balances() == {PAYABLE: 125_000, CASH: -125_000}


@pytest.mark.parametrize("status", [Status.REVERSED, Status.REJECTED, Status.REISSUED])
def test_money_that_is_back_or_never_left_stands_no_more(
    on_rail: RecordDesk, status: Status
) -> None:
    put(on_rail, cash=cash(), status=Status.DONE)
    on_rail.clock.pause(3 * 86_400)
    found = put(on_rail, status=status)
    assert on_rail.balances() == {}
    assert (found.posting, found.number, found.allocations) == (
        Posting.DRAFT,
        "2026-000001",
        (),
    )
    allocated = on_rail.books.get(Allocated, "bill-bill-1")
    assert allocated is not None
    assert allocated.parts == ()
    mirrors = [entry for entry in on_rail.journal() if entry.mirrors is not None]
    assert {entry.day for entry in mirrors} == {date(2026, 11, 23)}
    assert on_rail.types()[-1] == "payment.unposted"


def test_reversing_still_stands(on_rail: RecordDesk) -> None:
    put(on_rail, status=Status.REVERSING)
    assert on_rail.balances() == {PAYABLE: 125_000, TRANSIT: -125_000}


def test_in_a_closed_period_the_system_takes_the_first_open_day() -> None:
    desk = RecordDesk(closed_through=date(2026, 11, 30))
    desk.read(RailState.PROCESSING)
    made(desk, payment(Status.PENDING, version=0))
    put(desk, status=Status.PROCESSING)
    put(desk, cash=cash())
    put(desk, status=Status.REVERSED)
    assert {entry.day for entry in desk.journal()} == {date(2026, 12, 1)}
    assert desk.payment("pay_1").number == "2026-000001"


def test_a_day_ahead_is_not_booked_before_it_comes(desk: RecordDesk) -> None:
    desk.read(RailState.PROCESSING)
    planned = rail_bill(payment=rail_payment(effective_on=date(2026, 11, 24)))
    made(desk, payment(Status.PENDING, version=0, rail=planned))
    put(desk, status=Status.PROCESSING)
    assert desk.journal()[0].day == NOW.date()


def test_a_rail_payment_takes_what_its_bill_has_open_and_the_rest_is_told(
    desk: RecordDesk,
) -> None:
    desk.read(RailState.READY)
    desk.posted(amount=usd("250"), allocations=(to_bill("250"),))
    made(desk, payment(Status.PENDING, version=0))
    put(desk, status=Status.PROCESSING)
    assert desk.payment("pay_1").allocations == (to_bill("1000"),)
    item = desk.books.get(TrayItem, "payment-pay_1-over_allocated")
    assert item is not None
    assert item.state is TrayState.OPEN
    put(desk, status=Status.REVERSED)
    closed = desk.books.get(TrayItem, "payment-pay_1-over_allocated")
    assert closed is not None
    assert closed.state is TrayState.CLOSED


def test_a_card_payment_is_owed_to_the_card_and_never_cleared(desk: RecordDesk) -> None:
    desk.read(RailState.PROCESSING)
    by_card = rail_bill(payment=rail_payment(method="CARD"))
    made(desk, payment(Status.PENDING, version=0, rail=by_card))
    put(desk, status=Status.PROCESSING)
    put(desk, cash=cash())
    assert desk.balances() == {PAYABLE: 125_000, "2100": -125_000}
