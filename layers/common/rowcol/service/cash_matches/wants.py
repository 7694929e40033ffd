"""What each payment, bill and invoice looks for at the bank: the one place where that is said."""

from __future__ import annotations

from datetime import timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.cash_match import MatchPart, TargetCash
from rowcol.domain.cash_matching.wanted import CashTarget, OpenItem, TargetKind, Wanted
from rowcol.domain.facts import RailState
from rowcol.domain.invoice import Invoice
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.record_lines import side_wanted
from rowcol.domain.verdict import Expectation, cash_window, expected_cash
from rowcol.domain.windows import moves_cash, started_on

# What people and banks do in their own time.
BEFORE_ISSUE = timedelta(days=5)
BILL_AFTER_DUE = timedelta(days=45)
INVOICE_AFTER_DUE = timedelta(days=90)
TERM = timedelta(days=30)
VENDOR, CUSTOMER = "vendor", "customer"


def group_of(payment: Payment) -> str:
    """Who may claim a bank line: the rail's (batch) payment when known, else the bill."""
    rail = payment.rail.payment if payment.rail else None
    return rail.payment_id if rail else payment.rail_bill_id


def party_id(role: str, name: str | None) -> str | None:
    """Under which id aliases of a party are kept."""
    return f"{role}:{name}" if name else None


def wanted_by_payment(payment: Payment) -> Wanted:
    """The debit of a rail payment."""
    first, last = cash_window(payment.expectation, payment.rail)
    rail = payment.rail.payment if payment.rail else None
    return Wanted(
        expected_cash(payment.expectation, payment.rail),
        first,
        last,
        payment.expectation.bank_account_id,
        rail.debit_trace_id if rail else None,
        payment.counterparty_name,
        payment.invoice_number,
        amount_alone=payment.status is not Status.PENDING,
        party_id=party_id(VENDOR, payment.counterparty_id),
        watched_until=payment.watch_until,
    )


def of_payment(payment: Payment) -> OpenItem | None:
    """A rail payment without its debit; None when none follows."""
    if payment.cash is not None or not moves_cash(payment.rail):
        return None
    target = CashTarget(TargetKind.PAYMENT, payment.id)
    expected = started_on(payment.expectation, payment.rail)
    return OpenItem(target, wanted_by_payment(payment), expected, group_of(payment))


def of_record(payment: Payment) -> OpenItem | None:
    """A posted record without its line; a transfer has two, which are found together or not."""
    if payment.cash is not None or payment.type is PaymentType.TRANSFER:
        return None
    target = CashTarget(TargetKind.PAYMENT, payment.id)
    return OpenItem(target, side_wanted(payment), payment.pay_on, payment.id)


def wanted_by_reserve(bill: Bill, account_id: str | None) -> Wanted:
    """The debit of a bill that Ramp pays undecided, as its observed reserve waits for it."""
    expectation = reserve_expectation(bill, account_id)
    first, last = cash_window(expectation, bill.rail)
    rail = bill.rail.payment
    return Wanted(
        expected_cash(expectation, bill.rail),
        first,
        last,
        account_id,
        rail.debit_trace_id if rail else None,
        bill.rail.vendor_name,
        bill.rail.invoice_number,
        party_id=party_id(VENDOR, bill.rail.vendor_id),
    )


def reserve_expectation(bill: Bill, account_id: str | None) -> Expectation:
    """What must come true of a bill with an observed reserve."""
    held = bill.open_reserve
    assert held is not None  # only bills with an open reserve come here
    return Expectation(bill.amount, None, account_id, None, held.needed_on)


def waits_for_debit(bill: Bill) -> bool:
    """Whether a bill that Ramp pays undecided waits for its debit."""
    held = bill.open_reserve
    return (
        held is not None
        and held.observed
        and bill.live_payment_id is None
        and bill.debit_seen_at is None
        and bill.rail.payment is not None
    )


def of_undecided(bill: Bill, account_id: str | None) -> OpenItem:
    """A bill that Ramp pays undecided."""
    assert bill.rail.payment is not None  # see waits_for_debit
    wanted = wanted_by_reserve(bill, account_id)
    expected = started_on(reserve_expectation(bill, account_id), bill.rail)
    target = CashTarget(TargetKind.BILL, bill.id)
    return OpenItem(target, wanted, expected, bill.rail.payment.payment_id)


def of_open_bill(bill: Bill, found: TargetCash | None) -> OpenItem | None:
    """An open bill that nobody pays here: it may be paid elsewhere, by check or at the bank."""
    if not bill.is_open or bill.live_payment_id is not None or (found and found.parts):
        return None
    return _paid_elsewhere(bill)


def of_bill_paid_by_hand(bill: Bill, found: TargetCash | None) -> OpenItem | None:
    """A bill that somebody marked as paid in Ramp: its line is found by a person's word alone.

    As an open item of every run it would be a rival of the record that tells of the same money.
    """
    by_hand = bill.rail.state is RailState.PAID and bill.rail.payment is None
    if not by_hand or bill.payment_ids or (found and found.parts):
        return None
    return _paid_elsewhere(bill)


def _paid_elsewhere(bill: Bill) -> OpenItem:
    rail = bill.rail
    due = rail.due_on or (rail.issued_on or rail.read.began_at.date()) + TERM
    first = min(rail.issued_on or due - TERM, due) - BEFORE_ISSUE
    wanted = Wanted(
        bill.amount,
        first,
        due + BILL_AFTER_DUE,
        None,
        None,
        rail.vendor_name,
        rail.invoice_number,
        amount_alone=False,
        named_enough=True,
        party_id=party_id(VENDOR, rail.vendor_id),
        by_rail=False,
    )
    return OpenItem(CashTarget(TargetKind.BILL, bill.id), wanted, due, f"bill-{bill.id}")


def of_invoice(invoice: Invoice, found: TargetCash | None) -> OpenItem | None:
    """What a customer still owes on an invoice, less what the bank showed of it already."""
    ledger = invoice.ledger
    left = ledger.balance
    if found is not None:
        left = min(left, ledger.amount + found.found(left.currency))
    return _to_come_in(invoice, left)


def of_paid_invoice(invoice: Invoice, found: TargetCash | None) -> OpenItem | None:
    """An invoice that the ledger shows paid, less what the bank showed of it: as bills by hand."""
    whole = invoice.ledger.amount
    left = whole + found.found(whole.currency) if found is not None else whole
    return _to_come_in(invoice, left) if invoice.is_paid else None


def _to_come_in(invoice: Invoice, left: Money) -> OpenItem | None:
    ledger = invoice.ledger
    if not invoice.is_payable or left.minor <= 0:
        return None
    issued = ledger.issued_on or ledger.read.began_at.date()
    due = ledger.due_on or issued + TERM
    wanted = Wanted(
        Money(-left.minor, left.currency),
        min(issued, due) - BEFORE_ISSUE,
        due + INVOICE_AFTER_DUE,
        None,
        None,
        ledger.customer_name,
        ledger.doc_number,
        amount_alone=False,
        named_enough=True,
        party_id=party_id(CUSTOMER, ledger.customer_id),
        by_rail=False,
    )
    target = CashTarget(TargetKind.INVOICE, invoice.id)
    return OpenItem(target, wanted, due, f"invoice-{invoice.id}")


def part_of(item: OpenItem) -> MatchPart:
    """All of an item as a part of a match."""
    wanted = item.wanted
    return MatchPart(
        item.target, wanted.amount, wanted.vendor_name, wanted.party_id, wanted.invoice_number
    )
