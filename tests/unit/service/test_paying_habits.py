"""When invoices were paid, and how customers pay: kept in the write that applies the reading."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from rowcol.domain.receipts import EVERYBODY, PAID_KEPT, PayingHabit
from rowcol.service.fitting import TOGETHER
from rowcol.service.invoices import drop_invoices, keep_invoices
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.invoice_desk import later, shown
from tests.support.runway_desk import RunwayDesk


@pytest.fixture
def desk() -> RunwayDesk:
    return RunwayDesk()


def days_of(desk: RunwayDesk, name: str = "customer-201") -> list[int]:
    found = desk.books.get(PayingHabit, name)
    return [one.days for one in found.paid] if found is not None else []


def test_the_day_it_was_first_seen_paid(desk: RunwayDesk) -> None:
    assert desk.billed("1").paid_on is None
    desk.pass_days(3)
    assert desk.billed("1", 0, 1).paid_on == desk.today()
    first = desk.today()
    desk.pass_days(3)
    assert desk.billed("1", 0, 2, doc_number="INV-2041-A").paid_on == first


def test_the_day_is_the_clients(desk: RunwayDesk) -> None:
    """03:00 UTC is still the evening before in New York."""
    desk.pass_days(0.5)
    desk.billed("1")
    assert desk.today().day == 21
    assert str(desk.billed("1", 0, 1).paid_on) == "2026-11-20"


def test_one_that_was_never_seen_open_tells_nothing(desk: RunwayDesk) -> None:
    assert desk.billed("1", 0).paid_on is None
    assert days_of(desk) == days_of(desk, EVERYBODY) == []


def test_a_customers_habit_and_everybodys(desk: RunwayDesk) -> None:
    desk.paid_after("1", 40)
    desk.paid_after("2", 30)
    desk.paid_after("3", 10, customer="202")
    assert days_of(desk) == [40, 30]
    assert days_of(desk, "customer-202") == [10]
    assert days_of(desk, EVERYBODY) == [40, 30, 10]


def test_it_is_one_write_and_one_entry(desk: RunwayDesk) -> None:
    before = len(desk.types())
    desk.paid_after("1", 40)
    assert desk.types()[before:] == ["invoice.reported", "invoice.reported"]


def test_told_twice_it_counts_once(desk: RunwayDesk) -> None:
    paid = desk.paid_after("1", 40).ledger
    desk.billed("1", 0, 2, doc_number="other", issued_on=paid.issued_on, due_on=paid.due_on)
    assert days_of(desk) == [40]


def test_open_again_it_counts_no_more_and_paid_again_anew(desk: RunwayDesk) -> None:
    paid = desk.paid_after("1", 40).ledger
    fields = {"issued_on": paid.issued_on, "due_on": paid.due_on}
    reopened = desk.billed("1", 100, 2, **fields)
    assert (reopened.paid_on, days_of(desk), days_of(desk, EVERYBODY)) == (None, [], [])
    desk.pass_days(5)
    desk.billed("1", 0, 3, **fields)
    assert days_of(desk) == days_of(desk, EVERYBODY) == [45]


@pytest.mark.parametrize("how", ["deleted", "voided"])
def test_what_is_gone_counts_no_more(desk: RunwayDesk, how: str) -> None:
    desk.paid_after("1", 40)
    if how == "deleted":
        drop_invoices(desk.environment, SCOPE, ["1"])
    else:
        desk.billed("1", 0, 2, amount=usd("0"), voided=True)
    assert days_of(desk) == days_of(desk, EVERYBODY) == []


def test_another_customer_takes_it_along(desk: RunwayDesk) -> None:
    paid = desk.paid_after("1", 40).ledger
    desk.billed("1", 0, 2, customer_id="202", issued_on=paid.issued_on, due_on=paid.due_on)
    assert (days_of(desk), days_of(desk, "customer-202")) == ([], [40])
    assert days_of(desk, EVERYBODY) == [40]


def test_only_the_latest_are_kept(desk: RunwayDesk) -> None:
    for number in range(PAID_KEPT + 3):
        desk.paid_after(str(number), number)
        desk.pass_days(1)
    assert days_of(desk) == list(range(3, PAID_KEPT + 3))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_readings_does_not_matter(desk: RunwayDesk, order: tuple[int, ...]) -> None:
    """An old reading that comes late changes nothing; paid is what the latest says."""
    now = desk.clock.now()
    said = [shown(30_000, 0), shown(10_000, 1), shown(30_000, 2)]
    for place in order:
        keep_invoices(desk.environment, SCOPE, [later(said[place], now)])
    assert days_of(desk) == []


def test_many_paid_invoices_of_different_customers_are_few_writes(
    desk: RunwayDesk,
) -> None:
    names = [str(number) for number in range(TOGETHER)]
    opened = [shown(invoice_id=name, customer_id=name) for name in names]
    keep_invoices(desk.environment, SCOPE, opened)
    before = desk.books.head("USD").version
    paid = [replace(one, balance=usd("0"), amount=usd("400"), sync_token="1") for one in opened]
    assert keep_invoices(desk.environment, SCOPE, paid) == TOGETHER
    assert desk.books.head("USD").version <= before + 3
    assert len(days_of(desk, EVERYBODY)) == TOGETHER
