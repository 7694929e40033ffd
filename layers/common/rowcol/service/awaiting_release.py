"""A payment that waits for a person's release in Ramp is told of after two bank days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from rowcol.domain.calendar import BANK_ZONE, add_bank_days, end_of_day, local_date
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.verdict import CASH_DAYS
from rowcol.service.change import Change
from rowcol.service.tray import close_item, open_item
from rowcol.service.wishes import RAMP_LINK

ITEM = "awaiting_release"
DAYS_MAX = 2


def follow_release(change: Change, payment: Payment) -> Payment:
    """The payment with the time since when Ramp waits for a release, after a reading."""
    waiting = (
        payment.status is Status.PENDING
        and payment.rail is not None
        and payment.rail.state is RailState.AWAITING_RELEASE
    )
    since = payment.awaiting_release_since
    if waiting and since is None:
        tell_at = _tell_at(change.now)
        due = min(payment.due, tell_at) if payment.due is not None else tell_at
        return replace(payment, awaiting_release_since=change.now, due=due)
    return payment if waiting else no_longer_awaited(change, payment)


def no_longer_awaited(change: Change, payment: Payment) -> Payment:
    """The payment for which nobody's release is awaited any more."""
    if payment.awaiting_release_since is None:
        return payment
    close_item(change, f"payment-{payment.id}", ITEM, "nobody's release is awaited any more")
    return replace(payment, awaiting_release_since=None)


def tell(change: Change, payment: Payment) -> bool:
    """Open the tray item when it waited too long; whether that was what the payment was due for."""
    since = payment.awaiting_release_since
    if since is None or payment.rail is None or change.now < _tell_at(since):
        return False
    planned = payment.rail.payment.planned_on if payment.rail.payment else None
    last = add_bank_days(planned or payment.pay_on, CASH_DAYS)
    after = end_of_day(last, BANK_ZONE)
    if payment.due is not None and payment.due >= after:
        return False
    open_item(
        change,
        f"payment-{payment.id}",
        ITEM,
        f"The payment to {payment.counterparty_name} waits in Ramp for somebody's release",
        expected="released",
        found=f"waiting since {local_date(since, BANK_ZONE)}",
        link=RAMP_LINK,
    )
    told = replace(payment, due=after)
    change.put(told)
    change.state("payment.release_awaited", payment=told)
    return True


def _tell_at(since: datetime) -> datetime:
    return end_of_day(add_bank_days(local_date(since, BANK_ZONE), DAYS_MAX), BANK_ZONE)
