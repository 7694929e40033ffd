"""A check that nobody has cashed for 180 days is told of: banks need not pay it any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE, end_of_day
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.windows import CHECK, CHECK_STALE_DAYS, started_on
from rowcol.service.change import Change
from rowcol.service.tray import close_item, open_item

ITEM = "stale_check"
_OUT = frozenset({Status.PROCESSING, Status.DONE})


def stale_at(payment: Payment) -> datetime | None:
    """When a check that is out goes stale; None once it was cashed, and for other methods."""
    if payment.paid_by != CHECK or payment.status not in _OUT:
        return None
    if payment.cash is not None and any(not line.pending for line in payment.cash.debits):
        return None
    written = started_on(payment.expectation, payment.rail)
    return end_of_day(written + timedelta(days=CHECK_STALE_DAYS), BANK_ZONE)


def follow_check(change: Change, payment: Payment) -> Payment:
    """The judged payment, looked at again when its check goes stale; the tray says so then."""
    at, subject = stale_at(payment), f"payment-{payment.id}"
    if at is None:
        if payment.paid_by == CHECK:
            close_item(change, subject, ITEM, "the check is no longer out")
        return payment
    if change.now < at:
        return replace(payment, due=min(payment.due, at) if payment.due is not None else at)
    open_item(
        change,
        subject,
        ITEM,
        f"The check to {payment.counterparty_name} is out for more than {CHECK_STALE_DAYS} days",
        expected="cashed, or stopped and replaced",
        found=f"not cashed by {at.date()}",
    )
    return payment
