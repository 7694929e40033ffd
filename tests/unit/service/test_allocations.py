"""Allocations to bills and invoices: partial, one to many, many to one, never more than asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.allocation import (
    Allocated,
    AllocatedPart,
    Allocation,
    AllocationTarget,
    allocated_id,
)
from rowcol.domain.bill import DecisionAction
from rowcol.domain.facts import RailState
from rowcol.domain.invoice import invoice_key
from rowcol.domain.money import Money
from rowcol.domain.payment import PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service.allocations import ALLOCATIONS_MAX
from rowcol.service.decide import Decide, decide
from rowcol.service.over_allocated import OVER_ALLOCATED
from rowcol.service.stage import stage
from tests.support.domain.builders import FRIDAY, rail_payment, usd
from tests.support.records import RecordDesk, must, record, refused, to_bill, to_invoice

CUSTOMER: dict[str, Any] = {
    "type": PaymentType.CUSTOMER_PAYMENT,
    "counterparty_name": "Blue Heron Hotels",
}


@pytest.fixture
def desk() -> RecordDesk:
    """Bluebird's books: bills 1 and 2 of 1,250.00, invoice 77 of 500.00."""
    made = RecordDesk()
    undated = rail_payment(planned_on=None, effective_on=None)
    for number in (1, 2):
        made.read(RailState.READY, bill_id=f"bill-{number}", payment=undated)
    made.invoice()
    return made


def parts(desk: RecordDesk, target: AllocationTarget, name: str) -> tuple[AllocatedPart, ...]:
    found = desk.books.get(Allocated, allocated_id(target, name))
    return found.parts if found else ()


def test_one_payment_pays_several_bills_in_part(desk: RecordDesk) -> None:
    made = desk.posted(amount=usd("1500"), allocations=(to_bill("1000"), to_bill("300", "bill-2")))
    assert parts(desk, AllocationTarget.BILL, "bill-1") == (AllocatedPart(made.id, usd("1000")),)
    assert parts(desk, AllocationTarget.BILL, "bill-2") == (AllocatedPart(made.id, usd("300")),)


def test_several_payments_pay_one_invoice_and_no_more(desk: RecordDesk) -> None:
    for _ in range(2):
        desk.posted(**CUSTOMER, amount=usd("200"), allocations=(to_invoice("200"),))
    refusal = refused(
        desk.tell(record(**CUSTOMER, amount=usd("200"), allocations=(to_invoice("100.01"),)))
    )
    assert refusal.code is Code.OVER_ALLOCATED
    assert {name: refusal.numbers[name] for name in ("amount", "allocated", "open", "asked")} == {
        "amount": usd("500"),
        "allocated": usd("400"),
        "open": usd("100"),
        "asked": usd("100.01"),
    }
    desk.posted(**CUSTOMER, amount=usd("200"), allocations=(to_invoice("100"),))
    assert len(parts(desk, AllocationTarget.INVOICE, invoice_key("77"))) == 3


def test_drafts_are_plans_and_the_first_confirmed_counts(desk: RecordDesk) -> None:
    first, second = (
        desk.told(amount=usd("1250"), allocations=(to_bill("1250"),)) for _ in range(2)
    )
    assert parts(desk, AllocationTarget.BILL, "bill-1") == ()
    must(desk.confirm(first.id))
    assert refused(desk.confirm(second.id)).code is Code.OVER_ALLOCATED
    must(desk.reset(first.id))
    assert parts(desk, AllocationTarget.BILL, "bill-1") == ()
    assert must(desk.confirm(second.id)).number == "2026-000002"
    assert refused(desk.confirm(first.id)).code is Code.OVER_ALLOCATED


def test_more_than_the_payment_has_is_refused(desk: RecordDesk) -> None:
    asked = (to_bill("60"), to_bill("40.01", "bill-2"))
    refusal = refused(desk.tell(record(allocations=asked)))
    assert refusal.code is Code.OVER_ALLOCATED
    assert (refusal.numbers["amount"], refusal.numbers["asked"]) == (usd("100"), usd("100.01"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"allocations": (to_bill("1"), to_bill("2"))}, Code.DUPLICATE_ITEM),
        ({"allocations": (to_bill("1", "bill-9"),)}, Code.ALLOCATION_INVALID),
        ({"allocations": (to_bill("1", "../bill"),)}, Code.ALLOCATION_INVALID),
        ({"allocations": (to_bill("1", ""),)}, Code.ALLOCATION_INVALID),
        ({"allocations": (to_bill("0"),)}, Code.ALLOCATION_INVALID),
        ({"allocations": (to_bill("-5"),)}, Code.ALLOCATION_INVALID),
        ({"allocations": (to_invoice("1"),)}, Code.ALLOCATION_INVALID),
        (
            {"allocations": (Allocation(AllocationTarget.BILL, "bill-1", Money(1, "EUR")),)},
            Code.ALLOCATION_INVALID,
        ),
        (
            {"allocations": tuple(to_bill("1", f"bill-{n}") for n in range(ALLOCATIONS_MAX + 1))},
            Code.TOO_MANY_ITEMS,
        ),
        ({"counterparty_id": "vendor-2", "allocations": (to_bill("1"),)}, Code.ALLOCATION_INVALID),
        ({**CUSTOMER, "allocations": (to_bill("1"),)}, Code.ALLOCATION_INVALID),
        ({**CUSTOMER, "allocations": (to_invoice("1", "78"),)}, Code.ALLOCATION_INVALID),
        (
            {**CUSTOMER, "counterparty_id": "9", "allocations": (to_invoice("1"),)},
            Code.ALLOCATION_INVALID,
        ),
        ({"type": PaymentType.FEE, "allocations": (to_bill("1"),)}, Code.ALLOCATION_INVALID),
        ({"type": PaymentType.REFUND, "allocations": (to_invoice("1"),)}, Code.ALLOCATION_INVALID),
    ],
)
def test_what_is_refused(desk: RecordDesk, changes: dict[str, Any], code: Code) -> None:
    refusal = refused(desk.tell(record(**changes)))
    assert refusal.code is code
    assert str(refusal.numbers["field"]).startswith("allocations")
    assert desk.types()[-1] == "command.denied"


def test_an_unknown_invoice_says_where_to_find_it(desk: RecordDesk) -> None:
    refusal = refused(desk.tell(record(**CUSTOMER, allocations=(to_invoice("1", "78"),))))
    assert refusal.remedy is not None
    assert "/invoices" in refusal.remedy


def test_a_target_in_another_currency_is_refused(desk: RecordDesk) -> None:
    desk.read(RailState.READY, bill_id="bill-3", amount=Money(125_000, "EUR"), payment=None)
    refusal = refused(desk.tell(record(allocations=(to_bill("1", "bill-3"),))))
    assert refusal.code is Code.CURRENCY_MISMATCH


def test_a_void_invoice_takes_no_payment_and_has_it_told(desk: RecordDesk) -> None:
    desk.posted(**CUSTOMER, allocations=(to_invoice("100"),))
    desk.invoice(amount="0", voided=True)
    item = desk.books.get(TrayItem, f"invoice-{invoice_key('77')}-over_allocated")
    assert item is not None
    assert (item.state, item.found) == (TrayState.OPEN, "100.00 USD")
    refusal = refused(desk.tell(record(**CUSTOMER, allocations=(to_invoice("1"),))))
    assert refusal.code is Code.ALLOCATION_INVALID
    desk.invoice(amount="100")
    closed = desk.books.get(TrayItem, item.id)
    assert closed is not None
    assert closed.state is TrayState.CLOSED


def test_the_one_document_paid_names_the_payment(desk: RecordDesk) -> None:
    assert desk.told(allocations=(to_bill("1"),)).invoice_number == "INV-7"
    assert desk.told(**CUSTOMER, allocations=(to_invoice("1"),)).invoice_number == "INV-2077"
    both = desk.told(allocations=(to_bill("1"), to_bill("1", "bill-2")))
    assert both.invoice_number is None


# ---- what it means for bills that are to be paid


def decided(desk: RecordDesk, action: DecisionAction = DecisionAction.SCHEDULE) -> Any:
    desk.act(lambda change: stage(desk.environment, change, "bill-1"), "sam")
    wish = Decide("bill-1", action, FRIDAY.replace(day=30), FRIDAY.replace(day=30), "later")
    return desk.act(lambda change: decide(desk.environment, change, wish))


def test_a_bill_paid_in_part_is_not_decided(desk: RecordDesk) -> None:
    made = desk.posted(allocations=(to_bill("100"),))
    refusal = decided(desk)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.PAID_OUTSIDE
    assert refusal.numbers == {
        "amount": usd("1250"),
        "allocated": usd("100"),
        "open": usd("1150"),
    }
    must(desk.reset(made.id))
    assert not isinstance(decided(desk), Refusal)


def test_it_may_be_delayed(desk: RecordDesk) -> None:
    desk.posted(allocations=(to_bill("100"),))
    assert not isinstance(decided(desk, DecisionAction.DELAY), Refusal)


def test_a_record_may_tell_of_what_is_scheduled_here(desk: RecordDesk) -> None:
    assert not isinstance(decided(desk), Refusal)
    made = desk.posted(amount=usd("1250"), allocations=(to_bill("1250"),))
    assert parts(desk, AllocationTarget.BILL, "bill-1") == (AllocatedPart(made.id, usd("1250")),)


def test_what_was_not_checked_is_a_defect(desk: RecordDesk) -> None:
    made = desk.told(allocations=(to_bill("100"),))
    stored = desk.payment(made.id)
    assert desk.books.save(replace(stored, allocations=(to_bill("1251"),), amount=usd("1251")))
    assert refused(desk.confirm(made.id)).code is Code.OVER_ALLOCATED


def test_a_bill_that_asks_for_less_than_is_allocated_is_told_until_it_fits(
    desk: RecordDesk,
) -> None:
    made = desk.posted(amount=usd("1250"), allocations=(to_bill("1250"),))
    name = tray_id("bill-bill-1", OVER_ALLOCATED)
    assert desk.books.get(TrayItem, name) is None
    undated = rail_payment(planned_on=None, effective_on=None)
    desk.read(RailState.READY, bill_id="bill-1", payment=undated, amount=usd("1000"))
    told = desk.books.get(TrayItem, name)
    assert told is not None
    assert told.state is TrayState.OPEN
    assert (told.expected, told.found) == (f"at most {usd('1000')}", str(usd("1250")))
    must(desk.reset(made.id))
    told = desk.books.get(TrayItem, name)
    assert told is not None
    assert told.closed_because == "the amounts fit again"
