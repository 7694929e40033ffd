"""When open invoices are expected: by the customer's habit, everybody's, or the due date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.calendar import is_bank_day
from rowcol.domain.invoice import Invoice, paid_on
from rowcol.domain.receipts import (
    DOUBTFUL_DAYS,
    Basis,
    PaidInvoice,
    PayingHabit,
    expected_receipt,
    habit_id,
    paid_invoice,
    receipt_flow,
)
from rowcol.domain.runway import Certainty, FlowKind
from tests.support.domain.builders import usd
from tests.support.invoice_desk import shown

TODAY = date(2026, 11, 20)  # a Friday


def habit(*days: int, late: int = 0) -> PayingHabit:
    paid = tuple(PaidInvoice(f"i{n}", TODAY, one, late) for n, one in enumerate(days))
    return PayingHabit("customer-201", 1, "Blue Heron Hotels", paid)


def invoice(issued: int | None = 10, due: int | None = -20, **fields: Any) -> Invoice:
    """Written `issued` and due `due` days ago."""
    days = {"issued_on": issued, "due_on": due}
    dates = {
        name: TODAY - timedelta(days=ago) if ago is not None else None for name, ago in days.items()
    }
    return Invoice("inv-1", 1, shown(**(dates | fields)))


def test_the_customers_own_median_counts() -> None:
    found = expected_receipt(invoice(), habit(41, 30, 90), habit(5, 5, 5), TODAY)
    assert (found.basis, found.count, found.days) == (Basis.CUSTOMER, 3, 41)
    assert found.usual_on == TODAY + timedelta(days=31)
    assert found.certainty is Certainty.LIKELY
    assert found.why == "this customer paid the last 3 invoices 41 days after their date (median)"


def test_of_two_in_the_middle_the_longer_counts() -> None:
    assert habit(10, 20, 30, 40).days == 30


def test_too_few_of_its_own_leave_it_to_all_customers_then_to_the_due_date() -> None:
    found = expected_receipt(invoice(), habit(41, 41), habit(12, 12, 12, 12), TODAY)
    assert (found.basis, found.count, found.days) == (Basis.CLIENT, 4, 12)
    found = expected_receipt(invoice(), habit(41, 41), habit(12, 12), TODAY)
    assert (found.basis, found.count, found.usual_on) == (
        Basis.TERMS, 0, TODAY + timedelta(days=20),
    )  # fmt: skip
    found = expected_receipt(invoice(due=None), None, None, TODAY)
    assert found.usual_on == TODAY + timedelta(days=20)
    assert found.day == date(2026, 12, 10)


def test_without_a_date_a_habit_tells_nothing() -> None:
    found = expected_receipt(invoice(issued=None), habit(41, 41, 41), None, TODAY)
    assert (found.basis, found.usual_on) == (Basis.TERMS, TODAY + timedelta(days=20))
    found = expected_receipt(invoice(None, None), habit(41, 41, 41), None, TODAY)
    assert (found.basis, found.certainty) == (Basis.TERMS, Certainty.DOUBTFUL)


@pytest.mark.parametrize(
    ("late", "ahead"),
    [(0, 7), (6, 7), (12, 12), (30, 30), (400, 30)],
)
def test_whose_day_has_passed_is_expected_as_late_as_usual(late: int, ahead: int) -> None:
    found = expected_receipt(invoice(50, 20), habit(40, 40, 40, late=late), None, TODAY)
    assert found.usual_on == TODAY - timedelta(days=10)
    wanted = TODAY + timedelta(days=ahead)
    assert found.day >= wanted
    assert (found.day - wanted).days <= 4
    assert is_bank_day(found.day)
    assert f"so {ahead} days from today" in found.why


def test_today_is_not_late_yet() -> None:
    assert expected_receipt(invoice(40, 10), habit(40, 40, 40), None, TODAY).day == TODAY


@pytest.mark.parametrize(
    ("overdue", "certainty"),
    [(DOUBTFUL_DAYS, Certainty.LIKELY), (DOUBTFUL_DAYS + 1, Certainty.DOUBTFUL)],
)
def test_beyond_the_threshold_it_is_doubtful(overdue: int, certainty: Certainty) -> None:
    found = expected_receipt(invoice(overdue + 30, overdue), habit(30, 30, 30), None, TODAY)
    assert found.certainty is certainty
    assert ("doubtful" in found.why) is (certainty is Certainty.DOUBTFUL)


def test_a_slow_payer_is_doubtful_only_after_its_own_usual_day() -> None:
    slow = habit(150, 150, 150, late=120)
    assert expected_receipt(invoice(160, 130), slow, None, TODAY).certainty is Certainty.LIKELY
    assert expected_receipt(invoice(220, 190), slow, None, TODAY).certainty is Certainty.DOUBTFUL


def test_dates_that_nobody_can_mean_are_far_ahead_and_no_error() -> None:
    never = date(9999, 12, 31)
    for names in (("issued_on",), ("due_on",), ("issued_on", "due_on")):
        fields: dict[str, Any] = dict.fromkeys(names, never)
        found = expected_receipt(invoice(**fields), habit(40, 40, 40), None, TODAY)
        assert found.day <= TODAY + timedelta(days=500)
    ancient = invoice(issued_on=date(1, 1, 1), due_on=date(1, 1, 2))
    found = expected_receipt(ancient, None, None, TODAY)
    assert (found.day > TODAY, found.certainty) == (True, Certainty.DOUBTFUL)


def test_a_flow_says_whose_it_is() -> None:
    found = receipt_flow(invoice(), usd("120"), habit(41, 41, 41), None, TODAY)
    assert (found.source_id, found.kind, found.amount) == ("inv-1", FlowKind.RECEIPT, usd("120"))
    assert found.label == "Blue Heron Hotels, INV-2041"


# ---- what is kept of a customer


def test_the_latest_are_kept_and_each_once() -> None:
    known = PayingHabit("c", 0, "x")
    for number in range(20):
        paid = PaidInvoice(f"i{number}", TODAY + timedelta(days=number), number, 0)
        known = known.taking(paid, 12).taking(paid, 12)
    assert [one.days for one in known.paid] == list(range(8, 20))
    assert known.without("i19").taking(known.paid[-1], 12) == known


def test_a_customer_without_an_id_is_known_by_name() -> None:
    one, other = (invoice(customer_id=None, customer_name=name) for name in ("Fern", "Moss"))
    assert habit_id(one) != habit_id(other)
    assert habit_id(one) == habit_id(invoice(customer_id=None, customer_name="Fern"))
    assert habit_id(invoice()) == "customer-201"


def test_only_an_invoice_that_was_seen_open_tells_when_it_was_paid() -> None:
    known = invoice()
    reading = shown(0, 1)
    assert paid_on(None, reading, TODAY) is None
    assert paid_on(known, shown(100, 1), TODAY) is None
    assert paid_on(known, reading, TODAY) == TODAY
    paid = Invoice("inv-1", 2, reading, paid_on=TODAY)
    assert paid_on(paid, shown(0, 2), TODAY + timedelta(days=3)) == TODAY
    assert paid_on(known, shown(0, 1, voided=True), TODAY) is None
    assert paid_on(known, shown(0, 1, amount=usd("0")), TODAY) is None
    assert paid_invoice(known) is None
    assert paid_invoice(Invoice("i", 1, shown(0, issued_on=None), paid_on=TODAY)) is None
