"""Whether what Ramp is going to do is what was asked here; the tray says otherwise."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter

from rowcol.domain.bill import Bill, WishState
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code
from rowcol.domain.tray import Severity
from rowcol.service.change import Change
from rowcol.service.tray import close_item, open_item

GOING_TO_PAY = frozenset({RailState.SCHEDULED, RailState.AWAITING_RELEASE, RailState.PROCESSING})


def going_to_pay(reading: RailBill) -> bool:
    """Whether Ramp is going to pay this bill by itself: it carries a date there."""
    return (
        reading.approved
        and not reading.archived
        and reading.state in GOING_TO_PAY
        and reading.payment is not None
        and reading.payment.planned_on is not None
    )


# What a reading says of the bill: all but when it was read, and the trace of that answer.
_SAID = attrgetter(
    *(field.name for field in fields(RailBill) if field.name not in ("read", "trace_id"))
)


def same_reading(known: RailBill, reading: RailBill) -> bool:
    """Whether a reading says what is known, whenever it was read."""
    return _SAID(reading) == _SAID(known)


def unknown_state(change: Change, bill: Bill) -> None:
    """A state that nobody knows is in the tray until Ramp shows another."""
    subject = f"bill-{bill.id}"
    if bill.rail.state is RailState.UNKNOWN:
        title = f"Ramp reports a state that RowCol does not know: {bill.rail.raw_state[:60]}"
        open_item(change, subject, "unknown_rail_state", title, found=bill.rail.raw_state[:60])
    else:
        close_item(change, subject, "unknown_rail_state", "the state is known again")


def compare_dates(change: Change, bill: Bill, payment: Payment | None) -> None:
    """What Ramp is going to pay is what we asked, or the tray says otherwise."""
    subject = f"bill-{bill.id}"
    wish = _forbidding_wish(bill, payment)
    missing = _missing_date(bill, payment)
    if missing is not None:
        title = f"Ramp no longer carries the date on which to pay {bill.rail.vendor_name}"
        open_item(
            change,
            subject,
            "rail_date",
            title,
            expected=missing,
            found="no date",
            severity=Severity.HIGH,
        )
    elif wish is not None and going_to_pay(bill.rail):
        assert bill.rail.payment is not None
        planned = str(bill.rail.payment.planned_on)
        title = (
            f"Ramp is going to pay {bill.rail.vendor_name} on {planned}, though it is {wish} here"
        )
        open_item(
            change,
            subject,
            "rail_date",
            title,
            expected=wish,
            found=planned,
            severity=Severity.HIGH,
        )
    else:
        close_item(change, subject, "rail_date", "Ramp's date agrees with what was asked")


def _missing_date(bill: Bill, payment: Payment | None) -> str | None:
    """The date we set, when Ramp has taken nothing and yet carries none any more."""
    if payment is None or payment.status is not Status.PENDING or payment.command is None:
        return None
    dated = bill.rail.payment is not None and bill.rail.payment.planned_on is not None
    if not payment.date_accepted or payment.wants_cancelling or dated or not bill.is_open:
        return None
    return str(payment.command.day)


def _forbidding_wish(bill: Bill, payment: Payment | None) -> str | None:
    if payment is not None:
        return _stopped(bill, payment)
    delay = bill.decision.delay if bill.decision else None
    if delay is not None and delay.rail is WishState.CONFIRMED:
        return f"delayed until {delay.until}"
    return None


def _stopped(bill: Bill, payment: Payment) -> str | None:
    """What stands against Ramp paying it now, unless Ramp is just being asked not to."""
    asked = payment.wants_cancelling
    held = payment.hold is not None and payment.hold.kind != Code.OUTCOME_UNKNOWN
    if asked or (held and payment.status is not Status.BANK_HOLD and payment.date_accepted):
        clearing = bill.command is not None and bill.command.is_open
        return None if clearing else "to be cancelled" if asked else payment.status.value
    stands = payment.status in (Status.SCHEDULED, Status.HOLD, Status.ADMIN_HOLD)
    return payment.status.value if stands and payment.command is None else None
