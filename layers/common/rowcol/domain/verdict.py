"""The three-way verdict: what rail, ledger and bank say of one payment, and whether they agree.

Pure: facts in, verdict out. Windows from design section 6, in bank days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from rowcol.domain.calendar import BANK_ZONE, add_bank_days, at_local, end_of_day
from rowcol.domain.facts import (
    BankLine,
    LedgerBill,
    LedgerPayment,
    RailBill,
    RailState,
    ReadInterval,
)
from rowcol.domain.money import Money, total

LEDGER_DAYS = 7
LEDGER_DAYS_AFTER_CHECK_CASHED = 5
CASH_DAYS = 5
CASH_DAYS_WIRE = 2
CASH_DAYS_EARLY = 1
CHECK_CALENDAR_DAYS = 45
RETURN_WATCH_DAYS = 60
_FAST = frozenset({"DOMESTIC_WIRE", "SWIFT", "INTERNATIONAL", "RTP", "FED_NOW"})
_NO_CASH = frozenset({"VENDOR_CREDIT"})


class Outcome(StrEnum):
    """Agreement, patience, or a discrepancy."""

    VERIFIED = "verified"
    WAITING = "waiting"
    MISMATCH = "mismatch"


class Mismatch(StrEnum):
    """Kinds of disagreement (design section 6). A kind is never renamed."""

    MISSING = "missing"
    LATE = "late"
    AMOUNT = "amount"
    DATE = "date"
    CURRENCY = "currency"
    VENDOR = "vendor"
    ACCOUNT = "account"
    DUPLICATE = "duplicate"
    PARTIAL = "partial"
    RETURNED = "reversed_or_returned"
    PAID_OUTSIDE = "paid_outside"
    LEDGER_EDITED = "ledger_edited"
    LEDGER_DELETED = "ledger_deleted_or_voided"
    RAIL_FAILED = "rail_failed"
    UNEXPECTED_RAIL_STATE = "unexpected_rail_state"
    UNKNOWN_RAIL_STATE = "unknown_rail_state"


class Side(StrEnum):
    """Which of the three said it."""

    RAIL = "rail"
    LEDGER = "ledger"
    CASH = "cash"


@dataclass(frozen=True, slots=True)
class LedgerFact:
    """What the ledger shows for the bill: the bill itself and the payments linked to it, at one read."""

    bill: LedgerBill | None
    payments: tuple[LedgerPayment, ...]
    read: ReadInterval


@dataclass(frozen=True, slots=True)
class CashFact:
    """Bank lines matched to the payment: debits, later credits (returns), and how they were matched."""

    debits: tuple[BankLine, ...]
    credits: tuple[BankLine, ...]
    method: str
    explanation: str
    seen_at: datetime
    read_through: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: which side, of what kind, what was expected and what was found, from which source id."""

    side: Side
    kind: Mismatch
    expected: str
    found: str
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement with its evidence: ids of what was compared. `until`: the next deadline."""

    outcome: Outcome
    at: datetime
    findings: tuple[Finding, ...] = ()
    waiting_for: tuple[Side, ...] = ()
    until: datetime | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come true, fixed when the payment was released."""

    bill_amount: Money
    ledger_vendor_id: str | None
    bank_account_id: str | None
    ledger_account_id: str | None
    released_on: date


def judge(
    expected: Expectation,
    rail: RailBill | None,
    ledger: LedgerFact | None,
    cash: CashFact | None,
    now: datetime,
) -> Verdict:
    """Compare the three facts. Mismatch beats waiting, waiting beats verified.

    A side that is not there yet is waited for until its deadline, then it is missing.
    """
    findings: list[Finding] = []
    waiting: list[tuple[Side, datetime]] = []
    for judged in (
        _rail(expected, rail),
        _ledger(expected, rail, ledger, cash),
        _cash(expected, rail, cash),
    ):
        findings += judged.findings
        if judged.deadline is not None and not judged.satisfied:
            if now >= judged.deadline:
                findings.append(
                    Finding(
                        judged.side, Mismatch.MISSING, judged.awaited, "nothing by the deadline"
                    )
                )
            else:
                waiting.append((judged.side, judged.deadline))
    evidence = _evidence(rail, ledger, cash)
    sides = tuple(side for side, _ in waiting)
    until = min((deadline for _, deadline in waiting), default=None)
    if findings:
        return Verdict(Outcome.MISMATCH, now, tuple(findings), sides, until, evidence)
    if waiting:
        return Verdict(Outcome.WAITING, now, (), sides, until, evidence)
    return Verdict(Outcome.VERIFIED, now, evidence=evidence)


@dataclass(frozen=True, slots=True)
class _Judged:
    side: Side
    satisfied: bool
    deadline: datetime | None
    awaited: str
    findings: tuple[Finding, ...] = ()


def started_on(expected: Expectation, rail: RailBill | None) -> date:
    """The bank day the payment started: the rail's effective date, else its planned one, else our release date."""
    payment = rail.payment if rail else None
    if payment is None:
        return expected.released_on
    return payment.effective_on or payment.planned_on or expected.released_on


def cash_window(expected: Expectation, rail: RailBill | None) -> tuple[date, date]:
    """First and last day on which the bank debit may be posted."""
    start = started_on(expected, rail)
    method = rail.payment.method if rail and rail.payment else "ACH"
    if method == "CHECK":
        return add_bank_days(start, -CASH_DAYS_EARLY), date.fromordinal(
            start.toordinal() + CHECK_CALENDAR_DAYS
        )
    late = CASH_DAYS_WIRE if method in _FAST else CASH_DAYS
    return add_bank_days(start, -CASH_DAYS_EARLY), add_bank_days(start, late)


def expected_cash(expected: Expectation, rail: RailBill | None) -> Money:
    """What leaves the bank: the rail's payment amount, which is the total when several bills share one payment."""
    return rail.payment.amount if rail and rail.payment else expected.bill_amount


def _rail(expected: Expectation, rail: RailBill | None) -> _Judged:
    start = started_on(expected, rail)
    days = (
        CHECK_CALENDAR_DAYS
        if rail and rail.payment and rail.payment.method == "CHECK"
        else CASH_DAYS + LEDGER_DAYS
    )
    deadline = end_of_day(add_bank_days(start, days), BANK_ZONE)
    judged = _Judged(Side.RAIL, False, deadline, "paid on the rail")
    if rail is None:
        return judged
    findings: list[Finding] = []
    if rail.amount.currency != expected.bill_amount.currency:
        findings.append(
            Finding(
                Side.RAIL,
                Mismatch.CURRENCY,
                str(expected.bill_amount),
                str(rail.amount),
                rail.bill_id,
            )
        )
    elif rail.amount != expected.bill_amount:
        findings.append(
            Finding(
                Side.RAIL,
                Mismatch.AMOUNT,
                str(expected.bill_amount),
                str(rail.amount),
                rail.bill_id,
            )
        )
    match rail.state:
        case RailState.PAID:
            pass
        case RailState.ERROR:
            findings.append(
                Finding(Side.RAIL, Mismatch.RAIL_FAILED, "paid", rail.raw_state, rail.bill_id)
            )
        case RailState.UNKNOWN:
            findings.append(
                Finding(
                    Side.RAIL, Mismatch.UNKNOWN_RAIL_STATE, "paid", rail.raw_state, rail.bill_id
                )
            )
        case RailState.ARCHIVED | RailState.REJECTED:
            findings.append(
                Finding(
                    Side.RAIL, Mismatch.UNEXPECTED_RAIL_STATE, "paid", rail.raw_state, rail.bill_id
                )
            )
    return _Judged(
        Side.RAIL,
        rail.state is RailState.PAID or bool(findings),
        deadline,
        "paid on the rail",
        tuple(findings),
    )


def _ledger(
    expected: Expectation, rail: RailBill | None, ledger: LedgerFact | None, cash: CashFact | None
) -> _Judged:
    start = started_on(expected, rail)
    deadline_day = add_bank_days(start, LEDGER_DAYS)
    if rail and rail.payment and rail.payment.method == "CHECK":
        cashed = max((line.posted_on for line in cash.debits), default=None) if cash else None
        _, latest = cash_window(expected, rail)
        deadline_day = add_bank_days(cashed or latest, LEDGER_DAYS_AFTER_CHECK_CASHED)
    deadline = end_of_day(deadline_day, BANK_ZONE)
    awaited = f"a BillPayment of {expected.bill_amount} for the bill"
    if ledger is None:
        return _Judged(Side.LEDGER, False, deadline, awaited)
    gone = [payment for payment in ledger.payments if payment.voided or payment.deleted]
    live = [payment for payment in ledger.payments if not (payment.voided or payment.deleted)]
    if not live:
        if gone:
            found = "voided" if gone[0].voided else "deleted"
            finding = Finding(
                Side.LEDGER, Mismatch.LEDGER_DELETED, awaited, found, gone[0].payment_id
            )
            return _Judged(Side.LEDGER, True, deadline, awaited, (finding,))
        return _Judged(Side.LEDGER, False, deadline, awaited)
    return _Judged(
        Side.LEDGER, True, deadline, awaited, tuple(_ledger_findings(expected, ledger, live))
    )


def _ledger_findings(
    expected: Expectation, ledger: LedgerFact, live: list[LedgerPayment]
) -> list[Finding]:
    findings: list[Finding] = []
    bill_id = ledger.bill.bill_id if ledger.bill else None
    allocated = [
        part
        for payment in live
        for part in payment.allocations
        if bill_id is None or part.bill_id == bill_id
    ]
    first = live[0].payment_id
    currencies = {part.amount.currency for part in allocated}
    if currencies - {expected.bill_amount.currency}:
        found = ", ".join(sorted(currencies))
        findings.append(
            Finding(Side.LEDGER, Mismatch.CURRENCY, expected.bill_amount.currency, found, first)
        )
        return findings
    booked = total([part.amount for part in allocated], expected.bill_amount.currency)
    if booked != expected.bill_amount:
        duplicate = len(live) > 1 and booked.minor == expected.bill_amount.minor * len(live)
        left = ledger.bill is not None and Money.zero(booked.currency) < ledger.bill.balance
        kind = (
            Mismatch.DUPLICATE
            if duplicate
            else Mismatch.PARTIAL
            if left and booked < expected.bill_amount
            else Mismatch.AMOUNT
        )
        findings.append(Finding(Side.LEDGER, kind, str(expected.bill_amount), str(booked), first))
    for payment in live:
        if expected.ledger_vendor_id and payment.vendor_id != expected.ledger_vendor_id:
            findings.append(
                Finding(
                    Side.LEDGER,
                    Mismatch.VENDOR,
                    expected.ledger_vendor_id,
                    payment.vendor_id,
                    payment.payment_id,
                )
            )
        if (
            expected.ledger_account_id
            and payment.account_id
            and payment.account_id != expected.ledger_account_id
        ):
            findings.append(
                Finding(
                    Side.LEDGER,
                    Mismatch.ACCOUNT,
                    expected.ledger_account_id,
                    payment.account_id,
                    payment.payment_id,
                )
            )
    return findings


def _cash(expected: Expectation, rail: RailBill | None, cash: CashFact | None) -> _Judged:
    first, last = cash_window(expected, rail)
    amount = expected_cash(expected, rail)
    awaited = f"a bank debit of {amount} from {first} to {last}"
    deadline = at_local(add_bank_days(last, 1), time(12), BANK_ZONE)
    if rail and rail.payment and rail.payment.method in _NO_CASH:
        return _Judged(Side.CASH, True, deadline, "no bank movement")
    if cash is None or not cash.debits:
        return _Judged(Side.CASH, False, deadline, awaited)
    settled = [line for line in cash.debits if not line.pending]
    findings: list[Finding] = []
    if cash.credits:
        line = cash.credits[0]
        findings.append(
            Finding(
                Side.CASH,
                Mismatch.RETURNED,
                "no return",
                f"{-line.amount} back on {line.posted_on}",
                line.line_id,
            )
        )
    if len(settled) > 1:
        ids = ", ".join(line.line_id for line in settled)
        findings.append(
            Finding(Side.CASH, Mismatch.DUPLICATE, "one debit", ids, settled[1].line_id)
        )
    for line in settled[:1]:
        if line.amount.currency != amount.currency:
            findings.append(
                Finding(Side.CASH, Mismatch.CURRENCY, str(amount), str(line.amount), line.line_id)
            )
        elif line.amount != amount:
            findings.append(
                Finding(Side.CASH, Mismatch.AMOUNT, str(amount), str(line.amount), line.line_id)
            )
        if expected.bank_account_id and line.account_id != expected.bank_account_id:
            findings.append(
                Finding(
                    Side.CASH,
                    Mismatch.ACCOUNT,
                    expected.bank_account_id,
                    line.account_id,
                    line.line_id,
                )
            )
        if line.posted_on > last:
            findings.append(
                Finding(Side.CASH, Mismatch.LATE, f"by {last}", str(line.posted_on), line.line_id)
            )
        elif line.posted_on < first:
            findings.append(
                Finding(
                    Side.CASH, Mismatch.DATE, f"from {first}", str(line.posted_on), line.line_id
                )
            )
    return _Judged(Side.CASH, bool(settled), deadline, awaited, tuple(findings))


def _evidence(
    rail: RailBill | None, ledger: LedgerFact | None, cash: CashFact | None
) -> tuple[str, ...]:
    ids: list[str] = []
    if rail:
        ids.append(f"ramp:bill:{rail.bill_id}")
        if rail.payment:
            ids.append(f"ramp:payment:{rail.payment.payment_id}")
    if ledger:
        if ledger.bill:
            ids.append(f"qbo:bill:{ledger.bill.bill_id}")
        ids += [f"qbo:billpayment:{payment.payment_id}" for payment in ledger.payments]
    if cash:
        ids += [f"plaid:transaction:{line.line_id}" for line in (*cash.debits, *cash.credits)]
    return tuple(ids)
