"""What a runway asks of DynamoDB: few calls, one more per hundred open things, none for history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from local.simulation.clock import SimulatedClock
from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.invoice import Invoice
from rowcol.domain.receipts import EVERYBODY, PaidInvoice, PayingHabit
from rowcol.service.runway import gather
from rowcol.service.store import Books
from rowcol.storage.store import DynamoStore
from tests.support.desk import SCOPE
from tests.support.domain.builders import FRIDAY, NOW, client, rail_bill
from tests.support.invoice_desk import shown
from tests.support.runway_desk import UNDATED
from tests.support.storage.tables import create_tables

FEW, MANY = 5, 150
CALLS_MAX = 14


class Counted:
    """A client's books on DynamoDB's adapter, which counts its calls."""

    def __init__(self, dynamodb: Any) -> None:
        tables = create_tables(dynamodb)
        clock = SimulatedClock(NOW)
        self.books: Books = DynamoStore(tables, lambda: dynamodb, clock.now).books(SCOPE)
        self.calls: Counter[str] = Counter()
        dynamodb.meta.events.register("before-call.dynamodb", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[model.name] += 1

    def bills(self, first: int, last: int, state: RailState) -> None:
        """Bills in a state; nothing is paid of them here."""
        for number in range(first, last):
            shown_so = rail_bill(state, bill_id=f"bill-{number}", payment=UNDATED)
            assert self.books.save(Bill(f"bill-{number}", 0, shown_so))

    def invoices(self, first: int, last: int, balance: int) -> None:
        """Invoices of one customer each."""
        for number in range(first, last):
            reading = shown(balance, invoice_id=str(number), customer_id=str(number))
            assert self.books.save(Invoice(f"inv-{number}", 0, reading))

    def asked(self) -> int:
        """How many calls one gathering makes."""
        self.calls.clear()
        gather(self.books, client(), NOW)
        return self.calls.total()


@pytest.fixture
def counted() -> Iterator[Counted]:
    with mock_aws():
        session = botocore.session.get_session()
        yield Counted(
            session.create_client(
                "dynamodb",
                region_name="us-east-1",
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
        )


def test_of_a_client_with_little_to_do(counted: Counted) -> None:
    counted.bills(0, FEW, RailState.READY)
    counted.invoices(0, FEW, 30_000)
    assert counted.asked() <= CALLS_MAX


def test_history_costs_nothing(counted: Counted) -> None:
    counted.bills(0, FEW, RailState.READY)
    counted.invoices(0, FEW, 30_000)
    before = counted.asked()
    counted.bills(FEW, MANY, RailState.PAID)
    counted.invoices(FEW, MANY, 0)
    assert counted.asked() == before


def test_one_more_call_per_hundred_of_a_kind(counted: Counted) -> None:
    """150 bills, invoices and customers; what is allocated is looked up for 300 together."""
    counted.bills(0, FEW, RailState.READY)
    counted.invoices(0, FEW, 30_000)
    before = counted.asked()
    counted.bills(FEW, MANY, RailState.READY)
    counted.invoices(FEW, MANY, 30_000)
    assert counted.asked() == before + 6
    assert counted.calls["BatchGetItem"] == 11


def test_what_is_gathered_is_what_was_stored(counted: Counted) -> None:
    counted.bills(0, FEW, RailState.READY)
    counted.invoices(0, FEW, 30_000)
    habit = PayingHabit(EVERYBODY, 0, "", (PaidInvoice("i", FRIDAY, 41, 3),))
    assert counted.books.save(habit)
    found = gather(counted.books, client(), NOW)
    assert (len(found.bills), len(found.invoices)) == (FEW, FEW)
    assert found.habits == {EVERYBODY: replace(habit, version=1)}
