"""Payments, bills and invoices of the made-up world as the product itself would hold them."""

from __future__ import annotations

from datetime import date, timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.facts import LedgerInvoice, RailState
from rowcol.domain.invoice import Invoice
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Origin, Payment, PaymentType, Posting
from tests.support.cash_world.names import Business
from tests.support.domain.builders import READ, expectation, payment, rail_bill, rail_payment


def usd(minor: int) -> Money:
    """Cents."""
    return Money(minor, "USD")


def paid_by_rail(
    name: str,
    vendor: Business,
    minor: int,
    day: date,
    number: str,
    trace: str | None,
    *,
    group: str | None = None,
    total_minor: int | None = None,
) -> Payment:
    """A payment that Ramp has sent; of a group, the rail's amount is the group's total."""
    rail = rail_payment(
        payment_id=group or f"rp-{name}",
        amount=usd(total_minor or minor),
        planned_on=day,
        effective_on=day,
        debit_trace_id=trace,
    )
    shown = rail_bill(
        RailState.PAID,
        bill_id=f"b-{name}",
        amount=usd(minor),
        vendor_id=vendor.id,
        vendor_name=vendor.name,
        invoice_number=number,
        payment=rail,
    )
    return payment(
        Status.PROCESSING,
        id=name,
        bill_id=f"b-{name}",
        counterparty_id=vendor.id,
        counterparty_name=vendor.name,
        invoice_number=number,
        amount=usd(minor),
        rail=shown,
        pay_on=day,
        expectation=expectation(bill_amount=usd(minor), released_on=day),
    )


def recorded(
    name: str,
    party: Business,
    minor: int,
    day: date,
    *,
    method: str,
    reference: str | None,
    money_in: bool = False,
) -> Payment:
    """A posted record of a check, a wire or a customer's payment."""
    return payment(
        Status.DONE,
        id=name,
        bill_id=None,
        counterparty_id=party.id,
        counterparty_name=party.name,
        invoice_number=None,
        amount=usd(minor),
        pay_on=day,
        origin=Origin.RECORD,
        type=PaymentType.CUSTOMER_PAYMENT if money_in else PaymentType.VENDOR_PAYMENT,
        posting=Posting.POSTED,
        method=method,
        reference=reference,
        watch_until=day + timedelta(days=60),
        decision_id=None,
    )


def open_bill(
    name: str, vendor: Business, minor: int, issued: date, due: date, number: str
) -> Bill:
    """A bill that nobody pays through Ramp."""
    shown = rail_bill(
        RailState.READY,
        bill_id=name,
        amount=usd(minor),
        vendor_id=vendor.id,
        vendor_name=vendor.name,
        invoice_number=number,
        issued_on=issued,
        due_on=due,
        payment=None,
    )
    return Bill(name, 1, shown)


def open_invoice(
    name: str, customer: Business, minor: int, issued: date, due: date, number: str
) -> Invoice:
    """An invoice that the ledger shows open."""
    shown = LedgerInvoice(
        name, customer.id, customer.name, number, usd(minor), usd(minor), issued, due,
        voided=False, sync_token="0", read=READ,
    )  # fmt: skip
    return Invoice(f"inv-{name}", 1, shown)
