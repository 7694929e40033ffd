"""Bank lines of records: found after the rail's, they clear and verify; taken back, no longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.link import Link
from rowcol.domain.payment import Payment, PaymentType, Posting, Verification
from rowcol.domain.scope import key_of
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.service.record_cash import RECORDS
from rowcol.service.sync.bank import match_cash
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, usd
from tests.support.records import THURSDAY, RecordDesk, must, transfer

TRANSIT, CASH, PAYABLE, RECEIVABLE, TRANSFERS = "1010", "1000", "2000", "1100", "1020"
LINE: dict[str, Any] = {"amount": usd("100.00"), "text": "CHECK 1042"}


@pytest.fixture
def desk() -> RecordDesk:
    """Bluebird's books."""
    return RecordDesk()


def looked_at(desk: RecordDesk) -> int:
    """The bank's lines are matched."""
    return match_cash(desk.environment, SCOPE, None)


def test_its_line_clears_and_verifies_it(desk: RecordDesk) -> None:
    made = desk.posted()
    assert looked_at(desk) == 0
    desk.bank_shows(**LINE)
    assert looked_at(desk) == 1
    found = desk.payment(made.id)
    assert found.verification is Verification.VERIFIED
    assert found.watch_until == FRIDAY + timedelta(days=60)
    assert desk.balances() == {PAYABLE: 10_000, CASH: -10_000}
    assert [entry.day for entry in desk.journal()] == [THURSDAY, FRIDAY]
    assert desk.types()[-2:] == ["payment.cash_observed", "payment.cleared"]
    assert looked_at(desk) == 0


def test_a_pending_line_is_seen_and_clears_nothing(desk: RecordDesk) -> None:
    made = desk.posted()
    desk.bank_shows(**LINE, pending=True)
    looked_at(desk)
    assert desk.payment(made.id).verification is Verification.AWAITING
    assert desk.balances() == {PAYABLE: 10_000, TRANSIT: -10_000}
    desk.bank_shows(**LINE)
    looked_at(desk)
    assert desk.payment(made.id).verification is Verification.VERIFIED


def test_a_line_that_is_taken_back_leaves_it_in_transit(desk: RecordDesk) -> None:
    made = desk.posted()
    desk.bank_shows(**LINE)
    looked_at(desk)
    desk.bank_takes_back("line-1")
    assert looked_at(desk) == 1
    found = desk.payment(made.id)
    assert (found.verification, found.cash) == (Verification.AWAITING, None)
    assert desk.balances() == {PAYABLE: 10_000, TRANSIT: -10_000}
    claim = desk.books.get(Link, key_of("bank", "line-1"))
    assert claim is not None
    assert not claim.is_claimed


def test_what_customers_pay_comes_in(desk: RecordDesk) -> None:
    made = desk.posted(type=PaymentType.CUSTOMER_PAYMENT, counterparty_name="Blue Heron")
    desk.bank_shows(amount=-usd("100.00"), text="DEPOSIT")
    looked_at(desk)
    found = desk.payment(made.id)
    assert found.cash is not None
    assert (len(found.cash.debits), len(found.cash.credits)) == (0, 1)
    assert desk.balances() == {CASH: 10_000, RECEIVABLE: -10_000}


def test_a_transfer_has_two_lines_in_any_order(desk: RecordDesk) -> None:
    made = must(desk.tell(transfer()))
    must(desk.confirm(made.id))
    desk.bank_shows(line_id="in", account_id="operating-2", amount=-usd("100"), text="TRANSFER")
    looked_at(desk)
    assert desk.payment(made.id).verification is Verification.AWAITING
    assert desk.balances() == {TRANSIT: -10_000, CASH: 10_000}
    desk.bank_shows(line_id="out", amount=usd("100"), text="TRANSFER")
    looked_at(desk)
    assert desk.payment(made.id).verification is Verification.VERIFIED
    assert desk.balances() == {}
    assert len(desk.journal()) == 3


def test_a_returned_payment_is_told(desk: RecordDesk) -> None:
    made = desk.posted()
    desk.bank_shows(**LINE)
    looked_at(desk)
    desk.bank_shows(line_id="back", amount=-usd("100"), text="RETURNED CHECK", posted_on=FRIDAY)
    looked_at(desk)
    assert desk.payment(made.id).verification is Verification.MISMATCH
    item = desk.books.get(TrayItem, f"payment-{made.id}-reversed_or_returned")
    assert item is not None
    assert item.state is TrayState.OPEN


def test_a_line_belongs_to_one_record(desk: RecordDesk) -> None:
    first, second = desk.posted(), desk.posted()
    desk.bank_shows(**LINE)
    looked_at(desk)
    seen = [name for name in (first.id, second.id) if desk.payment(name).cash is not None]
    assert len(seen) == 1
    desk.bank_shows(**LINE, line_id="line-2")
    looked_at(desk)
    assert all(desk.payment(name).cash is not None for name in (first.id, second.id))


def test_a_line_that_may_be_either_of_two_strangers_is_nobodys(desk: RecordDesk) -> None:
    first, second = desk.posted(counterparty_name="Harbor Flour"), desk.posted()
    desk.bank_shows(**LINE)
    assert looked_at(desk) == 0
    assert [desk.payment(one.id).cash for one in (first, second)] == [None, None]
    desk.bank_shows(**LINE | {"text": "HARBOR FLOU 1042"}, line_id="line-2")
    assert looked_at(desk) == 2  # what is left then is the other's
    found = desk.payment(first.id).cash
    assert found is not None
    assert [one.line_id for one in found.debits] == ["line-2"]


def test_a_reset_lets_the_line_go(desk: RecordDesk) -> None:
    first = desk.posted()
    desk.bank_shows(**LINE)
    looked_at(desk)
    draft = must(desk.reset(first.id))
    assert (draft.cash, draft.verification) == (None, Verification.AWAITING)
    assert desk.balances() == {}
    second = desk.posted()
    looked_at(desk)
    assert desk.payment(second.id).cash is not None
    assert desk.payment(first.id).cash is None


def test_a_stronger_claim_takes_the_line_over(desk: RecordDesk) -> None:
    made = desk.posted()
    desk.bank_shows(**LINE)
    looked_at(desk)
    claim = desk.books.get(Link, key_of("bank", "line-1"))
    assert claim is not None
    assert desk.books.save(replace(claim, bill_id="rp-1"))
    assert looked_at(desk) == 1
    assert desk.payment(made.id).cash is None
    assert desk.balances() == {PAYABLE: 10_000, TRANSIT: -10_000}
    kept = desk.books.get(Link, claim.id)
    assert kept is not None
    assert kept.bill_id == "rp-1"


def test_nothing_is_written_and_little_is_read_when_nothing_is_new(desk: RecordDesk) -> None:
    for _ in range(30):
        desk.posted()
    desk.bank_shows(amount=usd("7.00"))
    calls: list[str] = []
    desk.store.on_call = calls.append
    assert looked_at(desk) == 0
    assert "commit:before" not in calls
    first, calls[:] = len(calls), []
    for _ in range(30):
        desk.posted()
    calls.clear()
    assert looked_at(desk) == 0
    assert len(calls) == first < 60


def test_a_draft_is_not_looked_for(desk: RecordDesk) -> None:
    made = desk.told()
    desk.bank_shows(**LINE)
    assert looked_at(desk) == 0
    assert desk.payment(made.id).cash is None


@pytest.mark.parametrize(("method", "days", "found"), [("CHECK", 40, True), ("WIRE", 40, False)])
def test_checks_are_cashed_late(desk: RecordDesk, method: str, days: int, *, found: bool) -> None:
    made = desk.posted(method=method)
    desk.clock.pause(days * 86_400)
    desk.bank_shows(**LINE, posted_on=THURSDAY + timedelta(days=days))
    looked_at(desk)
    assert (desk.payment(made.id).cash is not None) is found


def test_it_is_not_looked_for_for_ever(desk: RecordDesk) -> None:
    made = desk.posted()
    assert desk.books.ids(Payment, RECORDS).ids == (made.id,)
    desk.clock.pause(30 * 86_400)
    assert looked_at(desk) == 1
    assert desk.books.ids(Payment, RECORDS).ids == ()
    assert looked_at(desk) == 0
    stored = desk.payment(made.id)
    assert (stored.posting, stored.watch_until) == (Posting.POSTED, None)


def test_an_old_record_is_looked_for_once_it_is_confirmed(desk: RecordDesk) -> None:
    desk.bank_shows(**LINE, posted_on=date(2026, 6, 3))
    made = desk.posted(paid_on=date(2026, 6, 2))
    looked_at(desk)
    found = desk.payment(made.id)
    assert found.cash is not None
    assert desk.balances() == {PAYABLE: 10_000, CASH: -10_000}
