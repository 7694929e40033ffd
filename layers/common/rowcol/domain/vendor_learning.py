"""What one reading of a bill teaches about its vendor: pure, repeatable, and in any order.

Ramp names the vendor's account by an id and shows no digits. Only approved bills teach accounts: a
draft that nobody approved could otherwise let an account grow old unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.vendor import (
    ACCOUNTS_KEPT,
    CALL_BACKS_KEPT,
    PAYMENTS_KEPT,
    WAITING_KEPT,
    CallBack,
    Vendor,
    VendorAccount,
    VendorPayment,
    vendor_id,
)

_GONE = frozenset({RailState.REJECTED, RailState.ARCHIVED})


def account_shown(reading: RailBill) -> str | None:
    """The vendor's account that an approved bill is to be paid to; None when it names none."""
    return reading.payment.vendor_account_id if reading.approved and reading.payment else None


def teaches(reading: RailBill) -> tuple[object, ...]:
    """All of a reading that a vendor can learn from: two that are equal in it teach the same."""
    paid = reading.state is RailState.PAID
    return (
        reading.vendor_id,
        reading.vendor_name,
        account_shown(reading),
        reading.state in _GONE or reading.archived,
        (reading.amount, reading.paid_at) if paid else None,
    )


def learned(known: Vendor | None, reading: RailBill) -> Vendor | None:
    """The vendor after a reading of a bill of it; None for a bill that names no vendor.

    The same vendor when the reading says nothing new of it. `known` is None, or the bill's vendor.
    """
    if not reading.vendor_id:
        return known
    seen_at = _seen_at(reading)
    vendor = known or Vendor(
        vendor_id(reading.vendor_id), 0, reading.vendor_id, reading.vendor_name, seen_at
    )
    vendor = replace(
        vendor,
        name=reading.vendor_name,
        first_seen_at=min(vendor.first_seen_at, seen_at),
    )
    vendor = _with_account(vendor, account_shown(reading), seen_at)
    if reading.state is RailState.PAID:
        paid_at = reading.paid_at or reading.read.began_at
        return _paid(vendor, reading, local_date(paid_at, BANK_ZONE))
    return _not_paid(vendor, reading)


def released(vendor: Vendor, bill: RailBill, on: date) -> Vendor:
    """The vendor after a payment of a bill was let go to Ramp on a day."""
    payment = VendorPayment(bill.bill_id, on, bill.amount, bill.invoice_number, paid=False)
    return _with_payment(vendor, payment)


def awaiting(vendor: Vendor, payment_id: str) -> Vendor:
    """The vendor with one more payment that waits for its call-back."""
    if payment_id in vendor.waiting_ids:
        return vendor
    return replace(vendor, waiting_ids=(*vendor.waiting_ids, payment_id)[-WAITING_KEPT:])


def called(vendor: Vendor, call_back: CallBack) -> Vendor:
    """The vendor after a call. What waited for it is forgotten only once it is seen to go on."""
    return replace(vendor, call_backs=(*vendor.call_backs, call_back)[-CALL_BACKS_KEPT:])


def still_awaiting(vendor: Vendor, payment_ids: Iterable[str]) -> Vendor:
    """The vendor with only these of its waiting payments."""
    return replace(vendor, waiting_ids=tuple(payment_ids))


def _seen_at(reading: RailBill) -> datetime:
    """What was paid was known at the latest then, however late it is read."""
    began = reading.read.began_at
    paid = reading.state is RailState.PAID
    return min(began, reading.paid_at) if paid and reading.paid_at else began


def _with_account(vendor: Vendor, account_id: str | None, seen_at: datetime) -> Vendor:
    if account_id is None:
        return vendor
    before = vendor.account_of(account_id)
    if before is not None and before.seen_at <= seen_at:
        return vendor
    others = (account for account in vendor.accounts if account.id != account_id)
    return _with_accounts(vendor, (*others, VendorAccount(account_id, seen_at)))


def _with_accounts(vendor: Vendor, accounts: Iterable[VendorAccount]) -> Vendor:
    ordered = sorted(accounts, key=lambda account: (account.seen_at, account.id))
    *earlier, last = ordered[-ACCOUNTS_KEPT:]
    return replace(vendor, account=last, earlier_accounts=tuple(earlier))


def _paid(vendor: Vendor, reading: RailBill, on: date) -> Vendor:
    payment = VendorPayment(reading.bill_id, on, reading.amount, reading.invoice_number)
    first = vendor.first_paid_on
    vendor = replace(vendor, first_paid_on=min(first, on) if first is not None else on)
    return _with_payment(vendor, payment)


def _not_paid(vendor: Vendor, reading: RailBill) -> Vendor:
    """A bill that was paid and is open again was not paid; one that is gone never will be."""
    before = next((one for one in vendor.payments if one.bill_id == reading.bill_id), None)
    gone = reading.archived or reading.state in _GONE
    if before is None or not (before.paid or gone):
        return vendor
    others = tuple(one for one in vendor.payments if one is not before)
    first = vendor.first_paid_on
    if before.paid and first == before.on:
        first = min((one.on for one in others if one.paid), default=None)
    return replace(vendor, payments=others, first_paid_on=first)


def _with_payment(vendor: Vendor, payment: VendorPayment) -> Vendor:
    others = (one for one in vendor.payments if one.bill_id != payment.bill_id)
    ordered = sorted((*others, payment), key=lambda one: (one.on, one.bill_id))
    return replace(vendor, payments=tuple(ordered[-PAYMENTS_KEPT:]))
