"""The runway of one client's books: each thing once whatever stands for it, and few reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from rowcol.domain.bill import DecisionAction
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.facts import RailState
from rowcol.domain.money import Money
from rowcol.domain.payment import PaymentType
from rowcol.domain.recurrence import Frequency, Recurrence, Schedule, Terms, Tolerance
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.runway import Certainty, FlowKind
from rowcol.domain.runway_lines import CashLines, summary_of
from rowcol.service.recurrences.define import define
from tests.support.domain.builders import FRIDAY, rail_payment, usd
from tests.support.records import to_bill, to_invoice
from tests.support.runway_desk import UNDATED, RunwayDesk

LATER = date(2026, 12, 10)
DUE = date(2026, 12, 1)


@pytest.fixture
def desk() -> RunwayDesk:
    return RunwayDesk()


def lines(desk: RunwayDesk, days: int = 30) -> CashLines:
    found = desk.runway(days).lines
    assert isinstance(found, CashLines)
    return found


# ---- a bill from being seen to being in the balance, one flow all along


def test_a_bill_is_one_flow_through_its_life(desk: RunwayDesk) -> None:
    desk.owe()
    assert (desk.flow("bill-1").kind, desk.flow("bill-1").day) == (FlowKind.OPEN_BILL, DUE)
    desk.stage()
    assert (desk.flow("bill-1").kind, desk.flow("bill-1").day) == (FlowKind.RESERVE, DUE)
    desk.decide("bill-1", DecisionAction.SCHEDULE, LATER)
    assert (desk.flow("bill-1").kind, desk.flow("bill-1").day) == (FlowKind.SCHEDULED, LATER)
    assert desk.sources_named() == ["bill-1"]
    assert lines(desk).cautious.days[-1].closing == usd("8750")


def test_a_delayed_one_and_one_that_ramp_pays_by_itself(desk: RunwayDesk) -> None:
    desk.owe()
    desk.stage()
    desk.decide("bill-1", DecisionAction.DELAY, LATER)
    assert (desk.flow("bill-1").kind, desk.flow("bill-1").day) == (FlowKind.DELAYED, LATER)
    on_monday = rail_payment(planned_on=FRIDAY + timedelta(days=3))
    desk.read(RailState.SCHEDULED, bill_id="bill-2", payment=on_monday)
    found = desk.flow("bill-2")
    assert (found.kind, found.day) == (FlowKind.OBSERVED, FRIDAY + timedelta(days=3))


def test_what_a_record_paid_of_a_bill_leaves_once(desk: RunwayDesk) -> None:
    """250.00 of 1,250.00 are on a check: the check leaves, and what is open of the bill."""
    desk.owe()
    made = desk.posted(amount=usd("250"), allocations=(to_bill("250"),))
    assert desk.flow("bill-1").amount == usd("-1000")
    assert desk.flow(made.id).amount == usd("-250")
    assert lines(desk).cautious.days[-1].closing == usd("8750")


def test_a_recorded_customer_payment_is_firm_and_its_invoice_expected_for_the_rest(
    desk: RunwayDesk,
) -> None:
    desk.billed("77", 30_000)
    made = desk.posted(
        type=PaymentType.CUSTOMER_PAYMENT,
        counterparty_name="Blue Heron Hotels",
        amount=usd("100"),
        allocations=(to_invoice("100"),),
    )
    assert (desk.flow(made.id).amount, desk.flow(made.id).certainty) == (
        usd("100"), Certainty.FIRM,
    )  # fmt: skip
    [receipt] = [flow for flow in desk.runway().flows if flow.kind is FlowKind.RECEIPT]
    assert (receipt.amount, receipt.certainty) == (usd("200"), Certainty.LIKELY)
    found = lines(desk)
    assert found.cautious.days[-1].closing == usd("10100")
    assert found.expected.days[-1].closing == usd("10300")


def test_the_ledger_may_already_know_of_that_payment(desk: RunwayDesk) -> None:
    desk.billed("77", 30_000)
    desk.posted(
        type=PaymentType.CUSTOMER_PAYMENT,
        counterparty_name="Blue Heron Hotels",
        amount=usd("100"),
        allocations=(to_invoice("100"),),
    )
    desk.billed("77", 20_000, 1)
    [receipt] = [flow for flow in desk.runway().flows if flow.kind is FlowKind.RECEIPT]
    assert receipt.amount == usd("200")


def test_customers_pay_as_they_did(desk: RunwayDesk) -> None:
    for number, days in enumerate((20, 25, 30)):
        desk.paid_after(str(number), days)
    today = desk.today()
    desk.billed("9", issued_on=today, due_on=today + timedelta(days=10))
    [receipt] = [flow for flow in desk.runway().flows if flow.kind is FlowKind.RECEIPT]
    assert receipt.meant_on == today + timedelta(days=10)
    assert receipt.day == date(2026, 12, 15)  # 25 days after
    desk.billed("old", issued_on=date(2026, 1, 1), due_on=date(2026, 2, 1))
    runway = desk.runway()
    assert runway.doubtful == usd("300")
    assert any("Doubtful receipts of 300.00 USD" in said for said in summary_of(runway))


# ---- recurring payments

TERMS = Terms(
    "vendor-1", "Acme Supplies", usd("1250"), Tolerance(basis_points=200),
    Schedule(Frequency.MONTHLY_ON_DAY, DUE, day=1, count=12),
)  # fmt: skip


def defined(desk: RunwayDesk) -> Recurrence:
    made = desk.act(lambda change: define(desk.environment, change, TERMS))
    assert isinstance(made, Recurrence)
    return made


def test_occurrences_made_and_to_be_made_are_there_once(desk: RunwayDesk) -> None:
    defined(desk)
    planned = [flow for flow in desk.runway(91).flows if flow.kind is FlowKind.PLANNED]
    assert [flow.day for flow in planned] == [DUE, date(2027, 1, 4), date(2027, 2, 1)]
    assert len({flow.source_id for flow in planned}) == 3


def test_the_bill_that_an_occurrence_waits_for_is_counted_once(desk: RunwayDesk) -> None:
    defined(desk)
    desk.owe(amount=usd("1260"), approved=False)
    first = [flow for flow in desk.runway(14).flows if flow.day == DUE]
    assert [(flow.source_id, flow.amount) for flow in first] == [("bill-1", usd("-1260"))]
    desk.owe(amount=usd("1260"))
    first = [flow for flow in desk.runway(14).flows if flow.day == DUE]
    assert [(flow.source_id, flow.kind) for flow in first] == [("bill-1", FlowKind.SCHEDULED)]


def test_a_bill_that_no_occurrence_would_take_is_one_more(desk: RunwayDesk) -> None:
    defined(desk)
    desk.owe(amount=usd("1400"), approved=False)
    desk.owe("bill-2", vendor_id="vendor-2", approved=False)
    first = [flow for flow in desk.runway(14).flows if flow.day == DUE]
    assert len(first) == 3


# ---- days


@pytest.mark.parametrize(
    ("now", "zone", "first"),
    [
        (datetime(2026, 3, 8, 4, 59, tzinfo=UTC), "America/New_York", date(2026, 3, 7)),
        (datetime(2026, 3, 8, 5, 0, tzinfo=UTC), "America/New_York", date(2026, 3, 8)),
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), "America/New_York", date(2026, 3, 8)),
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), "America/New_York", date(2026, 10, 31)),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), "America/New_York", date(2026, 11, 1)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "Pacific/Auckland", date(2027, 1, 1)),
    ],
)
def test_the_first_day_is_today_where_the_client_is(now: datetime, zone: str, first: date) -> None:
    desk = RunwayDesk(now, zone=zone)
    desk.owe(due_on=first)
    shown = [day.day for day in lines(desk, 91).cautious.days]
    assert shown == [first + timedelta(days=ahead) for ahead in range(91)]
    assert desk.flow("bill-1").day == next_bank_day(first)


def test_the_end_of_a_month() -> None:
    """Saturday, 31 October 2026: what is due then leaves on Monday."""
    desk = RunwayDesk(datetime(2026, 10, 20, 15, tzinfo=UTC))
    desk.owe(due_on=date(2026, 10, 31))
    assert desk.flow("bill-1").day == date(2026, 11, 2)


# ---- what is not known


def test_an_unknown_balance_is_no_zero(desk: RunwayDesk) -> None:
    desk.owe()
    desk.bank_unknown()
    runway = desk.runway()
    assert isinstance(runway.lines, Refusal)
    assert runway.lines.code is Code.BALANCE_UNKNOWN
    assert [flow.source_id for flow in runway.flows] == ["bill-1"]
    assert "not known" in summary_of(runway)[0]


def test_an_old_balance_is_shown_as_old(desk: RunwayDesk) -> None:
    assert desk.runway().is_fresh
    desk.pass_days(2)
    runway = desk.runway()
    assert not runway.is_fresh
    assert "48 hours ago, too old to decide on" in summary_of(runway)[0]


def test_another_currency_is_left_out_and_told(desk: RunwayDesk) -> None:
    desk.owe(amount=Money(5_000, "EUR"))
    desk.billed("77", 0, amount=Money(1, "EUR"), balance=Money(1, "EUR"))
    runway = desk.runway()
    assert runway.flows == ()
    assert [left.amount.currency for left in runway.left_out] == ["EUR", "EUR"]


# ---- reads


class Counting:
    """Counts the calls of a client's books."""

    def __init__(self, desk: RunwayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        books = type(desk.books)
        for name in ("get", "head", "ids", "get_many"):
            monkeypatch.setattr(books, name, self._counted(getattr(books, name)))

    def _counted(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(books: object, *arguments: object, **options: object) -> object:
            found = real(books, *arguments, **options)
            self.calls += 1
            return found

        return call


def test_reads_do_not_grow_with_what_is_over(
    desk: RunwayDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        desk.owe(f"bill-{number}")
        desk.billed(str(number))
    counting = Counting(desk, monkeypatch)
    desk.sources()
    with_client = counting.calls
    assert with_client == 18  # the client itself is one of them
    for number in range(20, 30):
        desk.read(RailState.PAID, bill_id=f"bill-{number}", payment=UNDATED)
        desk.billed(str(number), 0, 1)
    counting.calls = 0
    desk.sources()
    assert counting.calls == with_client
