"""By when the three sides must have spoken. Windows of design section 6, in bank days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from rowcol.domain.calendar import BANK_ZONE, add_bank_days, at_local, end_of_day
from rowcol.domain.evidence import CashFact, Expectation
from rowcol.domain.facts import RailBill
from rowcol.domain.money import Money

LEDGER_DAYS = 7
LEDGER_DAYS_AFTER_CHECK_CASHED = 5
CASH_DAYS = 5
CASH_DAYS_WIRE = 2
CASH_DAYS_EARLY = 1
CHECK_CALENDAR_DAYS = 45
CHECK_STALE_DAYS = 180
RETURN_WATCH_DAYS = 60
CHECK = "CHECK"
# Banks post overnight: the last day's lines are there by the noon after.
_POSTED_BY = time(12)
_FAST = frozenset({"DOMESTIC_WIRE", "SWIFT", "INTERNATIONAL", "RTP", "FED_NOW"})
# Ramp charges its own card: neither a debit nor a BillPayment follows (ramp contract, 9).
CARD_METHODS = frozenset(
    {"CARD", "AUTOMATIC_CARD_PAYMENT", "ONE_TIME_CARD", "ONE_TIME_CARD_DELIVERY"}
)
VENDOR_CREDIT = "VENDOR_CREDIT"
# Marked in Ramp as paid outside of it (ramp contract, section 5.3).
PAID_MANUALLY = "PAID_MANUALLY"


def method_of(rail: RailBill | None) -> str:
    """Ramp's payment method; ACH while it names none."""
    return rail.payment.method if rail and rail.payment else "ACH"


def moves_cash(rail: RailBill | None) -> bool:
    """Whether a bank debit follows at all."""
    return method_of(rail) not in CARD_METHODS | {VENDOR_CREDIT}


def is_booked(rail: RailBill | None) -> bool:
    """Whether a BillPayment follows in the ledger."""
    return method_of(rail) not in CARD_METHODS


def started_on(expected: Expectation, rail: RailBill | None) -> date:
    """The day the payment started: the rail's effective date, its planned one, or our release."""
    payment = rail.payment if rail else None
    if payment is None:
        return expected.released_on
    return payment.effective_on or payment.planned_on or expected.released_on


def cash_window(expected: Expectation, rail: RailBill | None) -> tuple[date, date]:
    """First and last day on which the bank debit may be posted."""
    start, method = started_on(expected, rail), method_of(rail)
    first = add_bank_days(start, -CASH_DAYS_EARLY)
    if method == CHECK:
        return first, start + timedelta(days=CHECK_CALENDAR_DAYS)
    return first, add_bank_days(start, CASH_DAYS_WIRE if method in _FAST else CASH_DAYS)


def expected_cash(expected: Expectation, rail: RailBill | None) -> Money:
    """What leaves the bank: the rail's payment amount, the total of bills that share it."""
    return rail.payment.amount if rail and rail.payment else expected.bill_amount


def rail_last_day(expected: Expectation, rail: RailBill | None) -> date:
    """The last day on which the rail may say paid: the ledger's days after the debit's last day."""
    return add_bank_days(cash_window(expected, rail)[1], LEDGER_DAYS)


def rail_deadline(expected: Expectation, rail: RailBill | None) -> datetime:
    """When the rail must say paid."""
    return end_of_day(rail_last_day(expected, rail), BANK_ZONE)


def ledger_window(
    expected: Expectation, rail: RailBill | None, cash: CashFact | None
) -> tuple[date, date]:
    """First and last date that the BillPayment may carry; a check's, days after it was cashed.

    The ledger may lead the rail: it is written when the client is debited (ramp contract, 9).
    """
    start = started_on(expected, rail)
    first = add_bank_days(start, -CASH_DAYS_EARLY)
    if method_of(rail) != CHECK:
        return first, add_bank_days(start, LEDGER_DAYS)
    settled = [line.posted_on for line in cash.debits if not line.pending] if cash else []
    cashed = max(settled, default=cash_window(expected, rail)[1])
    return first, add_bank_days(cashed, LEDGER_DAYS_AFTER_CHECK_CASHED)


def ledger_deadline(
    expected: Expectation, rail: RailBill | None, cash: CashFact | None
) -> datetime:
    """When the BillPayment must be booked; that of a check a few days after it was cashed."""
    return end_of_day(ledger_window(expected, rail, cash)[1], BANK_ZONE)


def cash_deadline(expected: Expectation, rail: RailBill | None) -> datetime:
    """When the debit must have been seen: noon of the bank day after its last day."""
    _, last = cash_window(expected, rail)
    return at_local(add_bank_days(last, 1), _POSTED_BY, BANK_ZONE)
