"""The three-way verdict: what rail, ledger and bank say of one payment, and whether they agree.

Pure: facts in, verdict out. Windows from design section 6, in bank days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.evidence import (
    CashFact,
    Expectation,
    Finding,
    LedgerFact,
    Mismatch,
    Outcome,
    Side,
    Verdict,
)
from rowcol.domain.facts import BankLine, LedgerPayment, RailBill, RailState
from rowcol.domain.money import Money, total
from rowcol.domain.windows import (
    CASH_DAYS,
    CASH_DAYS_EARLY,
    CASH_DAYS_WIRE,
    CHECK_CALENDAR_DAYS,
    LEDGER_DAYS,
    LEDGER_DAYS_AFTER_CHECK_CASHED,
    RETURN_WATCH_DAYS,
    cash_deadline,
    cash_window,
    expected_cash,
    is_booked,
    ledger_deadline,
    moves_cash,
    rail_deadline,
    started_on,
)

__all__ = [
    "CASH_DAYS",
    "CASH_DAYS_EARLY",
    "CASH_DAYS_WIRE",
    "CHECK_CALENDAR_DAYS",
    "LEDGER_DAYS",
    "LEDGER_DAYS_AFTER_CHECK_CASHED",
    "RETURN_WATCH_DAYS",
    "CashFact",
    "Expectation",
    "Finding",
    "LedgerFact",
    "Mismatch",
    "Outcome",
    "Side",
    "Verdict",
    "cash_window",
    "expected_cash",
    "judge",
    "started_on",
]
_BAD_RAIL_STATES = {
    RailState.ERROR: Mismatch.RAIL_FAILED,
    RailState.UNKNOWN: Mismatch.UNKNOWN_RAIL_STATE,
    RailState.ARCHIVED: Mismatch.UNEXPECTED_RAIL_STATE,
    RailState.REJECTED: Mismatch.UNEXPECTED_RAIL_STATE,
}


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
        if judged.satisfied:
            continue
        if now < judged.deadline:
            waiting.append((judged.side, judged.deadline))
        else:
            late = "nothing by the deadline"
            findings.append(Finding(judged.side, Mismatch.MISSING, judged.awaited, late))
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
    deadline: datetime
    awaited: str
    findings: tuple[Finding, ...] = ()


def _rail(expected: Expectation, rail: RailBill | None) -> _Judged:
    deadline = rail_deadline(expected, rail)
    if rail is None:
        return _Judged(Side.RAIL, False, deadline, "paid on the rail")
    findings = _amount_findings(Side.RAIL, expected.bill_amount, rail.amount, rail.bill_id)
    bad = _BAD_RAIL_STATES.get(rail.state)
    if bad is not None:
        findings.append(Finding(Side.RAIL, bad, "paid", rail.raw_state, rail.bill_id))
    satisfied = rail.state is RailState.PAID or bool(findings)
    return _Judged(Side.RAIL, satisfied, deadline, "paid on the rail", tuple(findings))


def _amount_findings(side: Side, wanted: Money, found: Money, source_id: str) -> list[Finding]:
    if found == wanted:
        return []
    same = found.currency == wanted.currency
    kind = Mismatch.AMOUNT if same else Mismatch.CURRENCY
    return [Finding(side, kind, str(wanted), str(found), source_id)]


def _ledger(
    expected: Expectation, rail: RailBill | None, ledger: LedgerFact | None, cash: CashFact | None
) -> _Judged:
    deadline = ledger_deadline(expected, rail, cash)
    awaited = f"a BillPayment of {expected.bill_amount} for the bill"
    payments = ledger.payments if ledger else ()
    bill_id = ledger.bill.bill_id if ledger and ledger.bill else None
    standing = [payment for payment in payments if not (payment.voided or payment.deleted)]
    live = [payment for payment in standing if bill_id is None or _allocates(payment, bill_id)]
    if ledger is not None and live:
        findings = _ledger_findings(expected, ledger, live)
        return _Judged(Side.LEDGER, True, deadline, awaited, tuple(findings))
    if standing:
        finding = Finding(
            Side.LEDGER,
            Mismatch.LEDGER_EDITED,
            awaited,
            "no longer allocated to the bill",
            standing[0].payment_id,
        )
        return _Judged(Side.LEDGER, True, deadline, awaited, (finding,))
    if payments:
        gone = payments[0]
        found = "voided" if gone.voided else "deleted"
        finding = Finding(Side.LEDGER, Mismatch.LEDGER_DELETED, awaited, found, gone.payment_id)
        return _Judged(Side.LEDGER, True, deadline, awaited, (finding,))
    return _Judged(Side.LEDGER, not is_booked(rail), deadline, awaited)


def _allocates(payment: LedgerPayment, bill_id: str) -> bool:
    return any(part.bill_id == bill_id for part in payment.allocations)


def _ledger_findings(
    expected: Expectation, ledger: LedgerFact, live: list[LedgerPayment]
) -> list[Finding]:
    bill_id = ledger.bill.bill_id if ledger.bill else None
    allocated = [
        part.amount
        for payment in live
        for part in payment.allocations
        if bill_id is None or part.bill_id == bill_id
    ]
    currency, first = expected.bill_amount.currency, live[0].payment_id
    others = {amount.currency for amount in allocated} - {currency}
    if others:
        found = ", ".join(sorted(others))
        return [Finding(Side.LEDGER, Mismatch.CURRENCY, currency, found, first)]
    findings: list[Finding] = []
    booked = total(allocated, currency)
    if booked != expected.bill_amount:
        kind = _amount_kind(expected, ledger, booked, len(live))
        findings.append(Finding(Side.LEDGER, kind, str(expected.bill_amount), str(booked), first))
    for payment in live:
        vendor, account, source_id = payment.vendor_id, payment.account_id, payment.payment_id
        findings += _named(Mismatch.VENDOR, expected.ledger_vendor_id, vendor, source_id)
        findings += _named(Mismatch.ACCOUNT, expected.ledger_account_id, account, source_id)
    return findings


def _named(kind: Mismatch, wanted: str | None, found: str | None, source_id: str) -> list[Finding]:
    """A finding when both names are known and differ."""
    if not wanted or not found or wanted == found:
        return []
    return [Finding(Side.LEDGER, kind, wanted, found, source_id)]


def _amount_kind(
    expected: Expectation, ledger: LedgerFact, booked: Money, live_count: int
) -> Mismatch:
    if live_count > 1 and booked.minor == expected.bill_amount.minor * live_count:
        return Mismatch.DUPLICATE
    left = ledger.bill is not None and ledger.bill.balance.minor > 0
    return Mismatch.PARTIAL if left and booked < expected.bill_amount else Mismatch.AMOUNT


def _cash(expected: Expectation, rail: RailBill | None, cash: CashFact | None) -> _Judged:
    first, last = cash_window(expected, rail)
    amount = expected_cash(expected, rail)
    deadline = cash_deadline(expected, rail)
    awaited = f"a bank debit of {amount} from {first} to {last}"
    if not moves_cash(rail):
        return _Judged(Side.CASH, True, deadline, "no bank movement")
    # A pending line may yet change or disappear: it proves neither a debit nor a return.
    settled = [line for line in cash.debits if not line.pending] if cash else []
    returned = [line for line in cash.credits if not line.pending] if cash else []
    findings = [
        Finding(
            Side.CASH,
            Mismatch.RETURNED,
            "no return",
            f"{-line.amount} back on {line.posted_on}",
            line.line_id,
        )
        for line in returned[:1]
    ]
    if len(settled) > 1:
        ids = ", ".join(line.line_id for line in settled)
        twice = Finding(Side.CASH, Mismatch.DUPLICATE, "one debit", ids, settled[1].line_id)
        findings.append(twice)
    if settled:
        line = settled[0]
        findings += _amount_findings(Side.CASH, amount, line.amount, line.line_id)
        findings += _place_findings(expected, rail, line)
    return _Judged(Side.CASH, bool(settled), deadline, awaited, tuple(findings))


def _place_findings(expected: Expectation, rail: RailBill | None, line: BankLine) -> list[Finding]:
    """Another account than the paying one, or a day outside the window."""
    first, last = cash_window(expected, rail)
    account_id, posted = expected.bank_account_id, str(line.posted_on)
    findings: list[Finding] = []
    if account_id and line.account_id != account_id:
        wrong = Finding(Side.CASH, Mismatch.ACCOUNT, account_id, line.account_id, line.line_id)
        findings.append(wrong)
    if line.posted_on > last:
        findings.append(Finding(Side.CASH, Mismatch.LATE, f"by {last}", posted, line.line_id))
    elif line.posted_on < first:
        findings.append(Finding(Side.CASH, Mismatch.DATE, f"from {first}", posted, line.line_id))
    return findings


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
