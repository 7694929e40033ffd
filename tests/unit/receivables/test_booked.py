"""What Stripe collected and gave back against what the ledger shows, told and closed by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rowcol.domain.facts import CreditKind, InvoicePart, LedgerCredit, ReadInterval
from rowcol.domain.money import Money
from rowcol.domain.receivables.collected import ChargeMethod, ChargeState
from rowcol.service.hygiene.booked import judge_watched
from rowcol.service.hygiene.ledger_credits import drop_credits, keep_credits
from tests.support.desk import SCOPE
from tests.support.stripe_desk import StripeDesk, charge, dispute, refund, unix

BOOKED = {"collected_not_booked", "booked_net", "refund_not_booked", "dispute_not_booked"}


class BookedDesk(StripeDesk):
    """Bluebird's ledger tells what customers paid and got back."""

    def paper(self, kind: CreditKind, minor: int, name: str = "1", **changes: Any) -> LedgerCredit:
        """A document of Blue Heron's, of 11 November, nothing of it open."""
        now = self.clock.now()
        fields: dict[str, Any] = {
            "credit_id": name, "credit": kind, "party_id": "201", "party_name": "Blue Heron",
            "doc_number": None, "amount": Money(minor, "USD"), "open": Money(0, "USD"),
            "issued_on": date(2026, 11, 11), "voided": False, "sync_token": "0",
            "read": ReadInterval(now, now),
        }  # fmt: skip
        found = LedgerCredit(**(fields | changes))
        keep_credits(self.environment, SCOPE, [found])
        return found

    def paid(self, minor: int, name: str = "1", **changes: Any) -> LedgerCredit:
        """A payment of INV-2041 in the ledger."""
        applied = (InvoicePart("1741", Money(minor, "USD")),)
        return self.paper(CreditKind.CUSTOMER, minor, name, applied=applied, **changes)

    def night(self) -> None:
        """The nightly look."""
        judge_watched(self.environment, SCOPE)

    def told(self) -> set[str]:
        """What is open in the tray about booking."""
        return set(self.open_items()) & BOOKED


@pytest.fixture
def desk() -> BookedDesk:
    made = BookedDesk()
    assert made.today() == date(2026, 11, 20)
    return made


def test_what_stripe_collected_and_the_books_do_not_show(desk: BookedDesk) -> None:
    desk.bill_customer()
    desk.tell("charge.succeeded", charge(created=unix("2026-11-09")))
    assert desk.told() == set()
    desk.night()
    assert desk.told() == {"collected_not_booked"}
    item = desk.open_items()["collected_not_booked"]
    assert (item.expected, item.found) == ("0.00 USD open", "300.00 USD open")
    desk.bill_customer(balance=0, token=1)
    assert desk.told() == set()


def test_the_books_have_five_bank_days(desk: BookedDesk) -> None:
    desk.bill_customer()
    desk.tell("charge.succeeded", charge(created=unix("2026-11-13")))
    desk.night()
    assert desk.told() == set()


def test_a_part_that_is_open_beside_what_was_collected_is_no_problem(desk: BookedDesk) -> None:
    desk.bill_customer(balance=20_000)
    desk.tell("charge.succeeded", charge(amount=10_000, created=unix("2026-11-02")))
    desk.night()
    assert desk.told() == set()


def test_a_tentative_match_is_compared_with_nothing(desk: BookedDesk) -> None:
    desk.bill_customer()
    bare = charge(metadata={"qbo_customer_id": "201"}, created=unix("2026-11-02"))
    desk.tell("charge.succeeded", bare)
    desk.night()
    assert desk.told() == set()


def test_a_payment_booked_net_of_the_fee(desk: BookedDesk) -> None:
    desk.bill_customer(balance=900)
    moved = {
        "id": "txn_ch_1", "object": "balance_transaction", "amount": 30_000, "fee": 900,
        "net": 29_100, "currency": "usd", "created": unix("2026-11-02"),
        "available_on": unix("2026-11-04"), "reporting_category": "charge", "source": "ch_1",
    }  # fmt: skip
    sold = charge(created=unix("2026-11-02"), balance_transaction=moved)
    desk.tell("charge.succeeded", sold)
    desk.night()
    assert desk.told() == {"booked_net"}
    assert desk.open_items()["booked_net"].expected == "300.00 USD booked, and 9.00 USD as a fee"


@pytest.mark.parametrize("kind", [CreditKind.MEMO, CreditKind.REFUND])
def test_a_refund_that_the_books_do_not_show(desk: BookedDesk, kind: CreditKind) -> None:
    desk.bill_customer(balance=0)
    desk.tell("charge.succeeded", charge(created=unix("2026-11-02")))
    desk.tell("refund.created", refund(), "2026-11-10")
    desk.night()
    assert desk.told() == {"refund_not_booked"}
    item = desk.open_items()["refund_not_booked"]
    assert item.expected == "a credit memo or refund receipt of 50.00 USD"
    desk.paper(kind, 4_999, "2")
    assert desk.told() == {"refund_not_booked"}
    booked = desk.paper(kind, 5_000, "3")
    assert desk.told() == set()
    # Deleted in the books, it is a problem again.
    drop_credits(desk.environment, SCOPE, [(booked.credit, booked.credit_id)])
    assert desk.told() == {"refund_not_booked"}
    desk.bill_customer(balance=5_000, token=1)
    assert desk.told() == set()


def test_papers_of_others_or_of_long_before_do_not_count(desk: BookedDesk) -> None:
    desk.bill_customer(balance=0)
    desk.tell("charge.succeeded", charge(created=unix("2026-11-02")))
    desk.tell("refund.created", refund(), "2026-11-10")
    desk.paper(CreditKind.MEMO, 5_000, "2", party_id="202")
    desk.paper(CreditKind.MEMO, 5_000, "3", issued_on=date(2026, 10, 25))
    desk.paper(CreditKind.MEMO, 5_000, "4", voided=True)
    desk.night()
    assert desk.told() == {"refund_not_booked"}


def test_an_invoice_that_was_paid_otherwise_owes_no_credit_memo(desk: BookedDesk) -> None:
    """Stripe's charge was refunded in full and the customer sent a cheque."""
    desk.bill_customer(balance=0)
    desk.tell("charge.succeeded", charge(amount=10_000, created=unix("2026-11-02")))
    desk.tell("refund.created", refund(amount=10_000), "2026-11-10")
    desk.paid(30_000)
    desk.night()
    assert desk.told() == set()
    desk.paid(10_000, "2")
    assert desk.told() == {"refund_not_booked"}


def test_a_refund_that_failed_is_no_refund(desk: BookedDesk) -> None:
    invoice = desk.bill_customer(balance=0)
    desk.tell("charge.refunded", charge(amount_refunded=5_000), "2026-11-10")
    desk.tell("refund.created", refund(), "2026-11-10")
    assert desk.collected(invoice) == 25_000
    desk.tell("refund.failed", refund(status="failed"), "2026-11-12")
    assert desk.collected(invoice) == 30_000
    assert desk.match().charge.refunded.minor == 0
    desk.tell("refund.created", refund("re_2"), "2026-11-13")
    assert desk.collected(invoice) == 25_000


def test_refunds_told_one_by_one_and_by_the_charge_are_counted_once(desk: BookedDesk) -> None:
    invoice = desk.bill_customer()
    desk.tell("refund.created", refund("re_1", 1_000), "2026-11-10")
    desk.tell("refund.created", refund("re_2", 2_000), "2026-11-11")
    desk.tell("charge.succeeded", charge(), "2026-11-10")
    assert desk.collected(invoice) == 27_000
    desk.tell("charge.refunded", charge(amount_refunded=3_000), "2026-11-11")
    assert desk.collected(invoice) == 27_000
    desk.tell("charge.refunded", charge(amount_refunded=4_500), "2026-11-12")
    assert desk.collected(invoice) == 25_500


def test_a_dispute_of_a_part_holds_that_part(desk: BookedDesk) -> None:
    invoice = desk.bill_customer(balance=0)
    desk.tell("charge.succeeded", charge(created=unix("2026-11-02")))
    small = dispute(amount=10_000, created=unix("2026-11-05"))
    desk.tell("charge.dispute.created", small, "2026-11-05")
    assert desk.collected(invoice) == 20_000
    desk.night()
    assert desk.told() == {"dispute_not_booked"}
    # Lost: nobody answers any more, and the books still show the customer's payment.
    desk.tell("charge.dispute.closed", {**small, "status": "lost"}, "2026-11-12")
    desk.night()
    assert set(desk.open_items()) == {"dispute_not_booked"}
    desk.tell("charge.dispute.closed", {**small, "status": "won"}, "2026-11-13")
    desk.night()
    assert desk.told() == set()


def test_the_ledgers_own_payment_of_a_charge_names_its_invoice(desk: BookedDesk) -> None:
    invoice = desk.bill_customer(doc_number=None)
    name = "ch_3SDh7u2tY9NnZh0N1oasiAAu"
    desk.tell("charge.succeeded", charge(name, metadata={}))
    assert desk.match(name).state is ChargeState.NONE
    desk.paid(30_000, doc_number=name[:21])
    match = desk.match(name)
    assert (match.state, match.invoice_id) == (ChargeState.EXACT, invoice)
    assert match.found is not None
    assert match.found.method is ChargeMethod.LEDGER_PAYMENT


def test_a_customers_credit_memo_that_is_not_used(desk: BookedDesk) -> None:
    old = date(2026, 10, 1)
    desk.paper(CreditKind.MEMO, 5_000, "7", open=Money(2_000, "USD"), issued_on=old)
    desk.clock.pause(20 * 24 * 3600)
    desk.paper(CreditKind.MEMO, 5_000, "7", open=Money(1_000, "USD"), issued_on=old, sync_token="1")
    item = desk.open_items()["customer_credit_open"]
    assert "Credit memo 7" in item.title
    assert item.found == "10.00 USD of 50.00 USD left"
    desk.paper(CreditKind.MEMO, 5_000, "7", issued_on=old, sync_token="2")
    assert "customer_credit_open" not in desk.open_items()
