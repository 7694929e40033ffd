"""Average burn: what left the bank beside bills, summed up once a day from the bank's lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.facts import BankChanges, BankLine
from rowcol.domain.money import Money
from rowcol.domain.runway import FlowKind
from rowcol.domain.runway_lines import summary_of
from rowcol.domain.spending import Spending
from rowcol.service.spending import NEWS_MIN, SPENDING
from rowcol.service.sync.bank import sync_bank
from tests.support.desk import SCOPE
from tests.support.domain import builders
from tests.support.domain.builders import FRIDAY, usd
from tests.support.runway_desk import RunwayDesk


@pytest.fixture
def desk() -> RunwayDesk:
    """Its bank lines reach back 90 days."""
    made = RunwayDesk()
    made.at_bank("oldest", usd("0.90"), FRIDAY - timedelta(days=90))
    return made


def ago(days: int) -> date:
    return FRIDAY - timedelta(days=days)


def spending(desk: RunwayDesk) -> Spending:
    desk.sum_up()
    found = desk.books.get(Spending, SPENDING)
    assert found is not None
    return found


def test_debits_that_paid_no_bill(desk: RunwayDesk) -> None:
    desk.at_bank("payroll", usd("900"), ago(10))
    desk.at_bank("rent", usd("500"), ago(20), text="RENT")
    found = spending(desk)
    assert (found.days, found.debits, found.bills) == (90, usd("1400.90"), usd("0"))
    assert found.beside_bills == usd("1400.90")
    assert found.all_debits.debits == usd("1400.90")


def test_a_line_that_a_payment_on_the_rail_has_claimed_paid_a_bill(desk: RunwayDesk) -> None:
    desk.at_bank("payroll", usd("900"), ago(10))
    desk.at_bank("bill", usd("1250"), ago(8), text="ACME")
    desk.claimed("bill", "rp-1")
    desk.at_bank("freed", usd("10"), ago(7), text="ACME")
    desk.claimed("freed", "")
    assert spending(desk).beside_bills == usd("910.90")


def test_what_ramp_paid_before_anybody_knew_is_known_by_its_words(desk: RunwayDesk) -> None:
    desk.at_bank("old", usd("1250"), ago(60), text="RAMP BILL PAY ACME SUPPLIES")
    desk.at_bank("card", usd("300"), ago(50), text="RAMP CARD STATEMENT")
    assert spending(desk).beside_bills == usd("300.90")


def test_own_transfers_returns_pending_and_other_accounts_do_not_count(desk: RunwayDesk) -> None:
    client = builders.client(version=1, other_account_ids=("savings-1",))
    assert desk.books.save(client)
    desk.at_bank("away", usd("700"), ago(12), text="TRANSFER")
    desk.at_bank("there", usd("-700"), ago(11), account_id="savings-1", text="TRANSFER")
    desk.at_bank("lost", usd("80"), ago(12), text="ACME")
    desk.at_bank("back", usd("-80"), ago(9), text="RETURNED ACH")
    desk.at_bank("pending", usd("60"), ago(1), pending=True)
    desk.at_bank("foreign", Money(5_000, "EUR"), ago(1))
    desk.at_bank("savings", usd("40"), ago(1), account_id="savings-1")
    desk.at_bank("stranger", usd("-30"), ago(2), text="CUSTOMER")
    desk.at_bank("too old", usd("9999"), ago(91))
    assert spending(desk).beside_bills == usd("0.90")


def test_a_sale_of_the_same_amount_is_no_return(desk: RunwayDesk) -> None:
    desk.at_bank("rent", usd("500"), ago(20), text="RENT")
    desk.at_bank("sale", usd("-500"), ago(19), text="CUSTOMER 12")
    assert spending(desk).beside_bills == usd("500.90")


def test_it_is_summed_up_once_a_day_and_when_much_is_new(desk: RunwayDesk) -> None:
    assert desk.sum_up(0) is False
    assert desk.sum_up(1) is True
    assert desk.sum_up(NEWS_MIN - 1) is False
    assert desk.sum_up(NEWS_MIN) is True
    desk.pass_days(1)
    assert desk.sum_up(1) is True


def test_it_is_no_entry_of_the_log(desk: RunwayDesk) -> None:
    before = desk.types()
    desk.sum_up()
    assert desk.types() == before


# ---- in the runway


def test_burn_falls_evenly_on_bank_days_after_the_balance_was_seen(desk: RunwayDesk) -> None:
    desk.at_bank("payroll", usd("89.10"), ago(10))
    desk.sum_up()
    burn = [flow for flow in desk.runway().flows if flow.kind is FlowKind.BURN]
    by_day = {flow.day: flow.amount for flow in burn}
    assert FRIDAY not in by_day
    assert by_day[FRIDAY + timedelta(days=3)] == usd("-3")  # Saturday, Sunday, Monday
    assert by_day[FRIDAY + timedelta(days=4)] == usd("-1")
    thanksgiving = date(2026, 11, 26)
    assert thanksgiving not in by_day
    assert by_day[thanksgiving + timedelta(days=1)] == usd("-2")


def test_parts_of_a_cent_are_not_lost(desk: RunwayDesk) -> None:
    """0.90 in 90 days is a cent a day; 1.00 is a cent a day, and ten days with two."""
    desk.at_bank("gum", usd("0.10"), ago(3))
    desk.sum_up()
    burn = [flow.amount.minor for flow in desk.runway().flows if flow.kind is FlowKind.BURN]
    assert -sum(burn) == 100  # of the 90 days after today


def test_days_since_the_balance_was_seen_are_made_up_for(desk: RunwayDesk) -> None:
    desk.sum_up()
    desk.pass_days(4)  # Tuesday; the balance is of Friday
    first = next(flow for flow in desk.runway().flows if flow.kind is FlowKind.BURN)
    assert (first.day, first.amount) == (FRIDAY + timedelta(days=4), usd("-0.04"))


def test_too_short_a_history_is_not_known_and_not_counted() -> None:
    desk = RunwayDesk()
    desk.at_bank("payroll", usd("900"), ago(29))
    desk.sum_up()
    assert [flow for flow in desk.runway().flows if flow.kind is FlowKind.BURN] == []
    assert any("29 days of bank history" in said for said in summary_of(desk.runway()))


# ---- from the bank's feed


class ScriptedBank:
    """A bank whose feed has lines to tell, once."""

    def __init__(self, *lines: BankLine) -> None:
        self.lines = lines

    def counting(self, meter: object) -> ScriptedBank:
        """The same: no calls are counted here."""
        return self

    def bank(self, firm: str, client: str) -> ScriptedBank:
        """Of any client."""
        return self

    def changes(self, item_id: str, cursor: str | None) -> BankChanges:
        """What is new since a cursor."""
        added = self.lines if cursor is None else ()
        return BankChanges(added, (), (), "done", True, builders.READ)


def test_new_lines_of_the_feed_are_summed_up_with_them() -> None:
    desk = RunwayDesk(bank_item_ids=("item-1",))
    rent = builders.bank_line(amount=usd("900"), posted_on=ago(45), text="RENT")
    rails: Any = ScriptedBank(rent)
    environment = replace(desk.environment, rails=rails)
    assert sync_bank(environment, SCOPE) == 1
    found = desk.books.get(Spending, SPENDING)
    assert found is not None
    assert (found.days, found.beside_bills, found.version) == (45, usd("900"), 1)
    desk.pass_days(1)
    assert sync_bank(environment, SCOPE) == 0
    again = desk.books.get(Spending, SPENDING)
    assert again == found
