"""Items about data open with the fact that shows it, and close when it is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.facts import CreditKind, LedgerCredit, RailState
from rowcol.domain.link import Feed
from rowcol.domain.money import Money
from rowcol.domain.receivables.follow_up import FollowUpVerb
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.service.ports import LedgerRefused
from rowcol.service.receivables.follow_ups import FollowUpAsked, decide_invoice
from rowcol.service.stage import stage
from rowcol.service.sync.ledger import sync_ledger
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.hygiene_desk import OTHER, HygieneDesk
from tests.support.invoice_desk import shown

UNBOOKED: dict[str, Any] = {"ledger_bill_id": None, "ledger_synced": False}


@pytest.fixture
def desk() -> HygieneDesk:
    return HygieneDesk()


def credit(desk: HygieneDesk, left: str = "88.00", version: int = 0) -> LedgerCredit:
    return LedgerCredit(
        "1809", CreditKind.VENDOR, "60", "Cascadia", "CR-88", usd("88.00"), usd(left),
        desk.today(), False, str(version), desk.read_now(),
    )  # fmt: skip


def test_a_problem_opens_with_the_reading_and_closes_with_the_one_that_mends_it(
    desk: HygieneDesk,
) -> None:
    desk.show(due_on=None, amount=Money(100, "CAD"))
    assert desk.open() == {("bill-bill-1", "no_due_date"), ("bill-bill-1", "foreign_currency")}
    item = desk.books.get(TrayItem, tray_id("bill-bill-1", "foreign_currency"))
    assert item is not None
    assert (item.expected, item.found, item.link) == ("USD", "CAD", "https://app.ramp.com/bills")
    desk.show(due_on=date(2026, 12, 1), amount=usd("1"))
    assert desk.open() == set()
    assert desk.types().count("tray.closed") == 2


@pytest.mark.parametrize("state", [RailState.PAID, RailState.ARCHIVED, RailState.REJECTED])
def test_what_is_over_has_no_problem(desk: HygieneDesk, state: RailState) -> None:
    desk.show(due_on=None)
    desk.show(due_on=None, state=state, archived=state is RailState.ARCHIVED)
    assert desk.open() == set()


def test_the_same_reading_again_reads_and_writes_nothing(desk: HygieneDesk) -> None:
    desk.show(due_on=None)
    before = desk.writes()
    desk.show(due_on=None)
    assert desk.writes() == before


def test_both_of_a_pair_are_told_and_mending_one_ends_both(desk: HygieneDesk) -> None:
    desk.show(invoice_number="INV-0042")
    desk.show(bill_id="bill-2", invoice_number="inv 42")
    both = {("bill-bill-1", "duplicate_invoice"), ("bill-bill-2", "duplicate_invoice")}
    assert desk.open() == both
    desk.show(bill_id="bill-2", invoice_number="inv 43", issued_on=date(2026, 11, 9))
    assert desk.open() == set()
    desk.show(bill_id="bill-2", invoice_number="INV-42", issued_on=date(2026, 11, 9))
    assert desk.open() == both
    desk.show(state=RailState.ARCHIVED, archived=True, invoice_number="INV-0042")
    assert desk.open() == set()


def test_a_second_bill_of_a_paid_one_is_told_alone_and_is_not_staged(desk: HygieneDesk) -> None:
    desk.show(state=RailState.PAID)
    desk.show(bill_id="bill-2", invoice_number="INV-7")
    assert desk.open() == {("bill-bill-2", "duplicate_invoice")}
    refused = desk.act(lambda change: stage(desk.environment, change, "bill-2"))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.numbers["kinds"]) == (
        Code.BLOCKED_BY_TRAY,
        ["duplicate_invoice"],
    )


def test_another_vendors_and_another_clients_number_is_no_duplicate(desk: HygieneDesk) -> None:
    desk.show()
    desk.show(bill_id="bill-2", invoice_number="INV-7", vendor_id="v-2", vendor_ledger_id="57")
    desk.show(OTHER, bill_id="bill-3", invoice_number="INV-7")
    assert (desk.open(), desk.open(OTHER)) == (set(), set())


def test_many_of_one_number_fit_into_one_write_each(desk: HygieneDesk) -> None:
    for number in range(30):
        desk.show(bill_id=f"bill-{number}", invoice_number="ACCT-9")
    told = {subject for subject, kind in desk.open() if kind == "duplicate_invoice"}
    assert len(told) == 30


def test_an_inactive_vendor_is_told_with_its_open_bills(desk: HygieneDesk) -> None:
    desk.show()
    desk.told()
    assert (desk.open(), desk.qbo.calls[-1]) == (set(), "vendor 56")
    desk.told(vendors=(desk.vendor("56", active=False),))
    assert desk.open() == {("bill-bill-1", "vendor_inactive")}
    desk.told(vendors=(desk.vendor("56"),))
    assert desk.open() == set()


def test_a_vendor_that_was_merged_is_found_at_night(desk: HygieneDesk) -> None:
    desk.show()
    desk.told()
    del desk.qbo.vendors["56"]
    desk.night()
    assert desk.open() == {("bill-bill-1", "vendor_merged")}
    desk.qbo.vendors["60"] = desk.vendor("60")
    desk.show(vendor_ledger_id="60")
    assert desk.open() == set()


def test_two_vendors_of_ramp_for_one_of_the_ledger(desk: HygieneDesk) -> None:
    desk.show()
    desk.show(bill_id="bill-2", vendor_id="vendor-2")
    desk.night()
    both = {("bill-bill-1", "vendor_merged"), ("bill-bill-2", "vendor_merged")}
    assert desk.open() == both
    desk.show(bill_id="bill-2", vendor_id="vendor-2", state=RailState.PAID)
    desk.night()
    assert desk.open() == set()


def test_a_bill_that_ramp_does_not_copy(desk: HygieneDesk) -> None:
    desk.show(**UNBOOKED)
    for days, expected in ((0, 0), (5, 0), (1, 1)):
        desk.pass_days(days)
        desk.night()
        assert len(desk.open()) == expected
    desk.show()
    assert desk.open() == set()


def test_a_bill_that_was_deleted_in_the_ledger(desk: HygieneDesk) -> None:
    desk.show()
    desk.told(deleted_bill_ids=("1184",))
    assert desk.open() == {("bill-bill-1", "not_in_ledger")}
    desk.told(deleted_bill_ids=("1184",))
    desk.show(ledger_bill_id="1190")
    assert desk.open() == set()


def test_a_bill_of_the_ledger_alone_and_how_it_is_found_in_ramp(desk: HygieneDesk) -> None:
    desk.told(bills=(desk.booked("1184"), desk.booked("1185"), desk.booked("1186", "0")))
    desk.pass_days(6)
    desk.night()
    assert desk.open() == {("ledger_bill-1184", "not_in_rail"), ("ledger_bill-1185", "not_in_rail")}
    desk.show()
    desk.told(bills=(desk.booked("1185", "0", sync_token="2"),))
    assert desk.open() == set()


def test_what_the_first_reading_lacks_is_read_by_itself(desk: HygieneDesk) -> None:
    desk.qbo.bills["1185"] = desk.booked("1185")
    desk.told()
    desk.pass_days(6)
    desk.night()
    assert desk.open() == {("ledger_bill-1185", "not_in_rail")}
    desk.qbo.bills.clear()
    desk.told(complete=False)
    assert desk.open() == set()


def test_a_credit_that_nobody_uses_and_its_use(desk: HygieneDesk) -> None:
    desk.told(credits=(credit(desk),))
    desk.pass_days(15)
    desk.night()
    assert [kind for _, kind in desk.open()] == ["vendor_credit_open"]
    desk.told(credits=(credit(desk, "0", 1),))
    assert desk.open() == set()
    desk.told(credits=(credit(desk),))  # an old version that comes late
    desk.night()
    assert desk.open() == set()


def test_a_period_that_closes_concerns_what_is_not_booked(desk: HygieneDesk) -> None:
    desk.show()
    desk.show(bill_id="bill-2", issued_on=date(2026, 11, 9), **UNBOOKED)
    desk.qbo.closed_through = date(2026, 11, 15)
    desk.night()
    assert desk.open() == {("bill-bill-2", "closed_period")}
    desk.qbo.closed_through = None
    desk.night()
    assert desk.open() == set()


def test_an_invoice_without_contact_until_somebody_records_one(desk: HygieneDesk) -> None:
    desk.invoiced(shown())
    desk.pass_days(40)
    desk.night()
    [(subject, kind)] = desk.open()
    assert kind == "overdue_without_contact"
    asked = FollowUpAsked(subject.removeprefix("invoice-"), FollowUpVerb.REMIND, "called them")
    desk.act(lambda change: decide_invoice(change, asked))
    assert desk.open() == set()
    desk.pass_days(45)
    desk.night()
    assert desk.open() == {(subject, kind)}
    desk.invoiced(shown(0, 1))
    assert desk.open() == set()


def test_invoices_of_one_number(desk: HygieneDesk) -> None:
    desk.invoiced(shown(), shown(invoice_id="1742"), shown(invoice_id="9", customer_id="202"))
    assert {kind for _, kind in desk.open()} == {"invoice_duplicate"}
    assert len(desk.open()) == 2
    desk.invoiced(shown(invoice_id="1742", token=1, voided=True, amount=usd("0"), balance=0))
    assert desk.open() == set()


@pytest.mark.parametrize("gone", [False, True])
def test_a_second_round_writes_nothing(desk: HygieneDesk, gone: bool) -> None:
    for number in range(40):
        issued = date(2026, 11, 1) - timedelta(days=5 * number)
        desk.show(bill_id=f"bill-{number}", invoice_number=f"A-{number}", issued_on=issued)
    if gone:
        desk.qbo.vendors.clear()
    desk.night()
    before = desk.writes()
    desk.night()
    assert desk.writes() == before
    assert len(desk.open()) == (40 if gone else 0)


def test_a_crash_between_judging_and_the_feed_is_made_good(desk: HygieneDesk) -> None:
    desk.show()
    desk.told()
    before = desk.store.items.copy()
    desk.qbo.vendors["56"] = desk.vendor("56", active=False)
    desk.told(vendors=(desk.qbo.vendors["56"],))
    lost = {key: item for key, item in desk.store.items.items() if isinstance(item, TrayItem)}
    assert lost
    # The item alone is lost, as if the vendor had been kept and the process had died.
    for key in lost:
        if key not in before:
            del desk.store.items[key]
    desk.night()
    assert desk.open() == {("bill-bill-1", "vendor_inactive")}


def test_an_item_whose_bill_ended_unseen_is_closed_at_night(desk: HygieneDesk) -> None:
    desk.show(due_on=None)
    bill = desk.known("bill-1")
    assert bill is not None
    paid = replace(bill, rail=replace(bill.rail, state=RailState.PAID))
    assert desk.books.save(paid)
    assert desk.open()
    desk.night()
    assert desk.open() == set()


def test_a_company_without_credits_is_synced_all_the_same(desk: HygieneDesk) -> None:
    def refuse(since: object) -> tuple[LedgerCredit, ...]:
        raise LedgerRefused("fault 5020", "invalid")

    desk.qbo.credits_since = refuse  # type: ignore[method-assign]  # as a smaller plan answers
    assert sync_ledger(desk.environment, SCOPE) == 0
    assert desk.books.syncs().runs[0].detail == "reference: fault 5020"
    feed = desk.books.get(Feed, "ledger")
    assert feed is not None
    assert feed.read_through is not None
