"""Data checks of what stands in the ledger or in Ramp's drafts alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE, add_bank_days, local_date
from rowcol.domain.draft import Draft
from rowcol.domain.facts import CreditKind
from rowcol.domain.hygiene.copies import KeptBill, KeptCredit
from rowcol.domain.hygiene.problem import RAIL_SITE, Check, Problem, in_ledger
from rowcol.domain.payment import Payment

# Ramp's copy appears in the ledger before Ramp tells of it.
IN_RAIL_WITHIN_BANK_DAYS = 3
CREDIT_USED_WITHIN = timedelta(days=14)
DRAFT_LIES = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class LedgerBillCase:
    """A bill of the ledger. `in_rail`: a bill of Ramp's is this one."""

    kept: KeptBill
    now: datetime
    in_rail: bool
    vendor_name: str = ""


def not_in_rail(case: LedgerBillCase) -> Problem | None:
    """Open in the ledger, and Ramp has had the days it may take to name it."""
    bill = case.kept.ledger
    if case.in_rail or not case.kept.is_open or bill is None:
        return None
    last = add_bank_days(local_date(case.kept.first_seen_at, BANK_ZONE), IN_RAIL_WITHIN_BANK_DAYS)
    if local_date(case.now, BANK_ZONE) <= last:
        return None
    vendor = case.vendor_name or f"vendor {bill.vendor_id}"
    title = f"Bill {bill.doc_number or bill.bill_id} of {vendor} is in QuickBooks, not in Ramp"
    return Problem(title, "a bill in Ramp", f"{bill.balance} open in QuickBooks",
                   in_ledger("bill", "txnId", bill.bill_id))  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreditCase:
    """A credit, today."""

    kept: KeptCredit
    today: date


# Each kind's page in QuickBooks, and what it is called.
_VENDORS = {CreditKind.VENDOR: ("vendorcredit", "Credit")}
_CUSTOMERS = {
    CreditKind.CUSTOMER: ("recvpayment", "Payment"),
    CreditKind.MEMO: ("creditmemo", "Credit memo"),
}


def vendor_credit_open(case: CreditCase) -> Problem | None:
    """A vendor owes something back, and no bill was lessened by it."""
    return _unused(case, _VENDORS)


def customer_credit_open(case: CreditCase) -> Problem | None:
    """A customer paid more than was asked, or was credited, and no invoice was lessened by it."""
    return _unused(case, _CUSTOMERS)


def _unused(case: CreditCase, kinds: Mapping[CreditKind, tuple[str, str]]) -> Problem | None:
    credit = case.kept.ledger
    if not case.kept.is_open or credit.credit not in kinds or credit.voided:
        return None
    page, word = kinds[credit.credit]
    since = max(credit.issued_on, local_date(case.kept.first_seen_at, BANK_ZONE))
    if case.today - since <= CREDIT_USED_WITHIN:
        return None
    party = credit.party_name or credit.party_id
    title = f"{word} {credit.doc_number or credit.credit_id} of {party} is not used up"
    return Problem(title, "nothing left of it", f"{credit.open} of {credit.amount} left",
                   in_ledger(page, "txnId", credit.credit_id))  # fmt: skip


@dataclass(frozen=True, slots=True)
class DraftCase:
    """A draft in Ramp, now."""

    draft: Draft
    now: datetime


def stale_draft(case: DraftCase) -> Problem | None:
    """Nobody has touched it since it was last seen to change."""
    draft = case.draft
    if draft.gone or case.now - draft.rail.read.began_at <= DRAFT_LIES:
        return None
    named = draft.rail.vendor_name or draft.rail.invoice_number or draft.rail.draft_id
    missing = ", ".join(draft.missing) or "nothing"
    title = f"A draft in Ramp lies since {draft.rail.read.began_at.date()}: {named}"
    return Problem(title, "a submitted bill, or no draft", f"missing: {missing}", RAIL_SITE)


@dataclass(frozen=True, slots=True)
class PaymentCase:
    """A payment that the ledger has to book. `closed_through`: of the ledger."""

    payment: Payment
    closed_through: date | None


def payment_in_closed_period(case: PaymentCase) -> Problem | None:
    """Ramp paid on a day that the ledger takes nothing for, and it is not booked yet."""
    rail = case.payment.rail.payment if case.payment.rail is not None else None
    day = rail.effective_on if rail is not None else None
    booked = case.payment.ledger is not None and bool(case.payment.ledger.payments)
    closed = case.closed_through
    if closed is None or day is None or booked or day > closed:
        return None
    name = f"{case.payment.invoice_number or case.payment.id} of {case.payment.counterparty_name}"
    title = f"The payment for {name} is dated in a period that is closed in QuickBooks"
    return Problem(title, f"a day after {closed}", f"paid on {day}")


LEDGER_BILL_CHECKS: tuple[Check[LedgerBillCase], ...] = (
    Check(
        "not_in_rail", not_in_rail,
        f"paid, deleted, or first seen {IN_RAIL_WITHIN_BANK_DAYS} bank days ago at most",
    ),
)  # fmt: skip
CREDIT_CHECKS: tuple[Check[CreditCase], ...] = (
    Check(
        "vendor_credit_open", vendor_credit_open,
        f"used up, or known for {CREDIT_USED_WITHIN.days} days at most",
    ),
    Check(
        "customer_credit_open", customer_credit_open,
        f"used up or void, or known for {CREDIT_USED_WITHIN.days} days at most",
    ),
)  # fmt: skip
DRAFT_CHECKS: tuple[Check[DraftCase], ...] = (
    Check("stale_draft", stale_draft, f"changed in the last {DRAFT_LIES.days} days, or submitted"),
)
PAYMENT_CHECKS: tuple[Check[PaymentCase], ...] = (
    Check(
        "payment_closed_period", payment_in_closed_period,
        "booked already, or paid after the close",
    ),
)  # fmt: skip
