"""What is not the client's, not in its currency, not money in, or not told any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.facts import ReadInterval
from rowcol.domain.receivables.collected import ChargeMatch
from rowcol.domain.receivables.follow_up import FollowUpVerb
from rowcol.domain.receivables.payout_record import PayoutStanding
from rowcol.service.change import transact
from rowcol.service.listing import every_id
from rowcol.service.receivables.follow_ups import FollowUpAsked, decide_invoice
from rowcol.service.receivables.payouts import STRIPE
from tests.support import stripe_files
from tests.support.desk import SCOPE
from tests.support.stripe_desk import StripeDesk, charge, dispute, payout, unix
from tests.support.stripe_web import FileDesk
from tests.support.webhooks.stripe import stripe_body


@pytest.fixture
def desk() -> FileDesk:
    return FileDesk()


def test_events_of_a_connected_account_are_not_the_clients_money(desk: FileDesk) -> None:
    invoice = desk.bill_customer()
    body = stripe_body("charge.succeeded", 7, data={"object": charge()}, created=unix("2026-11-10"))
    row = desk.deliver({**body, "account": "acct_1Other"})
    assert row.outcome == "ignored:connected_account"
    assert (desk.stripe_objects(), desk.collected(invoice)) == ({}, 0)


def test_a_refund_that_only_a_report_tells_takes_from_what_was_collected(desk: FileDesk) -> None:
    invoice = desk.bill_customer()
    rows = [stripe_files.SALES[0], refund_of("ch_a", -5_000)]
    name = desk.apply(stripe_files.reconciliation(rows))
    assert desk.collected(invoice) == 25_000
    assert desk.undo(name).body["state"] == "undone"
    assert desk.collected(invoice) == 0


def refund_of(charge_id: str, minor: int) -> stripe_files.Sale:
    return stripe_files.Sale(
        "z", "refund", minor, 0, "po_1", "2026-11-12 09:00:00", charge=charge_id
    )


def test_a_refund_that_a_report_shows_as_failed_is_none(desk: FileDesk) -> None:
    invoice = desk.bill_customer()
    desk.apply(stripe_files.reconciliation([stripe_files.SALES[0], refund_of("ch_a", -5_000)]))
    back = stripe_files.Sale(
        "y", "refund_failure", 5_000, 0, "po_2", "2026-11-15 09:00:00", caused_by="re_z",
        charge="ch_a",
    )  # fmt: skip
    desk.apply(stripe_files.balance_change([back]))
    assert desk.collected(invoice) == 30_000


def test_an_import_that_is_undone_takes_its_dispute_along(desk: FileDesk) -> None:
    invoice = desk.bill_customer()
    desk.apply(stripe_files.reconciliation(stripe_files.SALES[:1]))
    assert desk.collected(invoice) == 30_000
    held = next(one for one in stripe_files.SALES if one.category == "dispute")
    second = desk.apply(stripe_files.balance_change([held]))
    assert desk.collected(invoice) == 0
    desk.undo(second)
    assert desk.collected(invoice) == 30_000
    assert "dispute_open" not in desk.open_items()


def test_a_charge_that_nothing_tells_of_is_in_no_list(desk: FileDesk) -> None:
    name = desk.apply(stripe_files.reconciliation(stripe_files.SALES[:1]))
    assert every_id(desk.books, ChargeMatch, "")
    desk.undo(name)
    assert every_id(desk.books, ChargeMatch, "") == []


def test_two_disputes_of_one_charge_hold_it_once(desk: FileDesk) -> None:
    invoice = desk.bill_customer()
    desk.tell("charge.succeeded", charge())
    for name in ("du_1", "du_2"):
        desk.tell("charge.dispute.created", dispute(name, amount=20_000), "2026-11-15")
    assert desk.collected(invoice) == 0
    desk.tell("charge.dispute.closed", dispute("du_1", amount=20_000, status="won"), "2026-11-18")
    assert desk.collected(invoice) == 10_000


def test_yen_have_no_hundredths_on_either_way(desk: FileDesk) -> None:
    """An event counts yen as they are, a report writes them without a point."""
    desk.tell("charge.succeeded", charge("ch_y", 1_200, currency="jpy", metadata={}))
    row = stripe_files.Sale("y", "charge", 1_200, 36, "po_9", "2026-11-10 09:00:00", currency="jpy")
    content = stripe_files.reconciliation([row])
    assert b",jpy,1200,36,1164," in content
    desk.apply(content)
    assert f"{desk.match('ch_y').charge.amount}" == "1,200 JPY"
    sums = desk.payout("po_9").sums
    assert sums is not None
    assert (sums.charges.minor, sums.net.minor, sums.net.currency) == (1_200, 1_164, "JPY")


def test_a_payout_below_zero_has_a_line_of_money_out(desk: FileDesk) -> None:
    taken = stripe_files.payouts().replace(b"-387.22", b"387.22")
    assert b"387.22" in taken
    desk.apply(taken)
    amount = desk.payout().amount
    assert amount is not None
    assert amount.minor == -38_722
    desk.bank_shows("line-0", 100, "2026-11-20", "COFFEE")
    assert "payout_missing" in desk.open_items()
    desk.bank_shows("line-1", -38_722, "2026-11-13", "STRIPE TRANSFER")
    assert desk.payout().standing is PayoutStanding.ARRIVED
    assert "payout_missing" not in desk.open_items()


def test_a_payout_of_nothing_is_missed_by_nobody(desk: FileDesk) -> None:
    desk.tell("payout.paid", payout(amount=0, status="paid"), "2026-11-13")
    desk.bank_shows("line-0", 100, "2026-11-20", "COFFEE")
    assert desk.payout().standing is PayoutStanding.EXPECTED


def test_what_was_escalated_is_so_again_when_the_payment_is_void(desk: FileDesk) -> None:
    due = desk.today() - timedelta(days=20)
    invoice = desk.bill_customer(due_on=due)
    escalate(desk, invoice)
    assert "invoice_escalated" in desk.open_items()
    desk.bill_customer(due_on=due, balance=0, token=1)
    assert "invoice_escalated" not in desk.open_items()
    desk.bill_customer(due_on=due, token=2)
    assert "invoice_escalated" in desk.open_items()


def escalate(desk: StripeDesk, invoice: str) -> None:
    asked = FollowUpAsked(invoice, FollowUpVerb.ESCALATE, "they do not answer")
    transact(
        desk.store, desk.environment.surroundings, SCOPE, STRIPE,
        lambda change: decide_invoice(change, asked),
    )  # fmt: skip


def read(desk: FileDesk, what: str, **query: str) -> list[dict[str, Any]]:
    """All items of a list, a page of one at a time."""
    found: list[dict[str, Any]] = []
    while True:
        answer = desk.web.call(
            "GET", f"/clients/{{client}}/receivables/{what}", person="vic",
            path={"client": SCOPE.client}, query={"limit": "1", **query},
        )  # fmt: skip
        assert answer.status == 200, answer.body
        found += answer.body["items"]
        if answer.body["next_cursor"] is None:
            return found
        query["cursor"] = answer.body["next_cursor"]


def test_refunds_and_disputes_are_listed_whatever_told_of_them(desk: FileDesk) -> None:
    desk.apply(stripe_files.reconciliation())
    desk.tell("charge.dispute.created", dispute("du_2", "ch_b", status="lost"), "2026-11-15")
    [refund] = read(desk, "refunds")
    assert (refund["id"], refund["amount"]["minor"], refund["charge_id"]) == ("re_c", 2_000, "ch_b")
    assert [one["id"] for one in read(desk, "disputes")] == ["du_e", "du_2"]
    assert [one["id"] for one in read(desk, "disputes", state="over")] == ["du_2"]


def test_a_customer_that_owes_nothing_is_listed_with_its_days_to_pay(desk: FileDesk) -> None:
    """Stripe had the money on the 10th; the books show it today, the 20th."""
    issued = desk.today() - timedelta(days=15)
    for place in range(3):
        number, name = f"INV-{place}", str(1800 + place)
        told = {"invoice_id": name, "doc_number": number, "issued_on": issued}
        desk.bill_customer(**told)
        paid = charge(f"ch_{place}", metadata={"qbo_invoice_doc_number": number})
        desk.tell("charge.succeeded", paid)
        seen = ReadInterval(desk.clock.now(), desk.clock.now())
        desk.bill_customer(**told, balance=0, token=1, read=seen)
    desk.bill_customer(invoice_id="1900", customer_id="202", customer_name="Acorn")
    owing, paid_up = read(desk, "customers")
    assert (owing["name"], owing["sums"]["open"]["minor"]) == ("Acorn", 30_000)
    assert (paid_up["name"], paid_up["sums"]["count"]) == ("Blue Heron Hotels", 0)
    assert (paid_up["days_to_pay"], paid_up["paid_invoices"]) == (5, 3)
