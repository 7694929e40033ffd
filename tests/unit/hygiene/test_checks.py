"""Each data check: what it finds, and what comes close to it and is in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.draft import Draft
from rowcol.domain.facts import CreditKind, LedgerCredit, RailDraft, RailState, ReadInterval
from rowcol.domain.hygiene.bill_checks import BILL_CHECKS, BillCase
from rowcol.domain.hygiene.booked_checks import BOOKED_CHECKS
from rowcol.domain.hygiene.copies import KeptBill, KeptCredit, KeptVendor, VendorState
from rowcol.domain.hygiene.index import DocumentIndex, Entry, IndexedBy
from rowcol.domain.hygiene.invoice_checks import INVOICE_CHECKS, InvoiceCase
from rowcol.domain.hygiene.kinds import HYGIENE, HYGIENE_KINDS
from rowcol.domain.hygiene.ledger_checks import (
    CREDIT_CHECKS,
    DRAFT_CHECKS,
    LEDGER_BILL_CHECKS,
    PAYMENT_CHECKS,
    CreditCase,
    DraftCase,
    LedgerBillCase,
    PaymentCase,
)
from rowcol.domain.hygiene.problem import Check, problems_of
from rowcol.domain.hygiene.twin_checks import BILL_TWINS, INVOICE_TWINS, twin_case
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money
from rowcol.domain.receivables.follow_up import FollowUp, FollowUpStep, FollowUpVerb
from tests.support.domain.builders import (
    NOW,
    ledger,
    ledger_bill,
    payment,
    rail_bill,
    rail_payment,
    usd,
)
from tests.support.invoice_desk import shown

TODAY = NOW.date()
LONG_AGO = NOW - timedelta(days=60)
GREENLEAF = KeptVendor("lvendor-56", 1, "56", VendorState.ACTIVE, "Greenleaf", ("vendor-1",))
SYNCED = {"ledger_bill_id": None, "ledger_synced": False}


def bill_case(rail: Mapping[str, Any], case: Mapping[str, Any], **bill: Any) -> BillCase:
    reading = rail_bill(RailState.READY, **rail)
    known = Bill("bill-1", 1, reading, approved_seen_at=NOW, **bill)
    fields = {"vendor": GREENLEAF, "ledger": True, **case}
    return BillCase(known, "USD", NOW, **fields)


def kinds_found(checks: Any, case: Any) -> set[str]:
    return {kind for kind, problem in problems_of(checks, case).items() if problem is not None}


BAD_BILLS: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("vendor_missing", {"vendor_id": None}, {"vendor": None}),
    ("vendor_missing", {"vendor_name": "  "}, {}),
    ("vendor_inactive", {}, {"vendor": replace(GREENLEAF, state=VendorState.INACTIVE)}),
    ("vendor_merged", {}, {"vendor": replace(GREENLEAF, state=VendorState.GONE)}),
    ("vendor_merged", {}, {"vendor": replace(GREENLEAF, rail_vendor_ids=("vendor-1", "v-2"))}),
    ("no_due_date", {"due_on": None}, {}),
    ("amount_not_positive", {"amount": usd("0")}, {}),
    ("amount_not_positive", {"amount": usd("-0.01")}, {}),
    ("due_before_issue", {"issued_on": date(2026, 12, 2), "due_on": date(2026, 12, 1)}, {}),
    ("foreign_currency", {"amount": Money(125_000, "CAD")}, {}),
    ("not_in_ledger", {}, {"ledger_bill_gone": True}),
    ("closed_period", SYNCED, {"closed_through": date(2026, 11, 1)}),
)
FINE_BILLS: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("nothing odd", {}, {}),
    ("a vendor that nobody read yet", {}, {"vendor": replace(GREENLEAF, state=VendorState.UNREAD)}),
    ("a vendor that is not mapped", {"vendor_ledger_id": None}, {"vendor": None}),
    ("one cent", {"amount": usd("0.01")}, {}),
    ("due on the day of issue", {"issued_on": TODAY, "due_on": TODAY}, {}),
    ("no issue date", {"issued_on": None}, {"closed_through": TODAY}),
    ("closed since it was booked", {}, {"closed_through": date(2026, 11, 30)}),
    ("the day after the close", SYNCED, {"closed_through": date(2026, 10, 31)}),
    ("not copied yet", SYNCED, {}),
    ("no ledger at all", SYNCED, {"ledger": False, "vendor": None}),
    ("copied without an id", {"ledger_bill_id": None, "ledger_synced": True}, {}),
)


@pytest.mark.parametrize(("kind", "rail", "case"), BAD_BILLS, ids=lambda one: str(one)[:40])
def test_a_bill_with_one_problem_has_this_one(
    kind: str, rail: dict[str, Any], case: dict[str, Any]
) -> None:
    assert kinds_found(BILL_CHECKS, bill_case(rail, case)) == {kind}


@pytest.mark.parametrize(("words", "rail", "case"), FINE_BILLS, ids=lambda one: str(one)[:40])
def test_what_comes_close_is_in_order(
    words: str, rail: dict[str, Any], case: dict[str, Any]
) -> None:
    assert kinds_found(BILL_CHECKS, bill_case(rail, case)) == set(), words


# Approved on Wednesday, the 18th of November: three bank days later is Monday, the 23rd.
@pytest.mark.parametrize(
    ("now", "found"),
    [
        (datetime(2026, 11, 23, 20, tzinfo=UTC), set()),
        (datetime(2026, 11, 24, 4, 59, tzinfo=UTC), set()),
        (datetime(2026, 11, 24, 5, 1, tzinfo=UTC), {"not_in_ledger"}),
    ],
)
def test_ramp_may_take_three_bank_days_to_copy_a_bill(now: datetime, found: set[str]) -> None:
    case = bill_case(SYNCED, {})
    seen = datetime(2026, 11, 18, 15, tzinfo=UTC)
    late = replace(case, now=now, bill=replace(case.bill, approved_seen_at=seen))
    assert kinds_found(BILL_CHECKS, late) == found
    waiting = replace(late.bill, rail=replace(late.rail, approved=False))
    assert kinds_found(BILL_CHECKS, replace(late, bill=waiting)) == set()


def entry(name: str, number: str | None = "INV-7", cents: int = 100, **changes: Any) -> Entry:
    fields = {"issued_on": TODAY, "asks": True, **changes}
    return Entry(name, number, usd(str(cents)), **fields)


def twins_found(by: IndexedBy, *others: Entry, of: Entry | None = None) -> set[str]:
    mine = of or entry("a")
    index = DocumentIndex("x", 0, by)
    for one in (*others, mine):
        index = index.with_entry(one)
    return kinds_found(BILL_TWINS[by], twin_case(index, mine, "bill", "Acme"))


def test_twins_by_number() -> None:
    by = IndexedBy.NUMBER
    assert twins_found(by, entry("b", "inv 07")) == {"duplicate_invoice"}
    assert twins_found(by, entry("b", cents=99)) == {"duplicate_number"}
    both = twins_found(by, entry("b"), entry("c", cents=99))
    assert both == {"duplicate_invoice", "duplicate_number"}
    assert twins_found(by, entry("b", asks=False)) == {"duplicate_invoice"}
    assert twins_found(by, entry("b", "INV-8")) == set()
    assert twins_found(by, entry("b", "11-1"), of=entry("a", "1-11")) == set()
    assert twins_found(by, entry("b"), of=entry("a", asks=False)) == set()
    assert twins_found(by, entry("a", cents=99)) == set()


def test_twins_by_amount() -> None:
    by, days = IndexedBy.AMOUNT, timedelta(days=1)
    assert twins_found(by, entry("b", "X-1", issued_on=TODAY - 3 * days)) == {"similar_bill"}
    assert twins_found(by, entry("b", None)) == {"similar_bill"}
    assert twins_found(by, entry("b", "X-1", issued_on=TODAY - 4 * days)) == set()
    assert twins_found(by, entry("b", "X-1", cents=101)) == set()
    assert twins_found(by, entry("b", "X-1", issued_on=None)) == set()
    assert twins_found(by, entry("b", "inv 7")) == set()  # told by its number


def test_an_index_stays_small_and_forgets_what_asks_for_nothing_first() -> None:
    index = DocumentIndex("x", 0, IndexedBy.NUMBER)
    for number in range(60):
        index = index.with_entry(entry(f"b-{number:02}", asks=number % 2 == 0))
    assert len(index.entries) == 24
    assert all(one.asks for one in index.entries)


def invoice_case(follow_up: FollowUp | None = None, **changes: Any) -> InvoiceCase:
    reading = replace(shown(), **changes)
    return InvoiceCase(Invoice("inv-1741", 1, reading), "USD", TODAY, follow_up)


def followed(verb: FollowUpVerb, days_ago: int, until: date | None = None) -> FollowUp:
    step = FollowUpStep(verb, "they said so", "anna", NOW - timedelta(days=days_ago), until)
    return FollowUp("inv-1741", 1, (step,))


LATE: dict[str, Any] = {"due_on": TODAY - timedelta(days=8)}
BAD_INVOICES: tuple[tuple[str, InvoiceCase], ...] = (
    ("invoice_no_customer", invoice_case(customer_id=None)),
    ("invoice_no_due_date", invoice_case(due_on=None)),
    ("invoice_amount", invoice_case(amount=usd("0"), balance=usd("0"))),
    ("invoice_amount", invoice_case(amount=usd("-1"), balance=usd("-1"))),
    ("invoice_due_before_issue", invoice_case(issued_on=date(2026, 12, 2))),
    ("invoice_currency", invoice_case(amount=Money(30_000, "EUR"))),
    ("overdue_without_contact", invoice_case(**LATE, issued_on=date(2026, 10, 1))),
    (
        "overdue_without_contact",
        invoice_case(followed(FollowUpVerb.REMIND, 31), **LATE, issued_on=date(2026, 10, 1)),
    ),
)
FINE_INVOICES: tuple[InvoiceCase, ...] = (
    invoice_case(),
    invoice_case(issued_on=date(2026, 12, 1)),
    invoice_case(due_on=TODAY - timedelta(days=7), issued_on=date(2026, 10, 1)),
    invoice_case(balance=usd("0"), due_on=TODAY - timedelta(days=90), issued_on=date(2026, 8, 1)),
    invoice_case(followed(FollowUpVerb.REMIND, 30), **LATE, issued_on=date(2026, 10, 1)),
    invoice_case(followed(FollowUpVerb.WAIT, 60, TODAY), **LATE, issued_on=date(2026, 10, 1)),
)


@pytest.mark.parametrize(("kind", "case"), BAD_INVOICES)
def test_an_invoice_with_one_problem_has_this_one(kind: str, case: InvoiceCase) -> None:
    assert kinds_found(INVOICE_CHECKS, case) == {kind}


@pytest.mark.parametrize("case", FINE_INVOICES)
def test_an_invoice_that_comes_close_is_in_order(case: InvoiceCase) -> None:
    assert kinds_found(INVOICE_CHECKS, case) == set()


def kept_bill(**changes: Any) -> KeptBill:
    fields = {"balance": usd("1250.00"), **changes}
    return KeptBill("lbill-1184", 1, ledger_bill(**fields), LONG_AGO)


def test_a_bill_of_the_ledger_alone() -> None:
    case = LedgerBillCase(kept_bill(), NOW, in_rail=False)
    assert kinds_found(LEDGER_BILL_CHECKS, case) == {"not_in_rail"}
    fine = (
        replace(case, in_rail=True),
        replace(case, kept=kept_bill(balance=usd("0"))),
        replace(case, kept=replace(case.kept, gone=True)),
        replace(case, kept=replace(case.kept, first_seen_at=NOW - timedelta(days=3))),
    )
    assert [kinds_found(LEDGER_BILL_CHECKS, one) for one in fine] == [set()] * 4


def credit(kind: CreditKind, **changes: Any) -> KeptCredit:
    fields: dict[str, Any] = {
        "credit_id": "1809",
        "credit": kind,
        "party_id": "60",
        "party_name": "Cascadia Printing",
        "doc_number": "CR-88",
        "amount": usd("88.00"),
        "open": usd("88.00"),
        "issued_on": TODAY - timedelta(days=15),
        "voided": False,
        "sync_token": "0",
        "read": ReadInterval(NOW, NOW),
    }
    return KeptCredit("c", 1, LedgerCredit(**(fields | changes)), LONG_AGO)


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        (CreditKind.VENDOR, "vendor_credit_open"),
        (CreditKind.CUSTOMER, "customer_credit_open"),
        (CreditKind.MEMO, "customer_credit_open"),
    ],
)
def test_a_credit_that_nobody_uses(kind: CreditKind, item: str) -> None:
    found = kinds_found(CREDIT_CHECKS, CreditCase(credit(kind), TODAY))
    assert found == {item}
    fine = (
        credit(kind, open=usd("0")),
        credit(kind, issued_on=TODAY - timedelta(days=14)),
        credit(kind, voided=True),
        replace(credit(kind), gone=True),
        replace(credit(kind), first_seen_at=NOW - timedelta(days=13)),
    )
    assert [kinds_found(CREDIT_CHECKS, CreditCase(one, TODAY)) for one in fine] == [set()] * 5


def test_a_draft_that_lies() -> None:
    old, now = NOW - timedelta(days=15), NOW - timedelta(days=14)
    draft = RailDraft("d", None, None, "", None, None, None, ReadInterval(old, old))
    kept = Draft("d", 1, draft)
    assert kinds_found(DRAFT_CHECKS, DraftCase(kept, NOW)) == {"stale_draft"}
    touched = replace(kept, rail=replace(draft, read=ReadInterval(now, now)))
    for fine in (replace(kept, gone=True), touched):
        assert kinds_found(DRAFT_CHECKS, DraftCase(fine, NOW)) == set()


def test_a_payment_in_a_closed_period() -> None:
    paid = payment(rail=rail_bill(payment=rail_payment(effective_on=date(2026, 10, 30))))
    case = PaymentCase(paid, date(2026, 10, 31))
    assert kinds_found(PAYMENT_CHECKS, case) == {"payment_closed_period"}
    fine = (
        replace(case, closed_through=None),
        replace(case, closed_through=date(2026, 10, 29)),
        replace(case, payment=replace(paid, ledger=ledger())),
        replace(case, payment=replace(paid, rail=None)),
    )
    assert [kinds_found(PAYMENT_CHECKS, one) for one in fine] == [set()] * 4


def test_every_kind_has_a_check_and_every_check_a_kind() -> None:
    tables: tuple[tuple[Check[Any], ...], ...] = (
        BILL_CHECKS, INVOICE_CHECKS, LEDGER_BILL_CHECKS, CREDIT_CHECKS, DRAFT_CHECKS,
        PAYMENT_CHECKS, BOOKED_CHECKS, *BILL_TWINS.values(), *INVOICE_TWINS.values(),
    )  # fmt: skip
    checks = [check.kind for table in tables for check in table]
    assert len(checks) == len(set(checks))
    assert set(checks) == HYGIENE
    assert all(row.remedy for row in HYGIENE_KINDS)
