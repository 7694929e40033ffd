"""Events of Stripe's, the bank's line and the ledger's invoice: one story, told in any order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rowcol.domain.link import Link, StoredLine
from rowcol.domain.receivables.collected import ChargeMethod, ChargeState
from rowcol.domain.receivables.payout_record import PayoutStanding
from rowcol.domain.scope import key_of
from rowcol.service.receivables.heard import match_receivables
from tests.support.desk import SCOPE
from tests.support.stripe_desk import StripeDesk, charge, dispute, payout, unix


@pytest.fixture
def desk() -> StripeDesk:
    return StripeDesk()


def test_a_charge_pays_the_invoice_that_its_metadata_names(desk: StripeDesk) -> None:
    invoice = desk.bill_customer()
    desk.tell("charge.succeeded", charge())
    match = desk.match()
    assert (match.state, match.invoice_id) == (ChargeState.EXACT, invoice)
    assert match.found is not None
    assert match.found.method is ChargeMethod.METADATA
    assert "INV-2041" in match.found.explanation
    assert desk.collected(invoice) == 30_000


def test_an_invoice_that_comes_after_its_charge_is_found(desk: StripeDesk) -> None:
    desk.tell("charge.succeeded", charge())
    assert desk.match().state is ChargeState.NONE
    invoice = desk.bill_customer()
    assert desk.match().invoice_id == invoice


def test_an_equal_amount_of_the_same_customer_is_only_tentative(desk: StripeDesk) -> None:
    invoice = desk.bill_customer()
    bare = charge(metadata={"qbo_customer_id": "201"})
    desk.tell("charge.succeeded", bare)
    match = desk.match()
    assert (match.state, match.invoice_id) == (ChargeState.TENTATIVE, invoice)
    assert desk.collected(invoice) == 0
    desk.bill_customer(invoice_id="1742", doc_number="INV-2042")
    desk.tell("charge.succeeded", charge("ch_2", metadata={"qbo_customer_id": "201"}))
    assert desk.match("ch_2").state is ChargeState.NONE


def test_a_refund_takes_from_what_was_collected(desk: StripeDesk) -> None:
    invoice = desk.bill_customer()
    desk.tell("charge.refunded", charge(amount_refunded=10_000), "2026-11-12")
    desk.tell("charge.succeeded", charge(), "2026-11-10")
    assert desk.collected(invoice) == 20_000


def test_a_payout_is_expected_then_shown_by_the_bank(desk: StripeDesk) -> None:
    desk.tell("payout.created", payout(), "2026-11-11")
    assert desk.payout().standing is PayoutStanding.EXPECTED
    desk.bank_shows("line-1", 29_100, "2026-11-16", "STRIPE TRANSFER ST-X")
    found = desk.payout()
    assert found.standing is PayoutStanding.ARRIVED
    assert found.line is not None
    assert (found.line.line_id, found.line.method) == ("line-1", "exact")
    link = desk.books.get(Link, key_of("bank", "line-1"))
    assert link is not None
    assert link.bill_id == found.id


@pytest.mark.parametrize(("minor", "on", "text"), [
    (29_101, "2026-11-16", "STRIPE TRANSFER"),
    (29_100, "2026-11-12", "STRIPE TRANSFER"),
    (29_100, "2026-11-19", "STRIPE TRANSFER"),
    (29_100, "2026-11-16", "SQUARE TRANSFER"),
    (-29_100, "2026-11-16", "STRIPE TRANSFER"),
])  # fmt: skip
def test_another_line_is_not_its(desk: StripeDesk, minor: int, on: str, text: str) -> None:
    desk.tell("payout.created", payout(), "2026-11-11")
    desk.bank_shows("line-1", minor, on, text)
    assert desk.payout().line is None


def test_two_equal_payouts_have_a_line_each_at_most(desk: StripeDesk) -> None:
    for name in ("po_1", "po_2"):
        desk.tell("payout.paid", payout(name, status="paid"), "2026-11-13")
    desk.bank_shows("line-1", 29_100, "2026-11-13", "STRIPE TRANSFER")
    lines = [desk.payout(name).line for name in ("po_1", "po_2")]
    assert sum(line is not None for line in lines) == 1
    desk.bank_shows("line-2", 29_100, "2026-11-13", "STRIPE TRANSFER")
    held = {line.line_id for name in ("po_1", "po_2") if (line := desk.payout(name).line)}
    assert held == {"line-1", "line-2"}


def test_equal_payouts_of_following_days_have_the_line_of_their_day(desk: StripeDesk) -> None:
    """Both lines come with one reading, and either fits the first payout."""
    for name, day in (("line-1", "2026-11-13"), ("line-2", "2026-11-16")):
        desk.bank_shows(name, 29_100, day, "STRIPE TRANSFER")
    monday = payout("po_2", status="paid", arrival_date=unix("2026-11-16"))
    desk.tell("payout.paid", monday, "2026-11-16")
    desk.tell("payout.paid", payout(status="paid"), "2026-11-13")
    lines = {name: desk.payout(name).line for name in ("po_1", "po_2")}
    found = {name: line.line_id for name, line in lines.items() if line is not None}
    assert found == {"po_1": "line-1", "po_2": "line-2"}


def test_the_trace_id_is_stronger_than_days_and_words(desk: StripeDesk) -> None:
    trace = {"status": "supported", "value": "091000010528941"}
    desk.tell("payout.paid", payout(status="paid", trace_id=trace), "2026-11-13")
    desk.bank_shows("line-1", 29_100, "2026-11-19", "ORIG CO NAME:S")
    assert desk.payout().line is None
    stored = desk.books.get(StoredLine, "line-1")
    assert stored is not None
    assert desk.books.save(replace(stored, line=replace(stored.line, reference="091000010528941")))
    match_receivables(desk.environment, SCOPE)
    found = desk.payout().line
    assert found is not None
    assert found.method == "trace_id"


def test_failed_after_paid_frees_the_line_and_is_told(desk: StripeDesk) -> None:
    desk.tell("payout.paid", payout(status="paid"), "2026-11-13")
    desk.bank_shows("line-1", 29_100, "2026-11-13", "STRIPE TRANSFER")
    failed = payout(status="failed", failure_code="account_closed")
    desk.tell("payout.failed", failed, "2026-11-17")
    found = desk.payout()
    assert (found.standing, found.line) == (PayoutStanding.BACK, None)
    link = desk.books.get(Link, key_of("bank", "line-1"))
    assert link is not None
    assert not link.is_claimed
    item = desk.open_items()["payout_failed"]
    assert "account_closed" in item.title
    assert "2026-11-13" in item.found
    # A late word of before changes nothing.
    desk.tell("payout.updated", payout(status="paid"), "2026-11-14")
    assert desk.payout().standing is PayoutStanding.BACK


def test_a_payout_that_the_bank_does_not_show_is_told_and_closes_itself(desk: StripeDesk) -> None:
    desk.tell("payout.paid", payout(status="paid"), "2026-11-13")
    desk.bank_shows("line-0", 100, "2026-11-20", "COFFEE")
    assert desk.payout().standing is PayoutStanding.MISSING
    assert "payout_missing" in desk.open_items()
    desk.bank_shows("line-1", 29_100, "2026-11-16", "STRIPE TRANSFER")
    assert desk.payout().standing is PayoutStanding.ARRIVED
    assert "payout_missing" not in desk.open_items()


def test_a_line_that_the_bank_takes_back_is_the_payouts_no_more(desk: StripeDesk) -> None:
    desk.tell("payout.paid", payout(status="paid"), "2026-11-13")
    desk.bank_shows("line-1", 29_100, "2026-11-13", "STRIPE TRANSFER")
    desk.bank_withdraws("line-1")
    assert desk.payout().line is None


def test_a_dispute_has_its_day_in_the_tray_and_takes_the_money(desk: StripeDesk) -> None:
    invoice = desk.bill_customer()
    desk.tell("charge.succeeded", charge())
    desk.tell("charge.dispute.created", dispute(), "2026-11-15")
    item = desk.open_items()["dispute_open"]
    assert f"{item.due_on}" == "2026-11-25"
    assert desk.collected(invoice) == 0
    desk.tell("charge.dispute.closed", dispute(status="won"), "2026-11-18")
    assert "dispute_open" not in desk.open_items()
    assert desk.collected(invoice) == 30_000


def test_a_refund_heard_of_before_its_charge_waits_for_it(desk: StripeDesk) -> None:
    refund = {
        "id": "re_1", "object": "refund", "amount": 100, "charge": "ch_1", "currency": "usd",
        "created": 1_794_000_000, "status": "succeeded", "balance_transaction": "txn_re_1",
    }  # fmt: skip
    desk.tell("refund.created", refund, "2026-11-09")
    desk.tell("charge.succeeded", charge())
    assert {"refund-re_1", "charge-ch_1"} <= set(desk.stripe_objects())
